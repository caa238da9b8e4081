"""Inputs that are known only once another resource of the same `up` is there: without a plan, little is permitted."""

from __future__ import annotations

import pytest
from pulumi.output import Unknown

from auth0_local_tenant import LocalTenant
from faults.person import edit_now
from faults.scene import BEFORE, ORDERS, held
from faults.site import Site
from faults.stack import Program, Stack, assert_clear
from support.hand import delete, describe

UNKNOWN = Unknown()  # type: ignore[no-untyped-call]


def _program(permissions: dict[str, object], **more: object) -> Program:
    return {"api": ORDERS, "permissions": permissions, **more}


def _managed(tenant: LocalTenant) -> Stack:
    stack = Stack(Site(tenant))
    assert stack.up(_program({**BEFORE})).error is None
    return stack


def test_what_is_added_or_described_needs_no_plan(tenant: LocalTenant) -> None:
    """An addition and a description that depend on another resource are written in the same `up`."""
    stack = _managed(tenant)
    later = {**BEFORE, "read:orders": "Read orders of shop 7", "shop-7:orders": ""}

    outcome = stack.up(_program({**later}), previewed=_program({**BEFORE, "read:orders": UNKNOWN}))

    assert outcome.error is None
    assert "the plan is known after apply" in outcome.shown[0]
    assert held(tenant).api == later


@pytest.mark.parametrize(
    ("later", "renames", "surprise"),
    [
        ({"read:orders": "x", "theirs:orders": "Of another team", "write:orders": ""}, {}, "- delete:orders"),
        (
            {"read:orders": "x", "theirs:orders": "Of another team", "write:orders": "", "cancel:orders": ""},
            {"delete:orders": "cancel:orders"},
            "> delete:orders => cancel:orders",
        ),
    ],
    ids=["deleted", "renamed"],
)
def test_nothing_goes_that_no_preview_has_shown(
    tenant: LocalTenant, later: dict[str, object], renames: dict[str, str], surprise: str
) -> None:
    """A removal beside an input that is not known yet waits for an `up` whose preview shows it."""
    stack = _managed(tenant)
    program = _program(later, renames=renames)

    outcome = stack.up(program, previewed=_program({**later, "read:orders": UNKNOWN}, renames=renames))
    there = held(tenant).api
    again = stack.up(program)

    assert_clear(outcome.error, tenant)
    assert "was not known yet when the preview ran" in (outcome.error or "")
    assert f"\n  {surprise}" in (outcome.error or "")
    assert there == BEFORE
    assert surprise in again.shown[0]
    assert again.error is None
    assert held(tenant).api == later


def test_what_somebody_described_meanwhile_is_not_undone(tenant: LocalTenant) -> None:
    """A preview without a plan is no permission to undo what others have done since the recorded state."""
    stack = _managed(tenant)
    later = {**BEFORE, "read:orders": "x"}
    edit_now(tenant, describe("write:orders", "By hand"))

    outcome = stack.up(_program({**later}), previewed=_program({**BEFORE, "read:orders": UNKNOWN}))

    assert "~ write:orders" in (outcome.error or "")
    assert held(tenant).api == {**BEFORE, "write:orders": "By hand"}


def test_an_api_that_was_not_known_is_only_added_to(tenant: LocalTenant) -> None:
    """On a first `up` of an API that turns out to exist already, nothing of what it holds is deleted or described."""
    edit_now(tenant, delete("theirs:orders"))
    stack = Stack(Site(tenant))
    program = _program({"read:orders": "x", "new:orders": ""}, unmanaged="remove")
    before = held(tenant).api

    outcome = stack.up(program, previewed={**program, "api": UNKNOWN})

    assert_clear(outcome.error, tenant)
    assert held(tenant).api == before
