"""`kill -9` of the provider at every request boundary: nothing is lost, and the next run finishes."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from faults.scene import OPERATIONS, SEED, assert_nobody_lost_access, held
from faults.site import Killed, Site

REQUESTS = {"create": 4, "delete": 8, "revoke": 15, "rename": 20}
"""How many requests each operation sends at least, previews included: every one of them is a boundary."""


@pytest.mark.parametrize(
    ("name", "before"),
    [*((name, False) for name in REQUESTS), pytest.param("rename", True, id="rename-before a request")],
)
def test_cut_short_at_any_request_nothing_is_left_to_repair(tenant: LocalTenant, name: str, *, before: bool) -> None:
    """Wherever it ends, the tenant holds no half of a list, nobody has lost access, and the next run finishes.

    After a request is before the next one, but for what is noted of a rename in between.
    """
    operation = OPERATIONS[name]
    number, was_killed = 0, True
    while was_killed:
        tenant.reset()
        tenant.seed(SEED)
        stack = operation.prepare(Site(tenant))
        first, last = held(tenant).api, operation.meant.api
        try:
            with stack.site.killing(number, before=before):
                operation.run(stack)
        except Killed:
            assert_nobody_lost_access(tenant, operation)
            # In between, a rename has both names on the API.
            assert set(held(tenant).api) in ({*first}, {*last}, {*first, *last})
            assert operation.run(stack).error is None
        else:
            was_killed = False
        assert held(tenant) == operation.meant
        number += 1

    assert number > REQUESTS[name]
