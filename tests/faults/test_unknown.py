"""What is not known, or not as it was: inputs that come with an `up`, holders, an API made again, another tenant."""

import json
from pathlib import Path

import pytest
from pulumi.output import Unknown

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import BEFORE, NEW, OPERATIONS, ORDERS, ORDERS_ID, READ, SEED, WRITE, edit_now, held
from faults.site import Site
from faults.stack import Program, Stack, assert_clear
from pulumi_auth0_permissions.core.model import without
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from support.hand import Hand, delete, describe

UNKNOWN = Unknown()  # type: ignore[no-untyped-call]
PROGRAM: Program = {"api": ORDERS, "permissions": BEFORE}
FEWER: Program = {"api": ORDERS, "permissions": {READ: "Read orders", WRITE: ""}}
UPDATE = OPERATIONS["update"]
OTHER_API: dict[str, object] = {"resource_servers": [{"identifier": "urn:other", "name": "Other", "scopes": []}]}
NO_ROLE_OF_ONE = ("/roles$", {"roles": [], "start": 0, "limit": 100, "total": 1})
GRANT_ON_ANOTHER_API = ("/client-grants", {"client_grants": [{"id": "g", "client_id": "c", "audience": "x"}]})


def test_what_is_added_or_described_needs_no_plan(tenant: LocalTenant) -> None:
    """An addition and a description that depend on another resource are written in the same `up`."""
    later = {**BEFORE, READ: "Read orders of shop 7", "shop-7:orders": ""}
    previewed = {**PROGRAM, "permissions": {**BEFORE, READ: UNKNOWN}}

    outcome = Stack.adopting(tenant, PROGRAM).up({**PROGRAM, "permissions": later}, previewed=previewed)

    assert outcome.error is None
    assert "the plan is known after apply" in outcome.shown[0]
    assert held(tenant).api == later


@pytest.mark.parametrize(
    ("more", "renames", "surprise"),
    [
        ({}, {}, "- delete:orders"),
        ({"cancel:orders": ""}, {"delete:orders": "cancel:orders"}, "> delete:orders => cancel:orders"),
    ],
    ids=["deleted", "renamed"],
)
def test_nothing_goes_that_no_preview_has_shown(
    tenant: LocalTenant, more: dict[str, str], renames: dict[str, str], surprise: str
) -> None:
    """A removal beside an input that is not known yet waits for an `up` whose preview shows it."""
    stack = Stack.adopting(tenant, PROGRAM)
    later = {READ: "x", "theirs:orders": "Of another team", WRITE: "", **more}
    program = {**PROGRAM, "permissions": later, "renames": renames}

    outcome = stack.up(program, previewed={**program, "permissions": {**later, READ: UNKNOWN}})
    there = held(tenant).api
    again = stack.up(program)

    assert_clear(outcome.error, tenant)
    assert "were not known when the preview ran" in outcome.text
    assert f"\n  {surprise}" in outcome.text
    assert there == BEFORE
    assert surprise in again.shown[0]
    assert again.error is None
    assert held(tenant).api == later


def test_what_somebody_described_meanwhile_is_not_undone(tenant: LocalTenant) -> None:
    """A preview without a plan is no permission to undo what others have done since the recorded state."""
    stack = Stack.adopting(tenant, PROGRAM)
    edit_now(tenant, describe(WRITE, "By hand"))
    previewed = {**PROGRAM, "permissions": {**BEFORE, READ: UNKNOWN}}

    outcome = stack.up({**PROGRAM, "permissions": {**BEFORE, READ: "x"}}, previewed=previewed)

    assert "~ write:orders" in (outcome.error or "")
    assert held(tenant).api == {**BEFORE, WRITE: "By hand"}


def test_an_api_that_was_not_known_is_only_added_to(tenant: LocalTenant) -> None:
    """On a first `up` of an API that turns out to exist already, nothing of what it holds is deleted or described."""
    edit_now(tenant, delete("theirs:orders"))
    program: Program = {"api": ORDERS, "permissions": {READ: "x", NEW: ""}, "unmanaged": "remove"}
    before = held(tenant).api

    outcome = Stack(Site(tenant)).up(program, previewed={**program, "api": UNKNOWN})

    assert_clear(outcome.error, tenant)
    assert held(tenant).api == before


def test_what_another_resource_declares_stays_whatever_changes_the_inputs(
    tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a policy pack has changed what `check` has passed, it is still known who declares what by now."""
    stack = Stack.adopting(tenant, PROGRAM)
    stack.others = (Declaration("b", ORDERS, frozenset([WRITE])),)
    checked = Hooks._checked

    def remediated(self: Hooks, olds: Program, news: Program) -> dict[str, object]:
        return {**checked(self, olds, news), "permissions": {**without(BEFORE, WRITE), NEW: ""}}

    monkeypatch.setattr(Hooks, "_checked", remediated)

    assert stack.up(FEWER).error is None
    assert set(held(tenant).api) == {*BEFORE, NEW}


@pytest.mark.parametrize("answer", [NO_ROLE_OF_ONE, GRANT_ON_ANOTHER_API], ids=["roles", "grants"])
@pytest.mark.parametrize(
    "program",
    [{**UPDATE.program, "removal": "refuse_if_held"}, OPERATIONS["revoke"].program, OPERATIONS["rename"].program],
    ids=["refuse_if_held", "revoke", "renames"],
)
def test_nothing_is_deleted_while_holders_are_unknown(
    tenant: LocalTenant, answer: tuple[str, object], program: Program
) -> None:
    """Lists that cannot be believed are refused, with a preview or without; neither API nor holder is written."""
    stack = UPDATE.prepare(tenant)
    tenant.add_fault(Fault("status", method="GET", path=answer[0], times=None, status=200, body=json.dumps(answer[1])))
    tenant.clear_journal()

    for outcome in (stack.preview(program), stack.up(program, skip_preview=True)):
        assert_clear(outcome.error, tenant)
        assert "could not be read" in outcome.text
    assert {entry.method for entry in tenant.journal()} == {"POST", "GET"}


def test_a_deletion_that_only_warns_says_that_holders_are_unknown(tenant: LocalTenant) -> None:
    """Under `warn` it goes on, and what is not known stands in the preview."""
    stack = UPDATE.prepare(tenant)
    path, body = NO_ROLE_OF_ONE
    tenant.add_fault(Fault("status", method="GET", path=path, times=None, status=200, body=json.dumps(body)))

    outcome = stack.up(UPDATE.program)

    assert outcome.error is None
    assert "unknown: roles could not be read" in outcome.shown[0]
    assert "held by no role" not in outcome.text
    assert held(tenant) == UPDATE.meant


@pytest.mark.parametrize("removal", ["warn", "refuse", "revoke", "refuse_if_held"])
def test_impact_off_asks_for_no_holders_that_the_policy_does_without(tenant: LocalTenant, removal: str) -> None:
    """With the look-up switched off the preview says so and sends one GET, unless holders decide what is done."""
    stack = Stack.adopting(tenant, PROGRAM, {"auth0-permissions:impact": "off"})
    tenant.clear_journal()

    outcome = stack.preview({**FEWER, "removal": removal})

    sent = [entry.method for entry in tenant.journal()]
    assert (sent == ["POST", "GET"]) is (removal in {"warn", "refuse"})
    is_said = "holders of the deleted permissions were not looked up (auth0-permissions:impact is off)" in outcome.text
    assert is_said is (removal == "warn")


@pytest.mark.parametrize("permissions", [BEFORE, {**BEFORE, NEW: "New"}], ids=["same program", "changed program"])
@pytest.mark.parametrize(("refresh", "skip_preview"), [(False, False), (True, True), (True, False)])
def test_an_api_made_again_is_taken_up_anew(
    tenant: LocalTenant, permissions: dict[str, str], *, refresh: bool, skip_preview: bool
) -> None:
    """It has another id and no permissions; it is found by its identifier, and holds in the end what is declared."""
    stack = Stack.adopting(tenant, PROGRAM)
    Hand(tenant).make_again(ORDERS)

    outcome = stack.up({**PROGRAM, "permissions": permissions}, refresh=refresh, skip_preview=skip_preview)

    assert outcome.error is None
    assert held(tenant).api == permissions


def test_what_was_shown_of_another_api_does_not_count(tenant: LocalTenant) -> None:
    """Where a preview has taken another API for the one that the update turns out to be about."""
    tenant.seed(OTHER_API)
    stack = Stack.adopting(tenant, PROGRAM)
    before = stack.state

    assert stack.up(PROGRAM, previewed={**PROGRAM, "api": "urn:other"}).error is None
    assert stack.state == before


def test_what_the_preview_found_approved_may_go(tenant: LocalTenant, tmp_path: Path) -> None:
    """The engine can delete with the configuration that the state holds, which knows of no approval since then."""
    tenant.seed(OTHER_API)
    stack = Stack.adopting(tenant, {**PROGRAM, "removal": "refuse"})
    approved = {"auth0-permissions:approvedRemovals": json.dumps([*BEFORE])}
    approving, deleting = (stack.site.process(config, str(tmp_path))[0] for config in (approved, {}))
    stack.lead(approving, {**PROGRAM, "api": "urn:other"}, preview=True)
    assert stack.state is not None

    deleting.delete(stack.state.id, stack.state.outputs)

    assert held(tenant).api == {}


def test_another_tenant_is_not_taken_for_the_old_one(tenant: LocalTenant) -> None:
    """With the wrong tenant configured, nothing is planned, refreshed, dropped from the state or deleted there."""
    state = Stack.adopting(tenant, PROGRAM).state
    seed = json.loads(json.dumps(SEED).replace(ORDERS_ID, "75f0c0ffee00000000000009"))
    with LocalTenant() as empty:
        assert "the state records this resource in the tenant" in Stack(Site(empty), state=state).preview(FEWER).text
    with LocalTenant(seed=seed) as other:
        stack = Stack(Site(other), state=state)
        outcomes = [stack.preview(FEWER), stack.refresh(), stack.up(FEWER, skip_preview=True)]
        outcomes += [stack.up(FEWER, refresh=True, skip_preview=True), stack.destroy()]

        for outcome in outcomes:
            assert_clear(outcome.error, other)
            assert f"this resource in the tenant {tenant.domain.removeprefix('http://')}" in outcome.text
            assert other.domain.removeprefix("http://") in outcome.text
        assert held(other).api == BEFORE
        assert stack.state == state


def test_a_default_guards_whatever_comes_next(tenant: LocalTenant) -> None:
    """A default that is set later shows no update of what stays, and refuses the next removal and the destroy."""
    stack = Stack.adopting(tenant, PROGRAM)
    before = stack.state
    stack.config = {"auth0-permissions:removal": "refuse"}

    assert stack.up(PROGRAM).error is None
    assert stack.state == before
    assert 'removal is "refuse", and 2 removals are not approved' in stack.preview(FEWER).text
    assert "4 removals are not approved" in stack.destroy().text
    assert held(tenant).api == BEFORE
