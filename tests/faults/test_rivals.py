"""Other writers, at every moment between the preview and the write: nothing of theirs is undone or goes unseen."""

from collections.abc import Mapping
from typing import Literal

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import GRANT, NEW, OPERATIONS, ORDERS, OURS, READ, WRITE, at_request, edit_now, grant_now, held
from faults.site import Site
from faults.stack import Program, Stack, assert_clear
from pulumi_auth0_permissions.pulumi_adapter import state as recorded
from support.hand import Edit, Hand, add, delete, describe, turn_around

MODES = ("refuse", "keep", "remove")
MOMENTS = [
    *(pytest.param(mode, False, None, id=mode) for mode in MODES),
    pytest.param("remove", True, None, id="remove, before the update's refresh"),
    pytest.param("refuse", True, 1, id="refuse, after the update's refresh"),
    pytest.param("remove", True, 1, id="remove, after the update's refresh"),
]
"""Mode, whether `up` refreshes, when somebody writes: after the preview (``None``), or before that read of the API."""

# Ours are read, write and delete; the update drops delete, describes read anew, and adds new.
SECOND = {READ: "Look at orders", WRITE: "", NEW: "New"}
EDITS: dict[str, tuple[Edit, str, Mapping[str, str | None]]] = {
    "reorders": (turn_around, "", {}),
    "deletes what was to be deleted": (delete("delete:orders"), "", {}),
    "adds what was to be added": (add(NEW, "New"), "", {}),
    "describes as it was to be described": (describe(READ, "Look at orders"), "", {}),
    "deletes what stays": (delete(WRITE), "+ write:orders", {WRITE: None}),
    "describes what stays": (describe(WRITE, "x"), '~ write:orders: "x" => ""', {WRITE: "x"}),
    "describes what was to be deleted": (describe("delete:orders", "x"), "- delete:orders", {}),
    "adds otherwise what was to be added": (add(NEW, "x"), '~ new:orders: "x" => "New"', {NEW: "x"}),
}
"""What somebody does; what our update would do then that was not shown; what it keeps where there was no preview."""
STRANGER = add("stranger:orders", "Of somebody else")
STRANGERS = {"stranger:orders": "Of somebody else"}
LAST = {"create": (0, 0), "update": (0, 0), "delete": (1, 0), "revoke": (1, 0), "rename": (2, 1)}
"""How many reads of the API an update sends before its last one, and how many writes."""


def _stack(tenant: LocalTenant, mode: str) -> tuple[Stack, Program]:
    """Return a stack that manages the API alone, and the program of its update."""
    edit_now(tenant, delete("theirs:orders"))
    program: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": mode}
    return Stack.adopting(tenant, program), {**program, "permissions": SECOND}


def meddle(tenant: LocalTenant, edit: Edit, *, method: str = "GET", after: int | None = 0) -> None:
    """Have somebody edit the API just before a request for it is handled, or now."""
    if after is None:
        edit_now(tenant, edit)
    else:
        at_request(tenant, lambda: edit_now(tenant, edit), method=method, path="/resource-servers/", after=after)


@pytest.mark.parametrize(("mode", "refresh", "after"), MOMENTS)
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_after_the_preview_is_never_undone(
    tenant: LocalTenant, mode: str, after: int | None, name: str, *, refresh: bool
) -> None:
    """Who changes what we manage after the preview keeps the change; who does what we wanted is no obstacle."""
    edit, surprise, _ = EDITS[name]
    stack, program = _stack(tenant, mode)
    before = Hand(tenant).scopes(ORDERS)

    outcome = stack.up(program, refresh=refresh, between=lambda: meddle(tenant, edit, after=after))

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

    outcome = stack.up(program, refresh=refresh, between=lambda: meddle(tenant, STRANGER, after=after))

    assert held(tenant).api == (SECOND if mode == "keep" else OURS) | STRANGERS
    if mode == "keep":
        assert outcome.error is None
    else:
        assert_clear(outcome.error, tenant)
        assert "stranger:orders" in outcome.text
    if mode == "remove":
        again = stack.up(program, refresh=refresh)
        assert again.error is None
        assert "- stranger:orders" in again.shown[0]
        assert held(tenant).api == SECOND


@pytest.mark.parametrize("mode", MODES)
def test_what_appears_on_an_api_that_is_taken_over_survives(tenant: LocalTenant, mode: str) -> None:
    """On the first `up`, which has no state to compare with, the preview is what counts."""
    edit_now(tenant, delete("theirs:orders"))
    program: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": mode}

    outcome = Stack(Site(tenant)).up(program, between=lambda: edit_now(tenant, STRANGER))

    assert held(tenant).api == OURS | STRANGERS
    assert (outcome.error is None) is (mode == "keep")


@pytest.mark.parametrize("refresh", [False, True])
@pytest.mark.parametrize("name", EDITS)
def test_without_a_preview_only_what_the_program_changed_is_done(
    tenant: LocalTenant, name: str, *, refresh: bool
) -> None:
    """What somebody did since the last update is kept and named, and the next preview shows what is left to do.

    That holds with a refresh too, which moves the state: the state is no basis then.
    """
    edit, surprise, kept = EDITS[name]
    stack, program = _stack(tenant, "remove")
    edit_now(tenant, edit)
    edit_now(tenant, STRANGER)
    if refresh and name == "adds otherwise what was to be added":
        kept = {}  # a refresh has seen it, and the program describes it only now

    outcome = stack.up(program, refresh=refresh, skip_preview=True)

    assert outcome.error is None
    assert held(tenant).api == STRANGERS | {v: text for v, text in {**SECOND, **kept}.items() if text is not None}
    assert not kept or f"\n  {surprise}" in outcome.text
    assert "neither shown by a preview of this run" in outcome.text
    assert "\n  - stranger:orders" in outcome.text
    assert stack.up(program).error is None
    assert held(tenant).api == SECOND


def test_a_refresh_brings_inputs_to_what_was_left_undone(tenant: LocalTenant) -> None:
    """What somebody has deleted, and an update without a preview did not bring back, is not declared any more."""
    stack, program = _stack(tenant, "keep")
    edit_now(tenant, delete(WRITE))
    assert stack.up({**program, "permissions": {**OURS, NEW: "New"}}, skip_preview=True).error is None

    assert stack.refresh().error is None

    assert stack.state is not None
    assert recorded.inputs_of(stack.state.inputs) == recorded.inputs_of(stack.state.outputs)


def test_a_refresh_brings_to_the_inputs_what_is_still_to_go(tenant: LocalTenant) -> None:
    """What an update without a preview has left under `remove` stands among them, so that the engine shows it going."""
    stack, program = _stack(tenant, "remove")
    edit_now(tenant, add("theirs:new", ""))
    assert stack.up({**program, "permissions": {**OURS, NEW: "New"}}, skip_preview=True).error is None

    assert stack.refresh().error is None

    assert stack.state is not None
    assert stack.state.inputs["unmanaged_permissions"] == {"theirs:new": ""}


@pytest.mark.parametrize("is_read", [True, False], ids=["before our last read", "between that and our write"])
@pytest.mark.parametrize("name", LAST)
def test_a_write_is_kept_until_our_last_read_and_never_mixed_up(
    tenant: LocalTenant, name: str, *, is_read: bool
) -> None:
    """The API has no version: what somebody adds inside the last round trip is lost, and only that.

    State holds what is really there, so that nobody goes on as if the lost permission were on the API.
    """
    operation = OPERATIONS[name]
    stack = operation.prepare(tenant)
    method, after = ("GET", LAST[name][0]) if is_read else ("PATCH", LAST[name][1])

    outcome = operation.run(stack, lambda: meddle(tenant, STRANGER, method=method, after=after))

    there = held(tenant).api
    assert outcome.error is None
    assert there == {**operation.meant.api, **(STRANGERS if is_read else {})}
    if stack.state is not None:
        assert recorded.effective(stack.state.outputs) == there


@pytest.mark.parametrize("mode", ["keep", "remove"])
@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_what_somebody_adds_while_our_write_is_in_doubt_survives(
    tenant: LocalTenant, mode: str, lost: Literal["drop_before", "drop_after"]
) -> None:
    """After a lost answer the API is read again: an addition from in between is not overwritten by a repetition."""
    stack, program = _stack(tenant, mode)

    def interfere() -> None:
        tenant.add_fault(Fault(lost, method="PATCH"))
        meddle(tenant, STRANGER, after=1)

    outcome = stack.up(program, between=interfere)

    assert held(tenant).api["stranger:orders"] == "Of somebody else"
    assert (outcome.error is None) is (mode == "keep")
    assert "Nothing was written" not in outcome.text


def test_a_conflict_between_the_two_writes_of_a_rename_says_what_was_written(tenant: LocalTenant) -> None:
    """An edit between the steps of a rename stops it there, is not undone, and the message claims nothing untrue."""
    operation = OPERATIONS["rename"]
    stack = operation.prepare(tenant)

    outcome = operation.run(stack, lambda: meddle(tenant, describe(READ, "x"), after=2))

    assert_clear(outcome.error, tenant)
    assert "Nothing was written" not in outcome.text
    assert held(tenant).api[READ] == "x"
    assert {WRITE, "edit:orders"} <= set(held(tenant).api)
    assert operation.run(stack).error is None
    assert held(tenant) == operation.meant


@pytest.mark.parametrize("name", ["revoke", "rename"])
def test_what_somebody_grants_before_we_read_the_grant_is_kept(tenant: LocalTenant, name: str) -> None:
    """A client grant is written as a whole list too: what was added to it before our read of it stays in it."""
    operation = OPERATIONS[name]
    stack = operation.prepare(tenant)
    scope = [WRITE, "theirs:orders", "delete:orders", READ]

    def grant() -> None:
        at_request(tenant, lambda: grant_now(tenant, scope), method="GET", path=f"/client-grants/{GRANT}")

    assert operation.run(stack, grant).error is None
    assert held(tenant).grant == operation.meant.grant | {READ}


def test_who_comes_to_hold_it_after_the_preview_loses_nothing(tenant: LocalTenant) -> None:
    """Under `revoke`, a grant that the preview did not name is a conflict, before access is taken from anybody."""
    operation = OPERATIONS["revoke"]
    program = {**operation.program, "permissions": {WRITE: "", "delete:orders": "Delete orders"}}
    stack = operation.prepare(tenant)

    outcome = stack.up(program, between=lambda: grant_now(tenant, [READ]))

    assert_clear(outcome.error, tenant)
    assert "conflict on https://orders.example.com" in outcome.text
    assert "client grant Shop" in (outcome.error or "")
    assert READ in held(tenant).api
    assert READ in held(tenant).role & held(tenant).grant
