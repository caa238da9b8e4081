"""``auth0-permissions holders``: who holds the permissions of an API."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from auth0_permissions_cli.access import CREDENTIALS_HELP, open_tenant, tenant_options
from auth0_permissions_cli.failures import CommandFailed, ExitCode
from auth0_permissions_cli.holders_report import Holdings, as_csv, as_data, as_text, with_users
from auth0_permissions_cli.reports import deliver, format_option
from auth0_permissions_cli.terminal import progress
from pulumi_auth0_permissions.core.review import json_text
from pulumi_auth0_permissions.core.text import join
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup

_MAX_HOLDERS_SHOWN = 20  # of one permission; more are cut with their count
_NO_LIMIT = 1_000_000


@click.command(short_help="List who holds the permissions of an API.", epilog=CREDENTIALS_HELP)
@click.option("--api", metavar="API", help="The API; then all that is given by position are permissions.")
@click.argument("named", metavar="[API] [PERMISSION]...", nargs=-1)
@format_option("json", "csv", about="JSON and CSV are complete.")
@click.option("--full", is_flag=True, help="List all holders of a permission, however many.")
@click.option("--users", is_flag=True, help="Count the users of each role, a request a role; needs read:role_members.")
@tenant_options
def holders(
    api: str | None, named: tuple[str, ...], form: str, stack: str | None, cwd: Path | None, *, full: bool, users: bool
) -> int:
    """List which roles and client grants hold each permission of an API.

    API is a logical name of the stack's auth0-permissions:apis, an identifier (audience) or an id; the only one of the
    stack, if not given. Without PERMISSION, all permissions of the API are listed, and those that are still held
    though they do not exist any more. It takes one request for each role of the tenant, and needs
    read:resource_servers, read:roles and read:client_grants; with read:clients, applications are shown by name. What
    the token may not read is said, and the exit code is 1 then.
    """
    with progress() as line, open_tenant(stack, cwd, line) as tenant:
        chosen, permissions = _chosen(api, named, tenant.apis)
        observed = tenant.get_api(chosen)
        wanted = tuple(dict.fromkeys(permissions)) or None
        lookup = HolderLookup(tenant.management, on_progress=line, max_applications_named=ALL_APPLICATIONS)
        impact, said = lookup.look_up(observed, wanted), ""
        if users:
            impact, said = with_users(impact, tenant.management, line)
    holdings = Holdings.of(tenant.management.host, observed, impact, wanted)
    rendered = {
        "terminal": lambda: as_text(holdings, at_most=_NO_LIMIT if full else _MAX_HOLDERS_SHOWN) + "\n",
        "json": lambda: json_text(as_data(holdings)),
        "csv": lambda: as_csv(holdings),
    }
    deliver(rendered[form](), None, form=form)
    if said:
        click.echo(said, err=True)
    if impact.unknown:
        raise CommandFailed(
            f"not everything could be looked at: {'; '.join(impact.unknown)}. Give the application what it lacks "
            "(Applications → APIs → Auth0 Management API), then run again."
        )
    return ExitCode.DONE


def _chosen(api: str | None, named: tuple[str, ...], apis: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the API that is meant, and the permissions."""
    if api is not None:
        return api, named
    if named:
        return named[0], named[1:]
    if len(apis) == 1:
        return next(iter(apis)), ()
    known = f" This stack has {join(list(apis))}." if apis else ""
    raise click.UsageError(f"Name the API, as in `auth0-permissions holders https://orders.example.com`.{known}")
