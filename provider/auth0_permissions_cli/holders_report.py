"""Who holds what, as text for people and as data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auth0_permissions_cli.terminal import Column, paragraphs, table
from pulumi_auth0_permissions.core.holders import NOT_LOOKED_UP, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.texts import cut
from pulumi_auth0_permissions.core.wording import listed, quantity, shown

if TYPE_CHECKING:
    from pulumi_auth0_permissions.management.models import Api

__all__ = ["Holdings", "as_data", "as_text"]

_KIND_IN_DATA = {HolderKind.ROLE: "role", HolderKind.CLIENT_GRANT: "client_grant"}
_UNITS_S = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What was asked and what was found.

    Attributes:
        tenant: the tenant's host.
        api: the API as observed.
        values: the permissions told about, in order.
        impact: who holds them.
    """

    tenant: str
    api: Api
    values: tuple[str, ...]
    impact: Impact

    @classmethod
    def of(cls, tenant: str, api: Api, impact: Impact, wanted: Sequence[str] | None) -> Holdings:
        """Tell about the permissions that were asked for, or about all: the API's, then what is held besides."""
        if wanted is not None:
            return cls(tenant, api, tuple(wanted), impact)
        besides = [value for value in impact.holders if value not in api.permissions]
        return cls(tenant, api, (*api.permissions.values(), *besides), impact)


def as_data(holdings: Holdings) -> dict[str, object]:
    """Return what is to be printed as JSON; keys are only ever added."""
    api, impact = holdings.api, holdings.impact
    return {
        "tenant": holdings.tenant,
        "api": {
            "id": api.id,
            "identifier": api.identifier,
            "name": api.name,
            "token_lifetime_seconds": api.token_lifetime_s,
        },
        "permissions": [
            {
                "permission": value,
                "on_api": value in api.permissions,
                "holders": [_holder_data(holder) for holder in impact.holders_of(value)],
            }
            for value in holdings.values
        ],
        "grants_of_every_permission": [_holder_data(grant) for grant in impact.whole_list_grants],
        "unknown": list(impact.unknown),
    }


def as_text(holdings: Holdings, *, at_most: int) -> str:
    """Return a table and what has to be said about it.

    Args:
        holdings: what was found.
        at_most: holders of one permission that are shown; more are cut with their count.
    """
    api = holdings.api
    title = f"{shown(api.name)} ({shown(api.identifier)})" if api.name else shown(api.identifier)
    parts = [paragraphs([f"{title} on {shown(holdings.tenant)}: {quantity(len(api.permissions), 'permission')}"])]
    rows = list(_rows(holdings, at_most))
    if rows:
        parts.append(table([Column("PERMISSION"), Column("HELD BY"), Column("ID", is_fixed=True)], rows))
    parts.append(paragraphs(_remarks(holdings)))
    return "\n\n".join(parts)


def _rows(holdings: Holdings, at_most: int) -> Iterator[tuple[str, str, str]]:
    for value in holdings.values:
        name = shown(value if value == value.strip() else f'"{value}"')
        held_by = holdings.impact.holders_of(value)
        for holder in held_by[:at_most]:
            yield name, _called(holder), shown(holder.id)
            name = ""
        if len(held_by) > at_most:
            yield "", f"… and {len(held_by) - at_most} more (--full lists them)", ""
        if not held_by:
            yield name, "unknown" if holdings.impact.unknown else "nobody", ""
    for number, grant in enumerate(holdings.impact.whole_list_grants):
        yield "" if number else "(every permission)", _called(grant), shown(grant.id)


def _remarks(holdings: Holdings) -> Iterator[str]:
    api, impact = holdings.api, holdings.impact
    absent = [value for value in holdings.values if value not in api.permissions]
    stale = [value for value in absent if value in impact.holders]
    if absent:
        yield f"Not on the API: {listed(absent)}."
    if any(holder.kind is HolderKind.CLIENT_GRANT for value in stale for holder in impact.holders_of(value)):
        yield (
            "By Auth0's support, later edits of a client grant fail while it names a permission that is not on the "
            'API ("scope must be a subset of resource server scopes"): take the permission out of it first.'
        )
    if impact.whole_list_grants:
        yield "Client grants of every permission follow the API's list: what is added or deleted counts at once."
    if api.token_lifetime_s is not None:
        yield f"Tokens keep a permission until they expire, up to {_duration(api.token_lifetime_s)} after their issue."
    yield f"{NOT_LOOKED_UP[0].upper()}{NOT_LOOKED_UP[1:]}."


def _called(holder: Holder) -> str:
    return f"{holder.kind} {shown(cut(holder.name))}"


def _holder_data(holder: Holder) -> dict[str, str]:
    return {"kind": _KIND_IN_DATA[holder.kind], "id": holder.id, "name": holder.name}


def _duration(seconds: int) -> str:
    """Return ``2 hours`` or ``1 hour 30 minutes``: the two largest units."""
    parts = []
    for unit, length_s in _UNITS_S:
        count, seconds = divmod(seconds, length_s)
        if count:
            parts.append(quantity(count, unit))
    return " ".join(parts[:2]) or "0 seconds"
