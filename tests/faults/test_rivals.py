"""Other writers, at every moment between the preview and the write: nothing of theirs is undone or goes unseen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.person import at_request, edit_now, grant_now
from faults.scene import GRANT, OPERATIONS, ORDERS, OURS, held
from faults.site import Site
from faults.stack import Program, Stack, assert_clear
from support.hand import Edit, Hand, add, delete, describe, turn_around

API = "/resource-servers/"
MODES = ("refuse", "keep", "remove")
OPERATIONS_THAT_WRITE = ("create", "update", "delete", "revoke", "rename")


# Ours are read, write and delete; the update drops delete, describes read anew, and adds new.
SECOND = {"read:orders": "Look at orders", "write:orders": "", "new:orders": "New"}
HARMLESS: dict[str, Edit] = {
    "reorders": turn_around,
    "deletes what was to be deleted": delete("delete:orders"),
    "adds what was to be added": add("new:orders", "New"),
    "describes as it was to be described": describe("read:orders", "Look at orders"),
}
"""Edits of somebody else's after which our update may go on."""
SURPRISING: dict[str, tuple[Edit, str, Mapping[str, str | None]]] = {
    "deletes what stays": (delete("write:orders"), "+ write:orders", {"write:orders": None}),
    "describes what stays": (
        describe("write:orders", "x"),
        '~ write:orders: "x" => ""',
        {"write:orders": "x"},
    ),
    "describes what was to be deleted": (describe("delete:orders", "x"), "- delete:orders", {}),
    "adds otherwise what was to be added": (
        add("new:orders", "x"),
        '~ new:orders: "x" => "New"',
        {"new:orders": "x"},
    ),
}
"""Edits after which it may not, with what it would do that was not shown, and what it keeps without a preview."""
STRANGER = add("stranger:orders", "Of somebody else")


def _stack(tenant: LocalTenant, mode: str) -> tuple[Stack, Program]:
    """Return a stack that manages the API alone, and the program of its update."""
    edit_now(tenant, delete("theirs:orders"))
    program: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": mode}
    return Stack.adopting(Site(tenant), program), {**program, "permissions": SECOND}


MOMENTS = [
    *(pytest.param(mode, False, None, id=mode) for mode in MODES),
    pytest.param("remove", True, None, id="remove, before the update's refresh"),
    pytest.param("refuse", True, 1, id="refuse, after the update's refresh"),
    pytest.param("remove", True, 1, id="remove, after the update's refresh"),
]
"""Mode, whether `up` refreshes, when somebody writes: after the preview (``None``), or before that read of the API."""


def meddle(tenant: LocalTenant, edit: Edit, *, method: str, after: int = 0) -> None:
    """Have somebody edit the API just before a request for it is handled."""
    at_request(tenant, lambda: edit_now(tenant, edit), method=method, path=API, after=after)


def _between(tenant: LocalTenant, edit: Edit, after: int | None) -> None:
    if after is None:
        edit_now(tenant, edit)
    else:
        meddle(tenant, edit, method="GET", after=after)


@pytest.mark.parametrize(("mode", "refresh", "after"), MOMENTS)
@pytest.mark.parametrize("name", [*HARMLESS, *SURPRISING])
def test_an_edit_after_the_preview_is_never_undone(
    tenant: LocalTenant, mode: str, after: int | None, name: str, *, refresh: bool
) -> None:
    """Who changes what we manage after the preview keeps the change; who does what we wanted is no obstacle."""
    edit, surprise, _ = SURPRISING.get(name) or (HARMLESS[name], "", {})
    stack, program = _stack(tenant, mode)
    before = Hand(tenant).scopes(ORDERS)

    outcome = stack.up(program, refresh=refresh, between=lambda: _between(tenant, edit, after))

    if surprise:
        assert_clear(outcome.error, tenant)
        assert "conflict on https://orders.example.com" in outcome.text
        assert f"\n  {surprise}" in outcome.text
        assert Hand(tenant).scopes(ORDERS) == edit(before)
        outcome = stack.up(program, refresh=refresh)
    assert outcome.error is None
    assert held(tenant).api == SECOND


@pytest.mark.parametrize(("mode", "refresh", "after"), MOMENTS)
def test_what_somebody_adds_after_the_preview_survives(
    tenant: LocalTenant, mode: str, after: int | None, *, refresh: bool
) -> None:
    """What appears between preview and write was shown to nobody as going: in no mode does it go.

    Under `keep` the update goes on beside it. Under `remove`, the next preview shows it, and then it goes.
    """
    stack, program = _stack(tenant, mode)

    outcome = stack.up(program, refresh=refresh, between=lambda: _between(tenant, STRANGER, after))

    assert held(tenant).api["stranger:orders"] == "Of somebody else"
    if mode == "keep":
        assert outcome.error is None
        assert held(tenant).api == {**SECOND, "stranger:orders": "Of somebody else"}
    else:
        assert_clear(outcome.error, tenant)
        assert "stranger:orders" in outcome.text
        assert held(tenant).api == {**OURS, "stranger:orders": "Of somebody else"}
    if mode == "remove":
        again = stack.up(program, refresh=refresh)
        assert again.error is None
        assert "- stranger:orders" in again.said[0]
        assert held(tenant).api == SECOND


@pytest.mark.parametrize("mode", MODES)
def test_what_appears_on_an_api_that_is_taken_over_survives(tenant: LocalTenant, mode: str) -> None:
    """On the first `up`, which has no state to compare with, the preview is what counts."""
    edit_now(tenant, delete("theirs:orders"))
    stack = Stack(Site(tenant))
    program: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": mode}

    outcome = stack.up(program, between=lambda: edit_now(tenant, STRANGER))

    assert held(tenant).api == {**OURS, "stranger:orders": "Of somebody else"}
    assert (outcome.error is None) is (mode == "keep")


@pytest.mark.parametrize("refresh", [False, True])
@pytest.mark.parametrize("name", [*HARMLESS, *SURPRISING])
def test_without_a_preview_only_what_the_program_changed_is_done(
    tenant: LocalTenant, name: str, *, refresh: bool
) -> None:
    """What somebody did since the last update is kept and named, and the next preview shows what is left to do.

    That holds with a refresh too, which moves the state: the state is no basis then.
    """
    edit, surprise, kept = SURPRISING.get(name) or (HARMLESS[name], "", {})
    stack, program = _stack(tenant, "remove")
    edit_now(tenant, edit)
    edit_now(tenant, STRANGER)
    strangers = {"stranger:orders": "Of somebody else"}
    if refresh and name == "adds otherwise what was to be added":
        kept = {}  # a refresh has seen it, and the program describes it only now

    outcome = stack.up(program, refresh=refresh, skip_preview=True)

    assert outcome.error is None
    assert held(tenant).api == strangers | {v: text for v, text in {**SECOND, **kept}.items() if text is not None}
    assert not kept or f"\n  {surprise}" in outcome.text
    assert "no preview of this run showed it" in outcome.text
    assert "\n  - stranger:orders" in outcome.text
    assert stack.up(program).error is None
    assert held(tenant).api == SECOND


@pytest.mark.parametrize("operation", OPERATIONS_THAT_WRITE)
def test_a_write_before_our_last_read_is_kept(tenant: LocalTenant, operation: str) -> None:
    """Somebody's addition just before our last read of the API is there in the end, whatever we are about to do."""
    known = OPERATIONS[operation]
    reads = {"create": 1, "update": 1, "delete": 2, "revoke": 2, "rename": 3}[operation]
    stack = known.prepare(Site(tenant))

    outcome = known.run(stack, lambda: meddle(tenant, STRANGER, method="GET", after=reads - 1))

    assert outcome.error is None
    assert held(tenant).api == {**known.meant.api, "stranger:orders": "Of somebody else"}


@pytest.mark.parametrize("operation", OPERATIONS_THAT_WRITE)
def test_a_write_inside_the_last_round_trip_is_overwritten_and_not_mixed_up(
    tenant: LocalTenant, operation: str
) -> None:
    """The API has no version: a write between our last read and our write is lost, and only that.

    State holds what is really there, so that nobody goes on as if the lost permission were on the API.
    """
    known = OPERATIONS[operation]
    stack = known.prepare(Site(tenant))
    writes = 2 if operation == "rename" else 1

    outcome = known.run(stack, lambda: meddle(tenant, STRANGER, method="PATCH", after=writes - 1))

    assert outcome.error is None
    assert held(tenant) == known.meant
    if stack.state is not None:
        recorded: dict[str, object] = {}
        for part in ("permissions", "unmanaged_permissions"):
            found = stack.state.outputs[part]
            assert isinstance(found, dict)
            recorded |= found
        assert recorded == known.meant.api


@pytest.mark.parametrize("mode", ["keep", "remove"])
@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_what_somebody_adds_while_our_write_is_in_doubt_survives(
    tenant: LocalTenant, mode: str, lost: Literal["drop_before", "drop_after"]
) -> None:
    """After a lost answer the API is read again: an addition from in between is not overwritten by a repetition."""
    stack, program = _stack(tenant, mode)

    def interfere() -> None:
        tenant.add_fault(Fault(lost, method="PATCH"))
        meddle(tenant, STRANGER, method="GET", after=1)

    outcome = stack.up(program, between=interfere)

    assert held(tenant).api["stranger:orders"] == "Of somebody else"
    assert (outcome.error is None) is (mode == "keep")
    if outcome.error is not None and lost == "drop_after":
        assert "Nothing was written" not in outcome.error


def test_a_conflict_between_the_two_writes_of_a_rename_says_what_was_written(tenant: LocalTenant) -> None:
    """An edit between the steps of a rename stops it there, is not undone, and the message claims nothing untrue."""
    known = OPERATIONS["rename"]
    stack = known.prepare(Site(tenant))
    described = describe("read:orders", "x")

    outcome = known.run(stack, lambda: meddle(tenant, described, method="GET", after=2))

    assert_clear(outcome.error, tenant)
    assert "Nothing was written" not in outcome.text
    assert held(tenant).api["read:orders"] == "x"
    assert {"write:orders", "edit:orders"} <= set(held(tenant).api)
    assert known.run(stack).error is None
    assert held(tenant) == known.meant


@pytest.mark.parametrize("operation", ["revoke", "rename"])
def test_what_somebody_grants_before_we_read_the_grant_is_kept(tenant: LocalTenant, operation: str) -> None:
    """A client grant is written as a whole list too: what was added to it before our read of it stays in it."""
    known = OPERATIONS[operation]
    stack = known.prepare(Site(tenant))
    scope = ["write:orders", "theirs:orders", "delete:orders", "read:orders"]

    def grant() -> None:
        at_request(tenant, lambda: grant_now(tenant, scope), method="GET", path=f"/client-grants/{GRANT}")

    outcome = known.run(stack, grant)

    assert outcome.error is None
    assert held(tenant).grant == known.meant.grant | {"read:orders"}
