"""`kill -9` of the provider at every request boundary: nothing is lost, and the next run finishes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from auth0_local_tenant import LocalTenant
from faults.holding import Hold
from faults.run import Run, RunProvider
from faults.scene import GRANT, OPERATIONS, ORDERS, ROLE, Held, held
from faults.site import Site
from faults.stack import Program, Stack, State

EVERYTHING: Program = {
    "api": ORDERS,
    "permissions": {"read:orders": "Look at orders", "edit:orders": "Edit orders", "new:orders": "New"},
    "unmanaged": "keep",
    "removal": "revoke",
    "renames": {"write:orders": "edit:orders"},
}
"""An update that adds, describes, revokes and renames at once."""

AFTER_EVERYTHING = Held(
    {
        "read:orders": "Look at orders",
        "theirs:orders": "Of another team",
        "edit:orders": "Edit orders",
        "new:orders": "New",
    },
    frozenset(("read:orders", "theirs:orders", "edit:orders")),
    frozenset(("theirs:orders", "edit:orders")),
)


@dataclass(frozen=True)
class Boundary:
    """A moment to be killed at: a request that is on its way, or one that is carried out and not answered yet."""

    operation: str
    number: int
    request: str
    written: bool = False

    def __str__(self) -> str:
        return f"{self.operation}, {self.number}: {'after' if self.written else 'before'} {self.request}"


API = "resource-servers/65f0c0ffee00000000000001"
LOOKING = (
    f"GET {API}",
    "GET client-grants",
    "GET roles",
    f"GET roles/{ROLE}/permissions",
    "GET clients/office-1",
    "GET clients/shop-1",
)
REQUESTS = {
    "create": (
        "POST /oauth/token",
        "GET resource-servers/https:%2F%2Forders.example.com",
        f"GET {API}",
        f"PATCH {API}",
    ),
    "update": (
        "POST /oauth/token",
        "GET resource-servers/https:%2F%2Forders.example.com",
        *LOOKING,
        f"GET {API}",
        f"PATCH {API}",
        f"POST roles/{ROLE}/permissions",
        f"GET roles/{ROLE}/permissions",
        f"GET client-grants/{GRANT}",
        f"PATCH client-grants/{GRANT}",
        f"DELETE roles/{ROLE}/permissions",
        f"GET client-grants/{GRANT}",
        f"PATCH client-grants/{GRANT}",
        f"GET {API}",
        f"PATCH {API}",
    ),
    "delete": ("POST /oauth/token", *LOOKING, f"GET {API}", f"PATCH {API}"),
}
"""What the update phase of each operation sends, in order: every one of them is a boundary."""


def _boundaries() -> Iterator[Boundary]:
    """Yield every boundary; after a read is before the next request."""
    for operation, requests in REQUESTS.items():
        for number, request in enumerate(requests):
            yield Boundary(operation, number, request)
            if not request.startswith("GET") and "token" not in request:
                yield Boundary(operation, number, request, written=True)


@pytest.mark.parametrize("boundary", list(_boundaries()), ids=str)
def test_a_killed_provider_leaves_nothing_to_repair(tenant: LocalTenant, tmp_path: Path, boundary: Boundary) -> None:
    """Killed at any request, the tenant holds no half of a list, nobody has lost access, and the next run finishes."""
    stack, program, meant = _prepared(tenant, boundary.operation)
    tenant.clear_journal()
    hold = Hold(tenant, after=boundary.number, drop=not boundary.written)
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}

    with Run(environ) as run, RunProvider(run, stack.site.config) as provider, ThreadPoolExecutor(1) as thread:
        doing = thread.submit(_do, provider, boundary.operation, stack.state, program)
        sent = hold.until_arrived()
        provider.kill()
        with suppress(grpc.RpcError):
            doing.result()
    hold.let_go()

    assert sent.replace("/api/v2/", "") == boundary.request
    assert_consistent(held(tenant))
    tenant.clear_faults()
    finished = stack.destroy() if boundary.operation == "delete" else stack.up(program)
    assert finished.error is None
    assert held(tenant) == meant


@pytest.mark.parametrize("operation", REQUESTS)
def test_no_boundary_is_left_out(tenant: LocalTenant, operation: str) -> None:
    """The boundaries are all the requests that the operation sends."""
    stack, program, meant = _prepared(tenant, operation)
    tenant.clear_journal()

    if operation == "delete":
        stack.destroy()
    else:
        stack.up(program, skip_preview=True)

    sent = [f"{entry.method} {entry.path}".replace("/api/v2/", "") for entry in tenant.journal()]
    assert sent == list(REQUESTS[operation])
    assert held(tenant) == meant


def _prepared(tenant: LocalTenant, operation: str) -> tuple[Stack, Program, Held]:
    if operation == "update":
        return OPERATIONS["rename"].prepare(Site(tenant)), EVERYTHING, AFTER_EVERYTHING
    known = OPERATIONS[operation]
    return known.prepare(Site(tenant)), known.program, known.meant


def _do(provider: RunProvider, operation: str, state: State | None, program: Program) -> None:
    """Carry out the update phase of one operation as the engine does."""
    if operation == "delete":
        assert state is not None
        provider.delete(state.id, state.outputs)
        return
    inputs, _ = provider.check(program, state.inputs if state else {}, preview=False)
    if state is None:
        provider.create(inputs)
    else:
        assert provider.diff(state.id, state.outputs, inputs) == (True, [])
        provider.update(state.id, state.outputs, inputs)


def assert_consistent(now: Held) -> None:
    """Assert that the API holds a list that was meant at some point, and that renamed access works."""
    before = {"read:orders", "theirs:orders", "write:orders", "delete:orders"}
    assert set(now.api) in (
        before,
        before | {"edit:orders", "new:orders"},  # a rename's first step
        {"read:orders", "theirs:orders", "edit:orders", "new:orders"},
        before | {"new:orders"},  # created
        {"theirs:orders"},  # deleted
    )
    for holder in (now.role, now.grant):
        assert "theirs:orders" in holder
