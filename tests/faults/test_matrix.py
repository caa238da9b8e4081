"""Every fault at every request of every operation: what was begun is finished, now or by the next attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.messages import assert_clear
from faults.scene import OPERATIONS, Operation, held
from faults.site import Site
from faults.stack import Outcome, Stack

TIME_OUT_S = 0.4  # long enough for a busy machine to answer in; where it is not, the product asks again
BROKEN_JSON = '{"id": "65f0c0ffee'
PAGE = "<html><body><h1>Something is wrong here</h1></body></html>"

FAULTS = {
    "429 with headers": Fault("rate_limit"),
    "429 without headers": Fault("rate_limit", with_headers=False),
    "503": Fault("status", status=503, headers=(("Retry-After", "2"),)),
    "dropped before": Fault("drop_before"),
    "dropped after": Fault("drop_after"),
    "malformed JSON": Fault("status", status=200, body=BROKEN_JSON),
    "HTML error page": Fault("status", status=502, body=PAGE),
    "token expired": Fault("expire_tokens"),
}
"""What can go wrong with a request and pass by itself: one of each kind that is handled in its own way."""

SILENCE = Fault("hang")

LASTING = ("429 with headers", "503", "dropped before", "dropped after", "malformed JSON", "token expired")
"""Those that differ where they do not pass."""


@dataclass(frozen=True)
class Step:
    """One request of an operation.

    Attributes:
        operation: by name.
        name: what it is for.
        method: the verb.
        path: regular expression, searched in the raw path.
        after: how many requests of that kind pass before it.
        whole_list: whether it replaces a whole list, and so is not simply sent again.
        is_vital: whether the operation cannot be done without its answer.
    """

    operation: str
    name: str
    method: str
    path: str
    after: int = 0
    whole_list: bool = False
    is_vital: bool = True

    def __str__(self) -> str:
        return f"{self.operation}: {self.name}"

    def struck_by(self, fault: Fault, *, times: int | None = 1) -> Fault:
        """Return the fault, waiting for this request."""
        return replace(fault, method=self.method, path=self.path, after=self.after, times=times)


TOKEN, API, GRANTS, ROLES = "^/oauth/token$", "/resource-servers/", "/client-grants$", "/roles$"
OF_ROLE, GRANT, APPLICATION = "/roles/.*/permissions$", "/client-grants/cgr_shop", "/clients/"


def _of(operation: str) -> Iterator[Step]:
    """Yield the requests of an operation, in order."""
    yield Step(operation, "token", "POST", TOKEN)
    yield Step(operation, "read the API", "GET", API)
    if operation in ("create", "update"):
        yield Step(operation, "write the API", "PATCH", API, whole_list=True)
    if operation in ("delete", "revoke", "rename"):
        must_know = operation != "delete"
        yield Step(operation, "list the grants", "GET", GRANTS, is_vital=must_know)
        yield Step(operation, "list the roles", "GET", ROLES, is_vital=must_know)
        yield Step(operation, "what a role holds", "GET", OF_ROLE, is_vital=must_know)
        yield Step(operation, "an application's name", "GET", APPLICATION, is_vital=False)
    if operation == "delete":
        yield Step(operation, "read the API again", "GET", API, 1)
        yield Step(operation, "write the API", "PATCH", API, whole_list=True)
    if operation == "revoke":
        yield Step(operation, "take it from the role", "DELETE", OF_ROLE)
        yield Step(operation, "read the grant", "GET", GRANT)
        yield Step(operation, "take it from the grant", "PATCH", GRANT, whole_list=True)
        yield Step(operation, "read the API again", "GET", API, 1)
        yield Step(operation, "write the API", "PATCH", API, whole_list=True)
    if operation == "rename":
        yield Step(operation, "read the API to add the new", "GET", API, 1)
        yield Step(operation, "add the new", "PATCH", API, whole_list=True)
        yield Step(operation, "give the new to the role", "POST", OF_ROLE)
        yield Step(operation, "see that the role has it", "GET", OF_ROLE, 1)
        yield Step(operation, "read the grant to give the new", "GET", GRANT)
        yield Step(operation, "give the new to the grant", "PATCH", GRANT, whole_list=True)
        yield Step(operation, "take the old from the role", "DELETE", OF_ROLE)
        yield Step(operation, "read the grant to take the old", "GET", GRANT, 1)
        yield Step(operation, "take the old from the grant", "PATCH", GRANT, 1, whole_list=True)
        yield Step(operation, "read the API to delete the old", "GET", API, 2)
        yield Step(operation, "delete the old", "PATCH", API, 1, whole_list=True)


STEPS = [step for operation in OPERATIONS for step in _of(operation)]


def _meetings(faults: Iterable[str], steps: Iterable[Step] = STEPS) -> list[object]:
    """Return which fault meets which step, as parameters; before there is a token, none can expire."""
    return [
        pytest.param(step, fault, id=f"{step}-{fault}")
        for step in steps
        for fault in faults
        if not (fault == "token expired" and step.name == "token")
    ]


def strike(tenant: LocalTenant, step: Step, fault: Fault, *, times: int | None) -> tuple[Operation, Stack, Outcome]:
    """Carry the step's operation out with the fault in its update phase; assert that the fault was met."""
    operation = OPERATIONS[step.operation]
    hangs = fault.action == "hang"
    stack = operation.prepare(Site(tenant, sockets=hangs, time_out_s=TIME_OUT_S if hangs else 30.0))

    outcome = operation.run(stack, operation.program, lambda: tenant.add_fault(step.struck_by(fault, times=times)))

    (told,) = tenant._started().gateway.faults.listed()
    assert told["hit"], f"{step} was never sent"
    assert_nobody_lost_access(tenant, operation)
    tenant.clear_faults()
    return operation, stack, outcome


def assert_nobody_lost_access(tenant: LocalTenant, operation: Operation) -> None:
    """Assert what holds at every moment: other people's permission is there, and renamed access is never missing."""
    now = held(tenant)
    assert now.api["theirs:orders"] == "Of another team"
    assert "theirs:orders" in now.role & now.grant
    if operation.name == "rename":
        for holder in (now.role, now.grant):
            assert holder & set(now.api) & {"write:orders", "edit:orders"}


def assert_next_attempt_finishes(tenant: LocalTenant, operation: Operation, stack: Stack) -> None:
    """Assert that the same again, without a fault, leaves everything as it is meant to be."""
    again = operation.run(stack, operation.program, lambda: None)

    assert again.error is None
    assert held(tenant) == operation.meant


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        *_meetings(FAULTS, [step for step in STEPS if step.operation in ("update", "rename")]),
        *_meetings(("503", "dropped after"), [step for step in STEPS if step.operation not in ("update", "rename")]),
    ],
)
def test_a_fault_that_passes_is_got_over(tenant: LocalTenant, step: Step, fault: str) -> None:
    """A single fault, whatever it is and whichever request it meets, does not even fail the operation."""
    operation, _, outcome = strike(tenant, step, FAULTS[fault], times=1)

    assert outcome.error is None
    assert held(tenant) == operation.meant


@pytest.mark.parametrize(("step", "fault"), _meetings(LASTING))
def test_a_fault_that_lasts_is_told_and_the_next_attempt_finishes(tenant: LocalTenant, step: Step, fault: str) -> None:
    """While a fault lasts the operation ends with one clear message; once it is over, the next one finishes.

    It goes well all the same where the list was written and only the answers are lost, since the next look finds it;
    and where what cannot be read is a courtesy: an application's name, or who is hit where that changes nothing.
    """
    operation, stack, outcome = strike(tenant, step, FAULTS[fault], times=None)

    if (fault == "dropped after" and step.whole_list) or not step.is_vital:
        assert outcome.error is None
    else:
        assert_clear(outcome.error, tenant)
    assert_next_attempt_finishes(tenant, operation, stack)


@pytest.mark.parametrize("step", [step for step in STEPS if step.whole_list], ids=str)
def test_silence_that_passes_is_got_over(tenant: LocalTenant, step: Step) -> None:
    """A write without an answer is looked up, and not simply sent again."""
    operation, _, outcome = strike(tenant, step, SILENCE, times=1)

    assert outcome.error is None
    assert held(tenant) == operation.meant


@pytest.mark.parametrize("step", [step for step in STEPS if step.operation == "update"], ids=str)
def test_silence_that_lasts_is_told(tenant: LocalTenant, step: Step) -> None:
    """A tenant that takes requests and never answers is given up on, with the seconds waited, and no write is lost."""
    operation, stack, outcome = strike(tenant, step, SILENCE, times=None)

    assert_clear(outcome.error, tenant)
    assert f"within {TIME_OUT_S:g} s" in outcome.text
    assert_next_attempt_finishes(tenant, operation, stack)


@pytest.mark.parametrize("step", [step for step in STEPS if step.path == API], ids=str)
def test_a_page_that_says_404_is_not_a_deleted_api(tenant: LocalTenant, step: Step) -> None:
    """A page of somebody else's server under the status 404 is told as such: nothing leaves the state for it."""
    page = Fault("status", status=404, body=PAGE)

    operation, stack, outcome = strike(tenant, step, page, times=None)

    assert_clear(outcome.error, tenant)
    assert "does not come from the Management API" in (outcome.error or "")
    assert_next_attempt_finishes(tenant, operation, stack)
