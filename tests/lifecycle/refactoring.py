"""Refactorings of programs: a program before and after, applied with the real CLI.

Each has an API of its own, with a role and a client grant that hold all of its permissions. So many of them share one
stack and its few runs of the CLI.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auth0_local_tenant import LocalTenant
from support.cases import api_id, identifier, program
from support.commands import Ran
from support.workspace import ORDERS, Workspace

API_ID = "65f0c0ffee00000000000001"
BILLING = "https://billing.example.com"
BILLING_ID = "65f0c0ffee00000000000002"
HELD = "abc"
APPROVED = '["a", "b", "c"]'


def declared(name: str, values: str, *, api: str = repr(ORDERS), more: str = "") -> str:
    """Return the statement that declares one-letter permissions."""
    permissions = dict.fromkeys(values, "")
    return f"{name} = auth0_permissions.ApiPermissions({name!r}, api={api}, permissions={permissions!r}, {more})\n"


def one(name: str, values: str, *, api: str = "'@api'", more: str = "") -> str:
    """Return the statement that declares one-letter permissions of a case's API."""
    permissions = dict.fromkeys(values, "")
    return f"{name} = auth0_permissions.ApiPermissions('{name}-@', api={api}, permissions={permissions!r}, {more})\n"


def adopt(shop: Workspace, program: str = declared("a", HELD)) -> None:
    """Have a program applied that declares what the API of `SEED` holds."""
    shop.program(program)
    shop.adopt(SEED)


def _holders(api: str, number: int) -> dict[str, list[dict[str, object]]]:
    """Return the part of a seed in which a role and a client grant hold what an API has."""
    permissions = [{"resource_server_identifier": api, "permission_name": value} for value in HELD]
    return {
        "roles": [{"id": f"rol_{number:016}", "name": f"Clerk {number}", "permissions": permissions}],
        "client_grants": [{"id": f"cgr_{number:016}", "client_id": "shop", "audience": api, "scope": list(HELD)}],
    }


SEED: dict[str, object] = {
    "resource_servers": [
        {"id": API_ID, "identifier": ORDERS, "name": "Orders", "scopes": [{"value": v} for v in HELD]},
        {"id": BILLING_ID, "identifier": BILLING, "name": "Billing", "scopes": []},
    ],
    "clients": [{"client_id": "shop", "name": "Shop"}],
    **_holders(ORDERS, 1),
}


@dataclass(frozen=True)
class Refactoring:
    """A program before and after, as `support.cases` has them.

    Attributes:
        before: statements of the first program.
        after: statements of the second one.
        lost: permissions that the second program really drops.
    """

    before: str
    after: str
    lost: str = ""


def seed(cases: Iterable[str]) -> dict[str, object]:
    """Return what the tenant holds for these cases."""
    found: dict[str, list[dict[str, object]]] = {"resource_servers": [], "roles": [], "client_grants": []}
    for number, case in enumerate(cases):
        scopes = [{"value": value} for value in HELD]
        found["resource_servers"].append({"id": api_id(case), "identifier": identifier(case), "scopes": scopes})
        for part, holders in _holders(identifier(case), number).items():
            found[part] += holders
    return {**found, "clients": [{"client_id": "shop", "name": "Shop"}]}


@dataclass(frozen=True)
class Facts:
    """What a refactoring came to.

    Attributes:
        api: what the API holds after it.
        held: what both the role and the client grant hold after it.
        sent: every list that was sent for the API.
        holder_writes: the paths of all writes to its role and client grant.
        written_later: whether one more `up` wrote to the API.
        left: what the API holds once the stack was destroyed.
    """

    api: set[str]
    held: set[str]
    sent: list[set[str]]
    holder_writes: list[str]
    written_later: bool
    left: set[str]


@dataclass(frozen=True)
class Applied:
    """What all refactorings came to: case → facts; and what the second `pulumi up` said."""

    facts: Mapping[str, Facts]
    ran: Ran


def apply(shop: Workspace, cases: Mapping[str, Refactoring], *arguments: str) -> Applied:
    """Apply the second programs of all cases, once more, and destroy the stack.

    Args:
        shop: a project whose stack the first programs are applied to.
        cases: by name.
        arguments: of the second `pulumi up`.
    """
    tenant = shop.tenant
    tenant.clear_journal()
    shop.program(program({case: one.after for case, one in cases.items()}))
    ran = shop.up(*arguments)
    writes = [entry for entry in tenant.journal() if entry.method != "GET"]
    after = {case: (set(shop.scopes(identifier(case))), _held(tenant, case)) for case in cases}
    tenant.clear_journal()
    shop.up()
    later = [entry.path for entry in tenant.journal() if entry.method == "PATCH"]
    shop.destroy(AUTH0_PERMISSIONS_APPROVED_REMOVALS=APPROVED)
    facts = {}
    for number, case in enumerate(cases):
        holders = (f"rol_{number:016}", f"cgr_{number:016}")
        lists = [entry.request_body for entry in writes if entry.path.endswith(f"/resource-servers/{api_id(case)}")]
        facts[case] = Facts(
            *after[case],
            sent=[{scope["value"] for scope in body["scopes"]} for body in lists if isinstance(body, dict)],
            holder_writes=[entry.path for entry in writes if any(holder in entry.path for holder in holders)],
            written_later=any(api_id(case) in path for path in later),
            left=set(shop.scopes(identifier(case))),
        )
    return Applied(facts, ran)


def _held(tenant: LocalTenant, case: str) -> set[str]:
    """Return what both the role and the client grant of a case hold."""
    state, api = tenant.dump(), identifier(case)
    (grant,) = [one for one in state["client_grants"] if one["audience"] == api]
    held = {
        one["permission_name"]
        for role in state["roles"]
        for one in role["permissions"]  # type: ignore[attr-defined]
        if one["resource_server_identifier"] == api
    }
    return held & set(grant["scope"])  # type: ignore[call-overload, no-any-return]
