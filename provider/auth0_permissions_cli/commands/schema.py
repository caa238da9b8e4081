"""``auth0-permissions schema``: what editors check catalog files with."""

import click

from auth0_permissions_cli.catalog_text import schema_text


@click.command()
def schema() -> None:
    """Print the JSON Schema of catalog files.

    Save it as permissions.schema.json beside permissions.yaml: editors with a YAML language server then complete and
    check the file as you type. `export --output` writes it too.
    """
    click.echo(schema_text(), nl=False)
