"""A tenant in which everything is held by somebody, what is done to it, and what is meant to come out."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from auth0_local_tenant import Fault, LocalTenant
from faults.site import Site
from faults.stack import Outcome, Program, Stack
from support.hand import Edit, Hand

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
    dump = cast("Mapping[str, list[Any]]", tenant.dump())
    (api,) = [server for server in dump["resource_servers"] if server["identifier"] == ORDERS]
    return Held(
        {entry["value"]: entry.get("description", "") for entry in api.get("scopes", [])},
        frozenset(held["permission_name"] for role in dump["roles"] for held in role["permissions"]),
        frozenset(value for grant in dump["client_grants"] if grant["id"] == GRANT for value in grant["scope"]),
    )


BEFORE = {READ: "Read orders", THEIRS: "Of another team", WRITE: "", DELETE: "Delete orders"}
OURS = {READ: "Read orders", WRITE: "", DELETE: "Delete orders"}
_ROLE = frozenset((READ, THEIRS, WRITE, DELETE))
_GRANT = frozenset((WRITE, THEIRS, DELETE))
_FIRST: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": "keep"}


@dataclass(frozen=True)
class Operation:
    """Something a stack does, with what is meant to be there in the end."""

    name: str
    meant: Held  # what the tenant holds when it is done
    changes: Program = field(default_factory=dict)  # the resource's inputs that are others than before
    command: Literal["up", "refresh", "destroy"] = "up"

    @property
    def program(self) -> Program:
        """The resource's inputs."""
        return {**_FIRST, **self.changes}

    def prepare(self, tenant: LocalTenant) -> Stack:
        """Return a stack that is about to begin."""
        return Stack(Site(tenant)) if self.name == "create" else Stack.adopting(tenant, _FIRST)

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


# --- what somebody else does, now or at the moment when a certain request of ours arrives ---

WITHIN_S = 60.0  # until a request arrives, or is over; nothing waits that long unless something is broken


def edit_now(tenant: LocalTenant, edit: Edit) -> None:
    """Edit the API at once."""
    Hand(tenant).edit(ORDERS, edit)


def grant_now(tenant: LocalTenant, scope: list[str]) -> None:
    """Give the client grant another list at once."""
    Hand(tenant).send("PATCH", f"client-grants/{GRANT}", {"scope": scope})


def give_role_now(tenant: LocalTenant, value: str) -> None:
    """Give the role a permission of the API at once."""
    held = [{"resource_server_identifier": ORDERS, "permission_name": value}]
    Hand(tenant).send("POST", f"roles/{ROLE}/permissions", {"permissions": held})


def at_request(tenant: LocalTenant, action: Callable[[], None], *, method: str, path: str, after: int = 0) -> None:
    """Have something done just before a request is handled; see `Fault` for which."""
    tenant.options = replace(tenant.options, sleep=lambda _seconds: action())
    tenant.add_fault(Fault("delay", method=method, path=path, after=after, delay_s=1))


class HeldWrite:
    """Holds the next list that is sent to an API, so that a test can do something at exactly that moment."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant
        self._arrived = threading.Event()
        self._let_go = threading.Event()
        at_request(tenant, self._wait, method="PATCH", path="/resource-servers/")

    def until_arrived(self) -> None:
        """Wait until the request is here."""
        assert self._arrived.wait(WITHIN_S), "the request never came"

    def let_go(self) -> None:
        """Let the request go, and wait until it is handled, whether or not somebody is there for the answer."""
        self._let_go.set()
        while any(entry.duration_s is None for entry in self._tenant.journal()):
            time.sleep(0.01)

    def _wait(self) -> None:
        self._arrived.set()
        self._let_go.wait(WITHIN_S)
