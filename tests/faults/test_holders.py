"""Who holds a permission: lists that cannot be believed, and grants that the vendor does not take."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.person import grant_now
from faults.scene import OPERATIONS, held
from faults.site import Site
from faults.stack import Stack, assert_clear

LIES: dict[str, tuple[str, dict[str, object]]] = {
    "an empty page beside a total": ("/roles$", {"roles": [], "start": 0, "limit": 100, "total": 1}),
    "grants of another API": (
        "/client-grants",
        {"client_grants": [{"id": "g", "client_id": "c", "audience": "https://other.example.com", "scope": []}]},
    ),
}
UPDATE = OPERATIONS["update"]
GRANTED = ["write:orders", "theirs:orders", "delete:orders"]
PROGRAMS = {
    "refuse_if_held": {**UPDATE.program, "removal": "refuse_if_held"},
    "revoke": OPERATIONS["revoke"].program,
    "renames": OPERATIONS["rename"].program,
}


def lie(tenant: LocalTenant, name: str) -> None:
    """Have the tenant answer like that from now on."""
    path, body = LIES[name]
    tenant.add_fault(Fault("status", method="GET", path=path, times=None, status=200, body=json.dumps(body)))


@pytest.mark.parametrize("mode", PROGRAMS)
@pytest.mark.parametrize("name", LIES)
def test_nothing_is_deleted_while_holders_are_unknown(tenant: LocalTenant, name: str, mode: str) -> None:
    """The preview is refused and says what is not known; neither the API nor a role or grant is written."""
    stack = UPDATE.prepare(Site(tenant))
    lie(tenant, name)
    before = held(tenant)
    tenant.clear_journal()

    outcome = stack.preview(PROGRAMS[mode])

    assert_clear(outcome.error, tenant)
    assert "could not be read" in outcome.text
    assert stack.up(PROGRAMS[mode]).error is not None
    assert held(tenant) == before
    assert [entry.method for entry in tenant.journal() if entry.method not in {"GET", "POST"}] == []


def test_a_deletion_that_only_warns_says_that_holders_are_unknown(tenant: LocalTenant) -> None:
    """Under `warn` it goes on, and what is not known stands in the preview."""
    stack = UPDATE.prepare(Site(tenant))
    lie(tenant, "an empty page beside a total")

    outcome = stack.up(UPDATE.program)

    assert outcome.error is None
    assert "unknown: roles could not be read" in outcome.shown[0]
    assert "held by no role" not in outcome.text
    assert held(tenant) == UPDATE.meant


def test_impact_off_asks_for_no_holders(tenant: LocalTenant) -> None:
    """With the look-up switched off the preview says so and sends one GET."""
    prepared = UPDATE.prepare(Site(tenant))
    stack = Stack(prepared.site, config={"auth0-permissions:impact": "off"}, state=prepared.state)
    tenant.clear_journal()

    outcome = stack.preview(UPDATE.program)

    assert "who holds what is deleted was not looked up (auth0-permissions:impact is off)" in outcome.text
    assert [entry.method for entry in tenant.journal()] == ["POST", "GET"]


@pytest.mark.parametrize("operation", ["revoke", "rename"])
def test_the_steps_are_in_an_order_that_the_vendor_takes(tenant: LocalTenant, operation: str) -> None:
    """A new name is on the API before a grant names it, and an old one is out of the grant before it goes.

    Some tenants take no list for a grant which names what its API lacks, as the vendor's support describes.
    """
    known = OPERATIONS[operation]
    stack = known.prepare(Site(tenant))
    tenant.options = replace(tenant.options, grants_within_api=True)

    outcome = stack.up(known.program)

    assert outcome.error is None
    assert held(tenant) == known.meant


@pytest.mark.parametrize("operation", ["revoke", "rename"])
def test_a_grant_that_names_a_dead_permission_is_told(tenant: LocalTenant, operation: str) -> None:
    """Such a grant cannot be edited by anybody: the message names it and what is dead, and nothing is deleted.

    Once that is put right, the next `up` finishes.
    """
    known = OPERATIONS[operation]
    stack = known.prepare(Site(tenant))
    grant_now(tenant, [*GRANTED, "dead:orders"])
    tenant.options = replace(tenant.options, grants_within_api=True)

    outcome = stack.up(known.program)
    there = set(held(tenant).api)
    grant_now(tenant, GRANTED)
    again = stack.up(known.program)

    assert_clear(outcome.error, tenant)
    assert 'client grant Shop names "dead:orders", which the API does not have' in (outcome.error or "")
    assert {"write:orders", "delete:orders"} <= there
    assert again.error is None
    assert held(tenant) == known.meant
