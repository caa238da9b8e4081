"""``auth0-permissions holders``: who holds the permissions of an API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click
from msgspec import Struct
from rich.text import Text

from auth0_permissions_cli.access import CREDENTIALS_HELP, open_tenant, tenant_options
from auth0_permissions_cli.failures import CommandFailed, ExitCode
from auth0_permissions_cli.output import csv_text, deliver, format_option, json_text
from auth0_permissions_cli.terminal import Progress, grid, rendered
from pulumi_auth0_permissions.auth0.client import ROLES, ManagementClient, path_of
from pulumi_auth0_permissions.auth0.errors import Call
from pulumi_auth0_permissions.core.model import USERS_NOT_KNOWN, Api, Holder, HolderKind, Impact, Scope
from pulumi_auth0_permissions.core.review import FORMAT, api_data, holder_data
from pulumi_auth0_permissions.core.safety import how_to_grant
from pulumi_auth0_permissions.core.text import api_title, cut, escape, join, pluralize, quote
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup

_MAX_HOLDERS_SHOWN = 20  # of one permission; more are cut with their count
_MAX_ROLES_COUNTED = 200  # each is a request


@dataclass(frozen=True, slots=True)
class Holdings:
    """What was asked and what was found."""

    tenant: str  # the tenant's host
    api: Api  # the API as observed
    impact: Impact  # who holds its permissions
    wanted: tuple[str, ...] = ()  # the permissions that were asked for; none: all that the API has, or somebody holds

    @property
    def held(self) -> Iterator[tuple[str, tuple[Holder, ...]]]:
        """The permissions to report, in order, and who holds each."""
        for value in self.wanted or dict.fromkeys((*self.api.permissions, *self.impact.holders)):
            yield value, self.impact.holders.get(value, ())


@click.command(short_help="List who holds the permissions of an API.", epilog=CREDENTIALS_HELP)
@click.option("--api", metavar="API", help="The API; positional arguments are then all permissions.")
@click.argument("named", metavar="[API] [PERMISSION]...", nargs=-1)
@format_option("json", "csv", about="JSON and CSV list all holders.")
@click.option("--full", is_flag=True, help="List all holders of a permission, however many.")
@click.option("--users", is_flag=True, help="Count the users of each role (one request each; needs read:role_members).")
@tenant_options
def holders(
    api: str | None, named: tuple[str, ...], form: str, stack: str | None, cwd: Path | None, *, full: bool, users: bool
) -> int:
    """List which roles and client grants hold each permission of an API.

    API is a logical name in the stack's auth0-permissions:apis, an identifier (audience) or an id; by default the
    stack's only one. Without PERMISSION, all permissions of the API are listed, and those that no longer exist but are
    still held. This takes one request per role of the tenant, and needs read:resource_servers, read:roles and
    read:client_grants; with read:clients, applications are shown by name. If the token may not read something, that is
    reported and the exit code is 1.
    """
    with Progress() as line, open_tenant(stack, cwd, line) as tenant:
        chosen, permissions = _chosen(api, named, tenant.apis)
        observed = tenant.get_api(chosen)
        wanted = tuple(dict.fromkeys(permissions))
        lookup = HolderLookup(tenant.management, on_progress=line, max_applications_named=ALL_APPLICATIONS)
        impact, left_out = lookup.look_up(observed, wanted or None), 0
        if users:
            impact, left_out = _with_users(impact, tenant.management, line)
    holdings = Holdings(tenant.management.host, observed, impact, wanted)
    deliver(
        form,
        {
            "terminal": lambda: _as_text(holdings, is_full=full),
            "json": lambda: json_text(as_data(holdings)),
            "csv": lambda: _as_csv(holdings),
        },
    )
    if left_out:
        roles = pluralize(left_out, "role")
        click.echo(f"The users of {roles} were not counted: the limit is {_MAX_ROLES_COUNTED}.", err=True)
    if impact.unknown:
        raise CommandFailed(
            f"some holders could not be read: {'; '.join(impact.unknown)}. {how_to_grant('what is missing')}"
        )
    return ExitCode.DONE


def _chosen(api: str | None, named: tuple[str, ...], apis: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the requested API and permissions."""
    if api is not None:
        return api, named
    if named:
        return named[0], named[1:]
    if len(apis) == 1:
        return next(iter(apis)), ()
    known = f" This stack has {join(list(apis))}." if apis else ""
    raise click.UsageError(f"Name the API, as in `auth0-permissions holders https://orders.example.com`.{known}")


class _Users(Struct):
    total: int


def _with_users(impact: Impact, management: ManagementClient, line: Progress) -> tuple[Impact, int]:
    """Return the impact with the users of its roles counted, one request per role, and how many roles were left out."""
    roles = list({one.id: one for held in impact.holders.values() for one in held if one.kind is HolderKind.ROLE})
    counts: dict[str, int] = {}
    for number, role in enumerate(roles[:_MAX_ROLES_COUNTED], 1):
        line(f"counting users: role {number} of {len(roles)}")
        query = (("per_page", "1"), ("include_totals", "true"))
        call = Call("GET", f"{path_of(ROLES, role)}/users", Scope.READ_ROLE_MEMBERS, query)
        counts[role] = management.send(call, _Users).total
    holders = {
        value: tuple(replace(one, users=counts.get(one.id)) for one in held) for value, held in impact.holders.items()
    }
    return replace(impact, holders=holders), len(roles) - len(counts)


def as_data(holdings: Holdings) -> dict[str, object]:
    """Return the holders as JSON data."""
    api, impact = holdings.api, holdings.impact
    return {
        "format": FORMAT,
        "tenant": holdings.tenant,
        "api": {**api_data(api.id, api.identifier, api.name), "token_lifetime_seconds": api.token_lifetime_s},
        "permissions": [
            {"permission": value, "on_api": value in api.permissions, "holders": [holder_data(one) for one in held]}
            for value, held in holdings.held
        ],
        "all_scope_grants": [holder_data(grant) for grant in impact.all_scope_grants],
        "unknown": list(impact.unknown),
    }


def _as_csv(holdings: Holdings) -> str:
    api = holdings.api
    rows = [(value, "yes" if value in api.permissions else "no", one) for value, held in holdings.held for one in held]
    rows += [("", "yes", grant) for grant in holdings.impact.all_scope_grants]
    return csv_text(
        ["tenant", "api", "permission", "on_api", "kind", "id", "name", "users"],
        [
            (holdings.tenant, api.identifier, value, on_api, one.kind, one.id, one.name, one.users)
            for value, on_api, one in rows
        ],
    )


def _as_text(holdings: Holdings, *, is_full: bool) -> str:
    """Return a table and remarks on it."""
    api = holdings.api
    title = api_title(api.name, api.identifier, holdings.tenant)
    table = grid()
    table.add_column("PERMISSION", overflow="fold")
    table.add_column("HELD BY", overflow="fold")
    table.add_column("ID", overflow="fold", no_wrap=True)  # the others give way
    for row in _rows(holdings, is_full=is_full):
        table.add_row(*map(Text, row))
    return rendered(
        Text(f"{title}: {pluralize(len(api.permissions), 'permission')}\n"),
        *((table, Text()) if table.rows else ()),
        *map(Text, _remarks(holdings)),
    )


def _rows(holdings: Holdings, *, is_full: bool) -> Iterator[tuple[str, str, str]]:
    impact = holdings.impact
    for value, held in holdings.held:
        name, shown = quote(value), held
        if len(held) > _MAX_HOLDERS_SHOWN and not is_full:  # a grant that loses access stops a machine at once
            shown = tuple(sorted(held, key=lambda one: one.kind is HolderKind.ROLE))[:_MAX_HOLDERS_SHOWN]
        for holder in shown:
            yield name, _called(holder), escape(holder.id)
            name = ""
        if rest := len(held) - len(shown):
            yield "", f"… and {rest} more (--full lists them)", ""
        if not held:
            nobody = "all-scope grants only" if impact.all_scope_grants else "nobody"
            yield name, "unknown" if impact.unknown else nobody, ""
    for number, grant in enumerate(impact.all_scope_grants):
        yield "" if number else "(all scopes)", _called(grant), escape(grant.id)


def _called(holder: Holder) -> str:
    users = "" if holder.users is None else f", {pluralize(holder.users, 'user')}"
    return f"{holder.kind} {escape(cut(holder.name))}{users}"


def _remarks(holdings: Holdings) -> Iterator[str]:
    api, impact = holdings.api, holdings.impact
    absent = {value: held for value, held in holdings.held if value not in api.permissions}
    if absent:
        yield f"Not on the API: {join(list(absent))}."
    if any(holder.kind is HolderKind.CLIENT_GRANT for held in absent.values() for holder in held):
        yield (
            "According to Auth0 support, edits of a client grant fail while it names a permission that is not on the "
            'API ("scope must be a subset of resource server scopes"): remove the permission from it first.'
        )
    if impact.all_scope_grants:
        yield "All-scope grants follow the API's list: additions and deletions take effect at once."
    if api.token_lifetime_s is not None:
        yield f"Tokens keep a permission until they expire, up to {api.token_lifetime_s} s after they are issued."
    yield f"{USERS_NOT_KNOWN[0].upper()}{USERS_NOT_KNOWN[1:]}."
