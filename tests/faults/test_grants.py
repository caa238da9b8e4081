"""A vendor that takes no list for a client grant which names what its API lacks, as its support describes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auth0_local_tenant import LocalTenant
from faults.messages import assert_clear
from faults.person import grant_now
from faults.scene import OPERATIONS, held
from faults.site import Site

GRANTED = ["write:orders", "theirs:orders", "delete:orders"]


@pytest.mark.parametrize("operation", ["revoke", "rename"])
def test_the_steps_are_in_an_order_that_the_vendor_takes(tenant: LocalTenant, operation: str) -> None:
    """A new name is on the API before a grant names it, and an old one is out of the grant before it goes."""
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
