"""Who holds what, as text for people and as data for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.text import Text

from auth0_permissions_cli.reports import csv_text
from auth0_permissions_cli.terminal import grid, rendered
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.core.model import USERS_NOT_KNOWN, Api, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.review import FORMAT, api_data, holder_data
from pulumi_auth0_permissions.core.text import api_title, escape, join, pluralize
from pulumi_auth0_permissions.core.validation import cut

_MAX_ROLES_COUNTED = 200  # each is a request


@dataclass(frozen=True, slots=True)
class Holdings:
    """What was asked and what was found."""

    tenant: str  # the tenant's host
    api: Api  # the API as observed
    values: tuple[str, ...]  # the permissions reported, in order
    impact: Impact  # who holds them

    @classmethod
    def of(cls, tenant: str, api: Api, impact: Impact, wanted: Sequence[str] | None) -> Holdings:
        """Tell about the permissions that were asked for, or about all: the API's, then what is held besides."""
        if wanted is not None:
            return cls(tenant, api, tuple(wanted), impact)
        besides = [value for value in impact.holders if value not in api.permissions]
        return cls(tenant, api, (*api.permissions, *besides), impact)


def as_data(holdings: Holdings) -> dict[str, object]:
    """Return the holders as JSON data."""
    api, impact = holdings.api, holdings.impact
    return {
        "format": FORMAT,
        "tenant": holdings.tenant,
        "api": {**api_data(api.id, api.identifier, api.name), "token_lifetime_seconds": api.token_lifetime_s},
        "permissions": [
            {
                "permission": value,
                "on_api": value in api.permissions,
                "holders": [holder_data(holder) for holder in impact.holders_of(value)],
            }
            for value in holdings.values
        ],
        "all_scope_grants": [holder_data(grant) for grant in impact.all_scope_grants],
        "unknown": list(impact.unknown),
    }


def as_csv(holdings: Holdings) -> str:
    """Return the holders as comma-separated values, a line each."""
    api, impact = holdings.api, holdings.impact
    held = [
        (value, value in api.permissions, holder) for value in holdings.values for holder in impact.holders_of(value)
    ]
    held += [("", True, grant) for grant in impact.all_scope_grants]
    lines = [
        (holdings.tenant, api.identifier, value, "yes" if on_api else "no", one.kind, one.id, one.name, one.users)
        for value, on_api, one in held
    ]
    return csv_text(["tenant", "api", "permission", "on_api", "kind", "id", "name", "users"], lines)


def with_users(impact: Impact, management: ManagementClient, line: Callable[[str], None]) -> tuple[Impact, str]:
    """Return the same with the users of its roles counted, a request a role, and what is to be said of that."""
    roles = {one.id: one for held in impact.holders.values() for one in held if one.kind is HolderKind.ROLE}
    counts: dict[str, int | None] = {}
    for number, role in enumerate(list(roles)[:_MAX_ROLES_COUNTED], 1):
        line(f"counting users: role {number} of {len(roles)}")
        counts[role] = management.role_user_count(role)
    holders = {
        value: tuple(replace(one, users=counts.get(one.id)) for one in held) for value, held in impact.holders.items()
    }
    rest = len(roles) - len(counts)
    said = f"The users of {pluralize(rest, 'role')} were not counted: at most {_MAX_ROLES_COUNTED} are." if rest else ""
    return replace(impact, holders=holders), said


def as_text(holdings: Holdings, *, at_most: int) -> str:
    """Return a table and what has to be said about it."""
    api = holdings.api
    title = api_title(api.name, api.identifier, holdings.tenant)
    parts = [rendered(Text(f"{title}: {pluralize(len(api.permissions), 'permission')}"))]
    rows = list(_rows(holdings, at_most))
    if rows:
        table = grid()
        table.add_column("PERMISSION", overflow="fold")
        table.add_column("HELD BY", overflow="fold")
        table.add_column("ID", overflow="fold", no_wrap=True)  # the others give way
        for row in rows:
            table.add_row(*map(Text, row))
        parts.append(rendered(table))
    parts.append(rendered(*map(Text, _remarks(holdings))))
    return "\n\n".join(parts)


def _rows(holdings: Holdings, at_most: int) -> Iterator[tuple[str, str, str]]:
    for value in holdings.values:
        name = escape(value if value == value.strip() else f'"{value}"')
        held_by = holdings.impact.holders_of(value)
        if len(held_by) > at_most:  # a grant that loses access stops a machine at once
            held_by = tuple(sorted(held_by, key=lambda one: one.kind is HolderKind.ROLE))
        for holder in held_by[:at_most]:
            yield name, _called(holder), escape(holder.id)
            name = ""
        if len(held_by) > at_most:
            yield "", f"… and {len(held_by) - at_most} more (--full lists them)", ""
        if not held_by:
            yield name, _where_none_is_named(holdings.impact), ""
    for number, grant in enumerate(holdings.impact.all_scope_grants):
        yield "" if number else "(all scopes)", _called(grant), escape(grant.id)


def _where_none_is_named(impact: Impact) -> str:
    if impact.unknown:
        return "unknown"
    return "all-scope grants only" if impact.all_scope_grants else "nobody"


def _remarks(holdings: Holdings) -> Iterator[str]:
    api, impact = holdings.api, holdings.impact
    absent = [value for value in holdings.values if value not in api.permissions]
    stale = [value for value in absent if value in impact.holders]
    if absent:
        yield f"Not on the API: {join(absent)}."
    if any(holder.kind is HolderKind.CLIENT_GRANT for value in stale for holder in impact.holders_of(value)):
        yield (
            "By Auth0's support, later edits of a client grant fail while it names a permission that is not on the "
            'API ("scope must be a subset of resource server scopes"): take the permission out of it first.'
        )
    if impact.all_scope_grants:
        yield "All-scope grants follow the API's list: what is added or deleted counts at once."
    if api.token_lifetime_s is not None:
        yield f"Tokens keep a permission until they expire, up to {api.token_lifetime_s} s after their issue."
    yield f"{USERS_NOT_KNOWN[0].upper()}{USERS_NOT_KNOWN[1:]}."


def _called(holder: Holder) -> str:
    users = "" if holder.users is None else f", {pluralize(holder.users, 'user')}"
    return f"{holder.kind} {escape(cut(holder.name))}{users}"
