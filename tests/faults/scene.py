"""A tenant in which everything is held by somebody, and operations on it with what is meant to come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from auth0_local_tenant import LocalTenant
from faults.site import Site
from faults.stack import Outcome, Program, Stack

ORDERS = "https://orders.example.com"
ORDERS_ID = "65f0c0ffee00000000000001"
ROLE = "rol_admin00000000000"
GRANT = "cgr_shop000000000000"

READ, WRITE, DELETE = "read:orders", "write:orders", "delete:orders"
THEIRS = "theirs:orders"  # somebody else's, on the same API
NEW, EDIT = "new:orders", "edit:orders"

SEED: dict[str, object] = {
    "resource_servers": [
        {
            "id": ORDERS_ID,
            "identifier": ORDERS,
            "name": "Orders",
            "scopes": [
                {"value": READ, "description": "Read orders"},
                {"value": THEIRS, "description": "Of another team"},
                {"value": WRITE},
                {"value": DELETE, "description": "Delete orders"},
            ],
        }
    ],
    "clients": [{"client_id": "shop-1", "name": "Shop"}, {"client_id": "office-1", "name": "Back office"}],
    "roles": [
        {
            "id": ROLE,
            "name": "Admin",
            "permissions": [
                {"resource_server_identifier": ORDERS, "permission_name": value}
                for value in (READ, THEIRS, WRITE, DELETE)
            ],
        }
    ],
    "client_grants": [
        {"id": GRANT, "client_id": "shop-1", "audience": ORDERS, "scope": [WRITE, THEIRS, DELETE]},
        {"id": "cgr_office0000000000", "client_id": "office-1", "audience": ORDERS, "allow_all_scopes": True},
    ],
}


@dataclass(frozen=True)
class Held:
    """Who has what: the API's permissions with their descriptions, what the role holds, what the grant names."""

    api: Mapping[str, str]
    role: frozenset[str]
    grant: frozenset[str]


def held(tenant: LocalTenant) -> Held:
    """Return what the tenant holds; no request is sent."""
    dump = tenant.dump()
    (api,) = [server for server in dump["resource_servers"] if server["identifier"] == ORDERS]
    (role,) = dump["roles"]
    (grant,) = [grant for grant in dump["client_grants"] if grant["id"] == GRANT]
    scopes, permissions, scope = api.get("scopes", []), role["permissions"], grant["scope"]
    assert isinstance(scopes, list)
    assert isinstance(permissions, list)
    assert isinstance(scope, list)
    return Held(
        {entry["value"]: entry.get("description", "") for entry in scopes},
        frozenset(entry["permission_name"] for entry in permissions),
        frozenset(scope),
    )


BEFORE = {READ: "Read orders", THEIRS: "Of another team", WRITE: "", DELETE: "Delete orders"}
OURS = {READ: "Read orders", WRITE: "", DELETE: "Delete orders"}
_ROLE = frozenset((READ, THEIRS, WRITE, DELETE))
_GRANT = frozenset((WRITE, THEIRS, DELETE))
_FIRST: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": "keep"}


@dataclass(frozen=True)
class Operation:
    """Something a stack does, with what is meant to be there in the end.

    Attributes:
        name: for the tests' ids.
        meant: what the tenant holds when it is done.
        changes: the resource's inputs that are others than those of the program before.
        command: what is run.
    """

    name: str
    meant: Held
    changes: Program = field(default_factory=dict)
    command: Literal["up", "refresh", "destroy"] = "up"

    @property
    def program(self) -> Program:
        """The resource's inputs."""
        return {**_FIRST, **self.changes}

    def prepare(self, site: Site) -> Stack:
        """Return a stack that is about to begin."""
        return Stack(site) if self.name == "create" else Stack.adopting(site, _FIRST)

    def run(self, stack: Stack, between: Callable[[], object] = lambda: None) -> Outcome:
        """Do it; ``between`` is called when the preview is over and the update begins."""
        if self.command == "up":
            return stack.up(self.program, between=between)
        if self.command == "destroy":
            return stack.destroy(between=between)
        between()
        return stack.refresh()


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation(
            "create",
            Held({**BEFORE, READ: "Look at orders", NEW: "New"}, _ROLE, _GRANT),
            {"permissions": {NEW: "New", READ: "Look at orders"}},
        ),
        Operation(
            "update",
            Held({READ: "Look at orders", THEIRS: "Of another team", WRITE: "", NEW: "New"}, _ROLE, _GRANT),
            {"permissions": {NEW: "New", READ: "Look at orders", WRITE: ""}},
        ),
        Operation("read", Held(BEFORE, _ROLE, _GRANT), command="refresh"),
        Operation("delete", Held({THEIRS: "Of another team"}, _ROLE, _GRANT), command="destroy"),
        Operation(
            "revoke",
            Held({READ: "Read orders", THEIRS: "Of another team", WRITE: ""}, _ROLE - {DELETE}, _GRANT - {DELETE}),
            {"permissions": {READ: "Read orders", WRITE: ""}, "removal": "revoke"},
        ),
        Operation(
            "rename",
            Held(
                {READ: "Read orders", THEIRS: "Of another team", EDIT: "Edit orders", DELETE: "Delete orders"},
                (_ROLE - {WRITE}) | {EDIT},
                (_GRANT - {WRITE}) | {EDIT},
            ),
            {
                "permissions": {READ: "Read orders", EDIT: "Edit orders", DELETE: "Delete orders"},
                "renames": {WRITE: EDIT},
            },
        ),
    )
}
"""What is done, by name: each kind of operation that talks to the API."""


def assert_nobody_lost_access(tenant: LocalTenant, operation: Operation) -> None:
    """Assert what holds at every moment: other people's permission is there, and renamed access is never missing."""
    now = held(tenant)
    assert now.api[THEIRS] == "Of another team"
    assert THEIRS in now.role & now.grant
    if operation.name == "rename":
        for holder in (now.role, now.grant):
            assert holder & set(now.api) & {WRITE, EDIT}
