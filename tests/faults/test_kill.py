"""`kill -9` of the provider at every request boundary: nothing is lost, and the next run finishes."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from faults.scene import OPERATIONS, ORDERS, SEED, Held, held
from faults.site import Killed, Site
from faults.stack import Outcome, Program, Stack

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
REQUESTS = {"create": 4, "update": 19, "delete": 8}
"""How many requests the update phase of each operation sends at least: every one of them is a boundary."""


@pytest.mark.parametrize("before", [True, False], ids=["before a request", "after a request"])
@pytest.mark.parametrize("operation", REQUESTS)
def test_cut_short_at_any_request_nothing_is_left_to_repair(
    tenant: LocalTenant, operation: str, *, before: bool
) -> None:
    """Wherever it ends, the tenant holds no half of a list, nobody has lost access, and the next run finishes."""
    number, was_killed = 0, True
    while was_killed:
        tenant.reset()
        tenant.seed(SEED)
        stack, program, meant = _prepared(tenant, operation)
        try:
            with stack.site.killing(number, before=before):
                _finish(stack, program, operation)
        except Killed:
            assert_consistent(held(tenant))
            assert _finish(stack, program, operation).error is None
        else:
            was_killed = False
        assert held(tenant) == meant
        number += 1

    assert number > REQUESTS[operation]


def _prepared(tenant: LocalTenant, operation: str) -> tuple[Stack, Program, Held]:
    if operation == "update":
        return OPERATIONS["rename"].prepare(Site(tenant)), EVERYTHING, AFTER_EVERYTHING
    known = OPERATIONS[operation]
    return known.prepare(Site(tenant)), known.program, known.meant


def _finish(stack: Stack, program: Program, operation: str) -> Outcome:
    return stack.destroy() if operation == "delete" else stack.up(program)


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
