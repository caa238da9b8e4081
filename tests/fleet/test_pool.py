"""A run over stacks that only pretend: how many at the same time, and what one failure does to the others."""

from __future__ import annotations

import threading
from collections import Counter

from examples.fleet.runner.outcome import Outcome, Result
from examples.fleet.runner.pool import Progress, Stopper, run
from examples.fleet.runner.schedule import Schedule
from examples.fleet.runner.stacks import FleetStack
from hypothesis import given, settings
from hypothesis import strategies as st


class Fake:
    """Pretends to run stacks, and counts how many run at the same time, in all and of each tenant."""

    def __init__(self, *failing: str, together: int = 1) -> None:
        self._failing = failing
        self._lock = threading.Lock()
        self._running = Counter[str]()
        self._together = threading.Barrier(together)
        self.most = 0
        self.most_of_one_tenant = 0
        self.ran: list[str] = []

    def operate(self, stack: FleetStack) -> Outcome:
        """Run one."""
        with self._lock:
            self._running[stack.tenant] += 1
            self.most = max(self.most, self._running.total())
            self.most_of_one_tenant = max(self.most_of_one_tenant, *self._running.values())
            self.ran.append(stack.name)
        self._together.wait(timeout=20)
        with self._lock:
            self._running[stack.tenant] -= 1
        if stack.name in self._failing:
            raise OSError("no more processes")
        return Outcome(stack.name, stack.tenant, Result.UNCHANGED)


def fleet(*tenants: str) -> list[FleetStack]:
    """Return a stack for each entry, on the tenant of that name."""
    return [FleetStack(f"stack{n}", tenant) for n, tenant in enumerate(tenants)]


def run_fake(fake: Fake, stacks: list[FleetStack], *, at_once: int = 2, per_tenant: int = 1) -> list[Outcome]:
    """Run all of them."""
    schedule = Schedule(stacks, at_once=at_once, per_tenant=per_tenant)
    return run(schedule, fake.operate, at_once=at_once, stopper=Stopper())


@settings(max_examples=40)
@given(tenants=st.lists(st.sampled_from("abc"), max_size=12), at_once=st.integers(1, 4), per_tenant=st.integers(1, 3))
def test_threads_keep_to_the_limits(tenants: list[str], at_once: int, per_tenant: int) -> None:
    """Also with real threads, no more run than may, in all and of a tenant, and each runs once."""
    fake = Fake()

    outcomes = run_fake(fake, fleet(*tenants), at_once=at_once, per_tenant=per_tenant)

    assert fake.most <= at_once
    assert fake.most_of_one_tenant <= per_tenant
    assert sorted(outcome.stack for outcome in outcomes) == sorted(fake.ran) == sorted(s.name for s in fleet(*tenants))


def test_stacks_of_different_tenants_run_at_the_same_time() -> None:
    """Three tenants and three places: all three run together (each waits here for the others)."""
    outcomes = run_fake(Fake(together=3), fleet("a", "b", "c"), at_once=3)

    assert [outcome.result for outcome in outcomes] == [Result.UNCHANGED] * 3


def test_one_that_fails_stops_nobody() -> None:
    """Whatever goes wrong with one stack is told as its outcome; the others run."""
    outcomes = {outcome.stack: outcome for outcome in run_fake(Fake("stack1"), fleet("a", "b", "c"))}

    assert {name: outcome.result.value for name, outcome in outcomes.items()} == {
        "stack0": "unchanged",
        "stack1": "failed",
        "stack2": "unchanged",
    }
    assert outcomes["stack1"].message == "OSError: no more processes"


def test_enough_failures_stop_it() -> None:
    """With a limit on failures nothing starts after the last one allowed, and the rest is told as not run."""
    fake = Fake("stack0", "stack1")
    schedule = Schedule(fleet("a", "a", "a", "a"), at_once=1, per_tenant=1)

    outcomes = run(schedule, fake.operate, at_once=1, stopper=Stopper(), max_failures=2)

    assert fake.ran == ["stack0", "stack1"]
    assert [outcome.result.value for outcome in outcomes] == ["failed", "failed", "not run", "not run"]
    assert outcomes[-1].message == "2 of 2 stacks failed, which is as many as were allowed"


def test_told_to_stop_it_starts_nothing_more() -> None:
    """What runs comes to its end; what waits is told as not run."""
    stopper = Stopper()
    fake = Fake()

    def operate(stack: FleetStack) -> Outcome:
        stopper.stop("stopped")
        return fake.operate(stack)

    outcomes = run(Schedule(fleet("a", "a", "a"), at_once=1, per_tenant=1), operate, at_once=1, stopper=stopper)

    assert [outcome.result.value for outcome in outcomes] == ["unchanged", "not run", "not run"]


def test_progress_is_told_after_each() -> None:
    """How many are done, how many have failed, and how long the rest takes at the pace so far."""
    told: list[Progress] = []
    ticks = iter(range(0, 1000, 5))  # each look at the clock is five seconds later
    schedule = Schedule(fleet("a", "a", "a"), at_once=1, per_tenant=1)

    run(
        schedule,
        Fake("stack1").operate,
        at_once=1,
        stopper=Stopper(),
        told=lambda _outcome, progress: told.append(progress),
        clock=lambda: float(next(ticks)),
    )

    assert told == [Progress(1, 3, 0, 10.0), Progress(2, 3, 1, 5.0), Progress(3, 3, 1, 0.0)]
