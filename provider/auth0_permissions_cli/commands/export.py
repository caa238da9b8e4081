"""``auth0-permissions export``: what a tenant has, as a catalog file or as a program."""

from collections.abc import Sequence
from pathlib import Path

import click

from auth0_permissions_cli.access import CREDENTIALS_HELP, OpenTenant, open_tenant, tenant_options
from auth0_permissions_cli.catalog_text import (
    SCHEMA_FILE_NAME,
    dump_catalog,
    dump_program,
    dump_yaml,
    logical_names,
    schema_text,
)
from auth0_permissions_cli.failures import ExitCode, Refused
from auth0_permissions_cli.output import FILE, print_as_it_is, write_text
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.catalog import Catalog
from pulumi_auth0_permissions.core.model import Api
from pulumi_auth0_permissions.core.text import api_title, cut, quote
from pulumi_auth0_permissions.core.validation import description_problems, value_problems


@click.command(short_help="Write the permissions of existing APIs as a catalog or program.", epilog=CREDENTIALS_HELP)
@click.option("--api", "some", metavar="API", multiple=True, help="Logical name, identifier or id; repeatable.")
@click.argument("more", metavar="[API]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Export all APIs of the tenant except Auth0's own.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "python"]),
    default="yaml",
    show_default=True,
    help="A catalog (permissions.yaml) for several tenants, or the program for one.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=FILE,
    help="Write to this file (and the JSON Schema beside a catalog) instead of standard output.",
)
@click.option("--force", is_flag=True, help="Overwrite a file with different content.")
@click.option("--write-config", is_flag=True, help="Write auth0-permissions:apis to the stack's configuration.")
@tenant_options
def export(
    some: tuple[str, ...],
    more: tuple[str, ...],
    form: str,
    output: Path | None,
    stack: str | None,
    cwd: Path | None,
    *,
    everything: bool,
    force: bool,
    write_config: bool,
) -> int:
    """Write the permissions of existing APIs as a catalog or a program, for a team to start from.

    Each API gets a logical name, derived from its name in the tenant. Which API a logical name stands for differs by
    environment, so it is not part of a catalog: --write-config writes it to the stack's configuration; otherwise it is
    printed on standard error. Needs read:resource_servers.
    """
    wanted = (*some, *more)
    if everything == bool(wanted):
        raise click.UsageError("Name the APIs to export, or use --all.")

    with Progress() as line, open_tenant(stack, cwd, line) as tenant:
        line("reading APIs")
        found = _read(tenant, wanted)
    if write_config and tenant.stack is None:
        raise click.UsageError("--write-config needs a stack: name it with --stack.")
    named = logical_names(api for api in found if not api.is_system)
    catalog = {name: dict(sorted(api.permissions.items())) for name, api in named.items()}
    identifiers = {name: api.identifier for name, api in named.items()}
    notes = [f"Left out: {_not_ours(api)}" for api in found if api.is_system]
    if not catalog:
        notes.append("The tenant has no APIs of its own: the catalog is empty.")
    notes += _not_declarable(catalog)
    is_catalog = form == "yaml"
    text = dump_catalog(catalog) if is_catalog else dump_program(catalog, identifiers)
    if output is None:
        print_as_it_is(text)
    else:
        notes.append(write_text(output, text, force=force))
        schema = output.with_name(SCHEMA_FILE_NAME)
        if is_catalog and (force or not schema.exists()):
            notes.append(write_text(schema, schema_text(), force=force))
    if write_config and tenant.stack is not None:
        tenant.stack.write_apis(identifiers)
        notes.append(f"Wrote auth0-permissions:apis to the configuration of stack {tenant.stack.name}.")
    elif identifiers and is_catalog:
        file = f"Pulumi.{tenant.stack.name if tenant.stack else '<stack>'}.yaml"
        lines = dump_yaml({"config": {"auth0-permissions:apis": identifiers}}).rstrip("\n")
        notes.append(
            "\nThe API that each name stands for in this tenant, for the stack's configuration "
            f"({file}); --write-config writes it there:\n\n{lines}"
        )
    for sentence in notes:
        click.echo(sentence, err=True)
    return ExitCode.DONE


def _read(tenant: OpenTenant, wanted: Sequence[str]) -> list[Api]:
    """Return the APIs of these logical names, identifiers or ids; without any, all that the tenant has."""
    if not wanted:
        return [api for page in tenant.management.pages_of_apis() for api in page.items]
    apis = {api.id: api for api in map(tenant.get_api, wanted)}
    if system := [api for api in apis.values() if api.is_system]:
        raise Refused(f"{_not_ours(system[0])} --all exports all other APIs.")
    return list(apis.values())


def _not_ours(api: Api) -> str:
    return f"{api_title(api.name, api.identifier)} is Auth0's own; its permissions are Auth0's to define."


def _not_declarable(catalog: Catalog) -> list[str]:
    """Return a warning on each permission that the tenant has and no program can declare."""
    return [
        f"Warning: {name}: {problem}. No program can declare it unchanged."
        for name, permissions in catalog.items()
        for value, text in permissions.items()
        for problem in (
            *value_problems(value, f"the permission {quote(cut(value))}"),
            *description_problems(text, f"the description of {quote(cut(value))}"),
        )
    ]
