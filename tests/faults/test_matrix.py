"""Every fault at every request of every operation: what was begun is finished, now or by the next attempt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import OPERATIONS, SEED, Operation, assert_nobody_lost_access, held
from faults.site import Site
from faults.stack import Outcome, Stack, assert_clear

PAGE = "<html><body><h1>Something is wrong here</h1></body></html>"

FAULTS = {
    "503": Fault("status", status=503, headers=(("Retry-After", "2"),)),
    "dropped after": Fault("drop_after"),
    "dropped before": Fault("drop_before"),
    "429 with headers": Fault("rate_limit"),
    "malformed JSON": Fault("status", status=200, body='{"id": "65f0c0ffee'),
    "token expired": Fault("expire_tokens"),
    "429 without headers": Fault("rate_limit", with_headers=False),
    "HTML error page": Fault("status", status=502, body=PAGE),
}
"""What can go wrong with a request: one of each kind that is handled in its own way."""

TELLING = ("503", "dropped after")
"""Those in which operations differ."""

LASTING = (*TELLING, "dropped before", "429 with headers", "malformed JSON", "token expired")
"""Those that differ where they do not pass."""


@dataclass(frozen=True)
class Step:
    """One request of an operation: its method and path, and how many such requests pass before it."""

    operation: str
    method: str
    path: str
    after: int

    @property
    def replaces_a_list(self) -> bool:
        """Whether it is not simply sent again."""
        return self.method == "PATCH"

    @property
    def is_vital(self) -> bool:
        """Whether the operation cannot be done without its answer; under `warn`, it can without the holders."""
        looks_for_holders = "/resource-servers/" not in self.path and "/oauth/" not in self.path
        return "/clients/" not in self.path and not (self.operation == "delete" and looks_for_holders)


_STEPS: dict[str, list[Step]] = {}


def steps_of(tenant: LocalTenant, operation: Operation) -> list[Step]:
    """Return the requests of an operation's update phase, in order."""
    if operation.name in _STEPS:
        return _STEPS[operation.name]
    stack = operation.prepare(Site(tenant))
    assert operation.run(stack, tenant.clear_journal).error is None
    seen: Counter[tuple[str, str]] = Counter()
    steps = []
    for entry in tenant.journal():
        request = (entry.method, entry.path)
        steps.append(Step(operation.name, *request, after=seen[request]))
        seen[request] += 1
    _STEPS[operation.name] = steps
    return steps


def strike(
    tenant: LocalTenant, name: str, fault: Fault, *, times: int | None, path: str = ""
) -> Iterator[tuple[Operation, Step, Stack, Outcome]]:
    """Carry an operation out once for each request of its update phase to such a path, with the fault there."""
    operation = OPERATIONS[name]
    for step in steps_of(tenant, operation):
        before_token = fault.action == "expire_tokens" and "/oauth/" in step.path  # when none can expire
        if before_token or path not in step.path:
            continue
        tenant.reset()
        tenant.seed(SEED)
        stack = operation.prepare(Site(tenant))
        at = replace(fault, method=step.method, path=f"^{re.escape(step.path)}$", after=step.after, times=times)

        outcome = operation.run(stack, partial(tenant.add_fault, at))

        (told,) = tenant._started().gateway.faults.listed()
        assert told["hit"], f"{step} was never sent"
        assert_nobody_lost_access(tenant, operation)
        tenant.clear_faults()
        yield operation, step, stack, outcome


def assert_next_attempt_finishes(tenant: LocalTenant, operation: Operation, stack: Stack) -> None:
    """Assert that the same again, without a fault, leaves everything as it is meant to be."""
    again = operation.run(stack)

    assert again.error is None
    assert held(tenant) == operation.meant


def meetings(*faults: str) -> list[tuple[str, str]]:
    """Return operations and what strikes them: all faults those that write in each way, the telling ones the others."""
    thorough = ("update", "rename")
    return [(name, fault) for name in OPERATIONS for fault in (faults if name in thorough else TELLING)]


@pytest.mark.parametrize(("name", "fault"), meetings(*FAULTS))
def test_a_fault_that_passes_is_got_over(tenant: LocalTenant, name: str, fault: str) -> None:
    """A single fault, whatever it is and whichever request it meets, does not even fail the operation."""
    for operation, step, _, outcome in strike(tenant, name, FAULTS[fault], times=1):
        assert outcome.error is None, step
        assert held(tenant) == operation.meant, step


@pytest.mark.parametrize(("name", "fault"), meetings(*LASTING))
def test_a_fault_that_lasts_is_told_and_the_next_attempt_finishes(tenant: LocalTenant, name: str, fault: str) -> None:
    """While a fault lasts the operation ends with one clear message; once it is over, the next one finishes.

    It goes well all the same where the list was written and only the answers are lost, since the next look finds it;
    and where what cannot be read is a courtesy: an application's name, or who is hit where that changes nothing.
    """
    for operation, step, stack, outcome in strike(tenant, name, FAULTS[fault], times=None):
        if (fault == "dropped after" and step.replaces_a_list) or not step.is_vital:
            assert outcome.error is None, step
        else:
            assert_clear(outcome.error, tenant)
        assert_next_attempt_finishes(tenant, operation, stack)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_page_that_says_404_is_not_a_deleted_api(tenant: LocalTenant, name: str) -> None:
    """A page of somebody else's server under the status 404 is told as such: nothing leaves the state for it."""
    page = Fault("status", status=404, body=PAGE)
    for operation, _, stack, outcome in strike(tenant, name, page, times=None, path="/resource-servers/"):
        assert_clear(outcome.error, tenant)
        assert "does not come from the Management API" in (outcome.error or "")
        assert_next_attempt_finishes(tenant, operation, stack)
