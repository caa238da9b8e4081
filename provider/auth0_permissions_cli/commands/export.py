"""``auth0-permissions export``: what a tenant has, as a catalog file."""

from __future__ import annotations

from pathlib import Path

import click

from auth0_permissions_cli.access import CREDENTIALS_HELP, open_tenant, tenant_options
from auth0_permissions_cli.catalog_text import dump_catalog
from auth0_permissions_cli.exporting import Exported, fetch_all, fetch_some
from auth0_permissions_cli.failures import ExitCode
from auth0_permissions_cli.files import write_catalog
from auth0_permissions_cli.reports import print_as_it_is
from auth0_permissions_cli.terminal import progress


@click.command(short_help="Write the permissions of existing APIs as a catalog.", epilog=CREDENTIALS_HELP)
@click.option("--api", "some", metavar="ID", multiple=True, help="Identifier (audience) or id of an API; repeatable.")
@click.argument("more", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All APIs of the tenant, but for Auth0's own.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file, and the JSON Schema beside it, instead of standard output.",
)
@click.option("--force", is_flag=True, help="Replace a file that has other content.")
@tenant_options
def export(
    some: tuple[str, ...],
    more: tuple[str, ...],
    output: Path | None,
    stack: str | None,
    cwd: Path | None,
    *,
    everything: bool,
    force: bool,
) -> int:
    """Write the permissions of existing APIs as a catalog file (permissions.yaml): how a team starts.

    Each API gets a logical name, made of its name in the tenant. Which API a logical name stands for is not part of
    the file, since it differs by environment: the lines for the stack's configuration are printed on standard error.
    It needs read:resource_servers.
    """
    wanted = (*some, *more)
    if everything == bool(wanted):
        raise click.UsageError("Give the APIs to export with --api, or all of them with --all.")

    with progress() as line, open_tenant(stack, cwd, line) as management:
        exported = fetch_all(management, line) if everything else fetch_some(management, wanted, line)
    text = dump_catalog(exported.catalog)
    if output is None:
        print_as_it_is(text)
        said = ["For editors: `auth0-permissions schema > permissions.schema.json` beside the file."]
    else:
        said = write_catalog(output, text, force=force)
    _say(exported, said, stack)
    return ExitCode.DONE


def _say(exported: Exported, said: list[str], stack: str | None) -> None:
    for remark in (*exported.remarks, *said):
        click.echo(remark, err=True)
    if exported.identifiers:
        click.echo(
            "\nWhich API of this tenant each name stands for, for the stack's configuration "
            f"(Pulumi.{stack or '<stack>'}.yaml):\n\n{exported.config_text()}",
            err=True,
        )
