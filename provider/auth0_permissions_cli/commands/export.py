"""``auth0-permissions export``: what a tenant has, as a catalog file or as a program."""

from __future__ import annotations

import os
from pathlib import Path

import click

from auth0_permissions_cli.access import CREDENTIALS_HELP, open_tenant, stage_environ, tenant_options
from auth0_permissions_cli.catalog_text import dump_catalog
from auth0_permissions_cli.exporting import Exported, fetch_all, fetch_some
from auth0_permissions_cli.failures import ExitCode
from auth0_permissions_cli.files import write_schema, write_text
from auth0_permissions_cli.program_text import dump_program
from auth0_permissions_cli.reports import print_as_it_is
from auth0_permissions_cli.stacks.pulumi import write_apis
from auth0_permissions_cli.terminal import progress


@click.command(short_help="Write the permissions of existing APIs as a catalog or program.", epilog=CREDENTIALS_HELP)
@click.option("--api", "some", metavar="API", multiple=True, help="Logical name, identifier or id; repeatable.")
@click.argument("more", metavar="[API]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All APIs of the tenant, but for Auth0's own.")
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
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file, and beside a catalog the JSON Schema, instead of standard output.",
)
@click.option("--force", is_flag=True, help="Replace a file that has other content.")
@click.option("--write-config", is_flag=True, help="Put auth0-permissions:apis into the stack's configuration.")
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
    """Write the permissions of existing APIs as a catalog or as a program: how a team starts.

    Each API gets a logical name, made of its name in the tenant. Which API a logical name stands for is not part of
    a catalog, since it differs by environment: --write-config puts it into the stack's configuration; without it, the
    lines are printed on standard error. It needs read:resource_servers.
    """
    wanted = (*some, *more)
    if everything == bool(wanted):
        raise click.UsageError("Name the APIs to export, or take all of them with --all.")

    with progress() as line, open_tenant(stack, cwd, line) as tenant:
        exported = fetch_all(tenant.management, line) if everything else fetch_some(tenant, wanted, line)
    if write_config and tenant.stack is None:
        raise click.UsageError("--write-config needs a stack: name it with --stack.")
    is_catalog = form == "yaml"
    text = dump_catalog(exported.catalog) if is_catalog else dump_program(exported.catalog, exported.identifiers)
    said: list[str] = []
    if output is None:
        print_as_it_is(text)
    else:
        said.append(write_text(output, text, force=force))
        said += write_schema(output) if is_catalog else []
    if write_config and tenant.stack is not None:
        write_apis(tenant.stack, exported.identifiers, cwd=cwd, environ=stage_environ(tenant.stack, os.environ))
        said.append(f"Wrote auth0-permissions:apis into the configuration of stack {tenant.stack}.")
    _say(exported, said, tenant.stack, with_lines=is_catalog and not write_config)
    return ExitCode.DONE


def _say(exported: Exported, said: list[str], stack: str | None, *, with_lines: bool) -> None:
    for remark in (*exported.remarks, *said):
        click.echo(remark, err=True)
    if exported.identifiers and with_lines:
        click.echo(
            "\nWhich API of this tenant each name stands for, for the stack's configuration "
            f"(Pulumi.{stack or '<stack>'}.yaml); --write-config puts it there:\n\n{exported.config_text()}",
            err=True,
        )
