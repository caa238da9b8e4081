"""Every fault, and `kill -9`, at every request of every operation: what was begun is finished, now or the next time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import OPERATIONS, SEED, Operation, assert_nobody_lost_access, held
from faults.site import Killed
from faults.stack import Outcome, Stack, assert_clear

PAGE = "<html><body><h1>Something is wrong here</h1></body></html>"
PASSING = {
    "503": Fault("status", status=503, headers=(("Retry-After", "2"),)),
    "dropped after": Fault("drop_after"),
    "dropped before": Fault("drop_before"),
    "429 with headers": Fault("rate_limit"),
    "malformed JSON": Fault("status", status=200, body='{"id": "65f0c0ffee'),
    "token expired": Fault("expire_tokens"),
    "429 without headers": Fault("rate_limit", with_headers=False),
    "HTML error page": Fault("status", status=502, body=PAGE),
}
LASTING = {
    **{name: fault for name, fault in PASSING.items() if name not in {"429 without headers", "HTML error page"}},
    "a page that says 404": Fault("status", status=404, body=PAGE),  # which is no deleted API, role or grant
}
IN_ALL_OPERATIONS = ("503", "dropped after", "a page that says 404")  # those in which operations differ
REQUESTS = {"create": 4, "delete": 8, "revoke": 15, "rename": 20}  # at least, previews included: boundaries to die at


@dataclass(frozen=True)
class Step:
    """One request of an operation: its method and path, and how many such requests pass before it."""

    operation: str
    method: str
    path: str
    after: int

    @property
    def is_vital(self) -> bool:
        """Whether the operation cannot be done without its answer; under `warn`, it can without the holders."""
        looks_for_holders = "/resource-servers/" not in self.path and "/oauth/" not in self.path
        return "/clients/" not in self.path and not (self.operation == "delete" and looks_for_holders)


_STEPS: dict[str, list[Step]] = {}


def steps_of(tenant: LocalTenant, operation: Operation) -> list[Step]:
    """Return the requests of an operation's update phase, in order."""
    if operation.name not in _STEPS:
        assert operation.run(operation.prepare(tenant), tenant.clear_journal).error is None
        seen: Counter[tuple[str, str]] = Counter()
        steps = _STEPS[operation.name] = []
        for entry in tenant.journal():
            request = (entry.method, entry.path)
            steps.append(Step(operation.name, *request, after=seen[request]))
            seen[request] += 1
    return _STEPS[operation.name]


def strike(
    tenant: LocalTenant, operation: Operation, fault: Fault, *, times: int | None
) -> Iterator[tuple[Step, Stack, Outcome]]:
    """Carry an operation out once for each request of its update phase, with the fault there."""
    for step in steps_of(tenant, operation):
        if fault.action == "expire_tokens" and "/oauth/" in step.path:
            continue  # before there is one that can expire
        tenant.reset()
        tenant.seed(SEED)
        stack = operation.prepare(tenant)
        at = replace(fault, method=step.method, path=f"^{re.escape(step.path)}$", after=step.after, times=times)

        outcome = operation.run(stack, partial(tenant.add_fault, at))

        (told,) = tenant._started().gateway.faults.listed()
        assert told["hit"], f"{step} was never sent"
        assert_nobody_lost_access(tenant, operation)
        tenant.clear_faults()
        yield step, stack, outcome


def meetings(faults: dict[str, Fault]) -> list[tuple[str, str]]:
    """Return operations and what strikes them: a rename, which does everything, meets all faults."""
    return [(name, fault) for name in OPERATIONS for fault in faults if name == "rename" or fault in IN_ALL_OPERATIONS]


@pytest.mark.parametrize(("name", "fault"), meetings(PASSING))
def test_a_fault_that_passes_is_got_over(tenant: LocalTenant, name: str, fault: str) -> None:
    """A single fault, whatever it is and whichever request it meets, does not even fail the operation."""
    operation = OPERATIONS[name]
    for step, _, outcome in strike(tenant, operation, PASSING[fault], times=1):
        assert outcome.error is None, step
        assert held(tenant) == operation.meant, step


@pytest.mark.parametrize(("name", "fault"), meetings(LASTING))
def test_a_fault_that_lasts_is_told_and_the_next_attempt_finishes(tenant: LocalTenant, name: str, fault: str) -> None:
    """While a fault lasts the operation ends with one clear message; once it is over, the next one finishes.

    It goes well all the same where the list was written and only the answers are lost, since the next look finds it;
    and where what cannot be read is a courtesy: an application's name, or who is hit where that changes nothing.
    """
    operation = OPERATIONS[name]
    for step, stack, outcome in strike(tenant, operation, LASTING[fault], times=None):
        if (fault == "dropped after" and step.method == "PATCH") or not step.is_vital:
            assert outcome.error is None, step
        else:
            assert_clear(outcome.error, tenant)

        assert operation.run(stack).error is None
        assert held(tenant) == operation.meant


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
        stack = operation.prepare(tenant)
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
