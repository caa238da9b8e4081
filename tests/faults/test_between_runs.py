"""What changed since the last update: the API was made again, the tenant is another one, a default mode was set."""

from __future__ import annotations

import json

import pytest

from auth0_local_tenant import LocalTenant
from faults.scene import BEFORE, NEW, ORDERS, ORDERS_ID, READ, SEED, WRITE, held
from faults.site import Site
from faults.stack import Program, Stack, assert_clear
from support.hand import Hand

PROGRAM: Program = {"api": ORDERS, "permissions": BEFORE}
FEWER: Program = {"api": ORDERS, "permissions": {READ: "Read orders", WRITE: ""}}


@pytest.mark.parametrize("permissions", [BEFORE, {**BEFORE, NEW: "New"}], ids=["same program", "changed program"])
@pytest.mark.parametrize(("refresh", "skip_preview"), [(False, False), (True, True), (True, False)])
def test_an_api_made_again_is_taken_up_anew(
    tenant: LocalTenant, permissions: dict[str, str], *, refresh: bool, skip_preview: bool
) -> None:
    """It has another id and no permissions; it is found by its identifier, and holds in the end what is declared."""
    stack = Stack.adopting(Site(tenant), PROGRAM)
    hand = Hand(tenant)
    hand.make_again(ORDERS)

    outcome = stack.up({**PROGRAM, "permissions": permissions}, refresh=refresh, skip_preview=skip_preview)

    assert outcome.error is None
    assert {scope["value"]: scope.get("description", "") for scope in hand.scopes(ORDERS)} == permissions


def test_another_tenant_is_not_taken_for_the_old_one(tenant: LocalTenant) -> None:
    """With the wrong tenant configured, nothing is planned, refreshed, dropped from the state or deleted there."""
    state = Stack.adopting(Site(tenant), PROGRAM).state
    seed = json.loads(json.dumps(SEED).replace(ORDERS_ID, "75f0c0ffee00000000000009"))
    with LocalTenant(seed=seed) as other:
        stack = Stack(Site(other), state=state)
        outcomes = [stack.preview(FEWER), stack.up(FEWER, refresh=True, skip_preview=True), stack.refresh()]
        outcomes.append(stack.destroy())

        for outcome in outcomes:
            assert_clear(outcome.error, other)
            assert f"is about the tenant {tenant.domain.removeprefix('http://')}" in outcome.text
            assert other.domain.removeprefix("http://") in outcome.text
        assert held(other).api == BEFORE
        assert stack.state == state


def test_a_default_guards_whatever_comes_next(tenant: LocalTenant) -> None:
    """A default that is set later shows no update of what stays, and refuses the next removal and the destroy."""
    adopted = Stack.adopting(Site(tenant), PROGRAM)
    stack = Stack(adopted.site, config={"auth0-permissions:removal": "refuse"}, state=adopted.state)

    unchanged = stack.up(PROGRAM)
    refused = stack.preview(FEWER)
    destroyed = stack.destroy()

    assert unchanged.error is None
    assert stack.state == adopted.state
    assert 'removal is "refuse", and 2 removals are not approved' in refused.text
    assert "4 removals are not approved" in destroyed.text
    assert held(tenant).api == BEFORE
