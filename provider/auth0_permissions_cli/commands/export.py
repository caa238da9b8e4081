"""``auth0-permissions export``: what a tenant has, as a catalog file or as a program."""

from __future__ import annotations

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
    type=FILE,
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

    with Progress() as line, open_tenant(stack, cwd, line) as tenant:
        line("reading APIs")
        found = _read(tenant, wanted)
    if write_config and tenant.stack is None:
        raise click.UsageError("--write-config needs a stack: name it with --stack.")
    named = logical_names(api for api in found if not api.is_system)
    catalog = {name: dict(sorted(api.permissions.items())) for name, api in named.items()}
    identifiers = {name: api.identifier for name, api in named.items()}
    said = [f"Left out: {_not_ours(api)}" for api in found if api.is_system]
    if not catalog:
        said.append("The tenant has no APIs of its own: the catalog is empty.")
    said += _not_declarable(catalog)
    is_catalog = form == "yaml"
    text = dump_catalog(catalog) if is_catalog else dump_program(catalog, identifiers)
    if output is None:
        print_as_it_is(text)
    else:
        said.append(write_text(output, text, force=force))
        schema = output.with_name(SCHEMA_FILE_NAME)
        if is_catalog and (force or not schema.exists()):
            said.append(write_text(schema, schema_text(), force=force))
    if write_config and tenant.stack is not None:
        tenant.stack.write_apis(identifiers)
        said.append(f"Wrote auth0-permissions:apis into the configuration of stack {tenant.stack.name}.")
    elif identifiers and is_catalog:
        file = f"Pulumi.{tenant.stack.name if tenant.stack else '<stack>'}.yaml"
        lines = dump_yaml({"config": {"auth0-permissions:apis": identifiers}}).rstrip("\n")
        said.append(
            "\nWhich API of this tenant each name stands for, for the stack's configuration "
            f"({file}); --write-config puts it there:\n\n{lines}"
        )
    for sentence in said:
        click.echo(sentence, err=True)
    return ExitCode.DONE


def _read(tenant: OpenTenant, wanted: Sequence[str]) -> list[Api]:
    """Return the APIs of these logical names, identifiers or ids; without any, all that the tenant has."""
    if not wanted:
        return list(tenant.management.list_apis())
    apis = {api.id: api for api in map(tenant.get_api, wanted)}
    if system := [api for api in apis.values() if api.is_system]:
        raise Refused(f"{_not_ours(system[0])} --all takes every API but those.")
    return list(apis.values())


def _not_ours(api: Api) -> str:
    return f"{api_title(api.name, api.identifier)} is Auth0's own; its permissions are Auth0's to define."


def _not_declarable(catalog: Catalog) -> list[str]:
    """Return what a program that declares these permissions would run into, though the tenant has them."""
    return [
        f"Careful: {name}: {problem}. No program can declare it as it is."
        for name, permissions in catalog.items()
        for value, text in permissions.items()
        for problem in (
            *value_problems(value, f"the permission {quote(cut(value))}"),
            *description_problems(text, f"the description of {quote(cut(value))}"),
        )
    ]
