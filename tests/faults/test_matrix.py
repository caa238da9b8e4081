"""Every fault, and `kill -9`, at every request of every operation: what was begun is finished, now or the next time."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import OPERATIONS, SEED, THEIRS, WRITE, Operation, held
from faults.site import Killed
from faults.stack import Outcome, Stack, assert_clear

PASSING = {
    "503": Fault("status", status=503, headers=(("Retry-After", "2"),)),
    "dropped after": Fault("drop_after"),
    "dropped before": Fault("drop_before"),
    "429": Fault("rate_limit"),
    "malformed JSON": Fault("status", status=200, body='{"id": "65f0c0ffee'),
    "token expired": Fault("expire_tokens"),
}
PAGE = Fault("status", status=404, body="<html><body><h1>Nothing here</h1></body></html>")
LASTING = {**PASSING, "a page that says 404": PAGE}  # of somebody else's server: no deleted API, role or grant
IN_ALL_OPERATIONS = ("503", "dropped after", "a page that says 404")  # those in which operations differ
REQUESTS = {"create": 3, "update": 3, "read": 4, "delete": 9, "revoke": 12, "rename": 18}  # of an update, at least


def strike(
    tenant: LocalTenant, operation: Operation, disturbed: Callable[[Stack, int], Outcome | None]
) -> Iterator[tuple[Stack, Outcome | None]]:
    """Carry an operation out once for each of its requests, with a disturbance there.

    Wherever it is, the API holds no half of a list and nobody has lost access; in between, a rename has both names.

    Args:
        tenant: the tenant.
        operation: what is carried out.
        disturbed: carries it out with a disturbance at the request of that number, and returns how it ended; ``None``
            if it was killed.
    """
    for number in itertools.count():
        tenant.reset()
        tenant.seed(SEED)
        stack = operation.prepare(tenant)
        first, last = held(tenant).api, operation.meant.api

        outcome = disturbed(stack, number)

        now, faults = held(tenant), tenant._started().gateway.faults.listed()
        assert set(now.api) in ({*first}, {*last}, {*first, *last})
        assert THEIRS in now.role & now.grant
        if operation.name == "rename":
            assert all(holder & set(now.api) & {WRITE, "edit:orders"} for holder in (now.role, now.grant))
        tenant.clear_faults()
        if outcome is not None and not any(fault["hit"] for fault in faults):
            assert outcome.error is None
            assert now == operation.meant
            assert number >= REQUESTS[operation.name]
            return
        yield stack, outcome


def strike_with(
    fault: Fault, tenant: LocalTenant, operation: Operation, *, times: int | None
) -> Iterator[tuple[Stack, Outcome]]:
    """Carry an operation out once for each request of its update phase, with the fault there, or from there on."""

    def disturbed(stack: Stack, number: int) -> Outcome:
        return operation.run(stack, lambda: tenant.add_fault(replace(fault, after=number, times=times)))

    return ((stack, outcome) for stack, outcome in strike(tenant, operation, disturbed) if outcome is not None)


def meetings(faults: dict[str, Fault]) -> list[tuple[str, str]]:
    """Return operations and what strikes them: a rename, which does everything, meets all faults."""
    return [(name, fault) for name in OPERATIONS for fault in faults if name == "rename" or fault in IN_ALL_OPERATIONS]


@pytest.mark.parametrize(("name", "fault"), meetings(PASSING))
def test_a_fault_that_passes_is_got_over(tenant: LocalTenant, name: str, fault: str) -> None:
    """A single fault, whatever it is and whichever request it meets, does not even fail the operation."""
    for _, outcome in strike_with(PASSING[fault], tenant, OPERATIONS[name], times=1):
        assert outcome.error is None
        assert held(tenant) == OPERATIONS[name].meant


@pytest.mark.parametrize(("name", "fault"), meetings(LASTING))
def test_a_fault_that_lasts_is_told_and_the_next_attempt_finishes(tenant: LocalTenant, name: str, fault: str) -> None:
    """What ends well is done, all else ends with one clear message; without the fault, the next attempt finishes."""
    operation, failed = OPERATIONS[name], 0
    for stack, outcome in strike_with(LASTING[fault], tenant, operation, times=None):
        if outcome.error is None:
            assert held(tenant) == operation.meant
        else:
            failed += 1
            assert_clear(outcome.error, tenant)

        assert operation.run(stack).error is None
        assert held(tenant) == operation.meant
    assert failed >= REQUESTS[name] - 1


@pytest.mark.parametrize(
    ("name", "before"),
    [
        *((name, False) for name in REQUESTS if name != "read"),
        pytest.param("rename", True, id="rename-before a request"),
    ],
)
def test_cut_short_at_any_request_nothing_is_left_to_repair(tenant: LocalTenant, name: str, *, before: bool) -> None:
    """Killed anywhere, previews included, the next run finishes.

    After a request is before the next one, but for what is noted of a rename in between.
    """
    operation = OPERATIONS[name]

    def disturbed(stack: Stack, number: int) -> Outcome | None:
        try:
            with stack.site.killing(number, before=before):
                return operation.run(stack)
        except Killed:
            return None

    for stack, _ in strike(tenant, operation, disturbed):
        assert operation.run(stack).error is None
        assert held(tenant) == operation.meant
