"""Who goes when, and which machine takes whom."""

from __future__ import annotations

from collections import Counter

import pytest
from examples.fleet.runner.schedule import Schedule
from examples.fleet.runner.stacks import FleetStack, Shard
from hypothesis import given
from hypothesis import strategies as st

TENANTS = st.lists(st.sampled_from("abcdef"), max_size=30)
COUNTS = st.integers(1, 5)


def stacks_on(tenants: list[str]) -> list[FleetStack]:
    """Return a stack for each entry, on the tenant of that name."""
    return [FleetStack(f"stack{n}", tenant) for n, tenant in enumerate(tenants)]


class TestSchedule:
    """At most N at the same time, at most K of one tenant, and everybody once."""

    @given(tenants=TENANTS, at_once=COUNTS, per_tenant=COUNTS, picks=st.data())
    def test_limits_hold_and_everybody_goes_once(
        self, tenants: list[str], at_once: int, per_tenant: int, picks: st.DataObject
    ) -> None:
        """Whatever ends first, both limits hold, nobody is left out, and nobody goes twice."""
        stacks = stacks_on(tenants)
        schedule = Schedule(stacks, at_once=at_once, per_tenant=per_tenant)
        running: list[FleetStack] = []
        gone: list[FleetStack] = []
        while True:
            while stack := schedule.take():
                running.append(stack)
                gone.append(stack)
                assert len(running) <= at_once
                assert max(Counter(one.tenant for one in running).values()) <= per_tenant
            if not running:
                break
            schedule.ended(running.pop(picks.draw(st.integers(0, len(running) - 1))))

        assert sorted(gone, key=lambda stack: stack.name) == sorted(stacks, key=lambda stack: stack.name)
        assert schedule.waiting() == []

    @given(tenants=TENANTS, at_once=COUNTS, per_tenant=COUNTS)
    def test_nothing_idles_that_could_run(self, tenants: list[str], at_once: int, per_tenant: int) -> None:
        """No place stays empty while a tenant has both a stack that waits and room for it."""
        schedule = Schedule(stacks_on(tenants), at_once=at_once, per_tenant=per_tenant)
        running = Counter[str]()
        while stack := schedule.take():
            running[stack.tenant] += 1

        waiting = {stack.tenant for stack in schedule.waiting()}
        assert running.total() == at_once or all(running[tenant] == per_tenant for tenant in waiting)

    def test_the_longest_queue_goes_first(self) -> None:
        """The tenant with the most stacks decides when all is done, so it does not wait for the others."""
        schedule = Schedule(stacks_on(["a", "b", "b", "b", "c"]), at_once=2, per_tenant=1)

        taken = [schedule.take(), schedule.take()]

        assert [stack.tenant for stack in taken if stack] == ["b", "a"]

    def test_stacks_of_a_tenant_keep_their_order(self) -> None:
        """On one tenant, stacks run in the order in which they were given."""
        schedule = Schedule(stacks_on(["a"] * 3), at_once=1, per_tenant=1)
        names = []
        while stack := schedule.take():
            names.append(stack.name)
            schedule.ended(stack)

        assert names == ["stack0", "stack1", "stack2"]

    @pytest.mark.parametrize(
        ("tenants", "at_once", "per_tenant", "expected"),
        [
            (["a", "b", "c", "d"], 2, 1, 20),  # two rounds of two
            (["a", "a", "a", "b"], 4, 1, 30),  # the queue of a
            (["a", "a", "a", "a"], 4, 2, 20),  # the queue of a, two at a time
            ([], 2, 1, 0),
        ],
    )
    def test_time_left_is_that_of_all_places_or_of_the_longest_queue(
        self, tenants: list[str], at_once: int, per_tenant: int, expected: float
    ) -> None:
        """What is left takes as long as all stacks on all places, or as long as the longest queue of a tenant."""
        schedule = Schedule(stacks_on(tenants), at_once=at_once, per_tenant=per_tenant)

        assert schedule.seconds_left(10) == expected

    def test_what_was_not_taken_cannot_end(self) -> None:
        """An end that nobody began is a mistake of the caller."""
        with pytest.raises(ValueError, match="was not running"):
            Schedule([], at_once=1, per_tenant=1).ended(FleetStack("a", "a"))

    def test_nobody_ever_running_is_no_schedule(self) -> None:
        """With no place there would be no end."""
        with pytest.raises(ValueError, match="at least one"):
            Schedule([], at_once=1, per_tenant=0)


class TestShard:
    """A fleet in shares."""

    @given(tenants=st.sets(st.text()), count=st.integers(1, 12))
    def test_shares_are_disjoint_and_complete(self, tenants: set[str], count: int) -> None:
        """Every tenant is in one of the shares, and in no other."""
        shares = [Shard(index, count) for index in range(1, count + 1)]

        assert all(sum(share.has(tenant) for share in shares) == 1 for tenant in tenants)

    def test_shares_are_the_same_everywhere(self) -> None:
        """Which share a tenant is in is a matter of its name: other machines and other years come to the same."""
        shares = {tenant: [i for i in range(1, 11) if Shard(i, 10).has(tenant)] for tenant in ("acme.eu", "acme.us")}

        assert shares == {"acme.eu": [10], "acme.us": [2]}

    def test_shares_are_about_equal(self) -> None:
        """Of a thousand tenants, each of ten shares has about a hundred."""
        sizes = [sum(Shard(i, 10).has(f"tenant{n}.eu.auth0.com") for n in range(1000)) for i in range(1, 11)]

        assert all(70 <= size <= 130 for size in sizes)

    @pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3 ", "1/3/5", ""])
    def test_what_is_no_share_is_refused(self, text: str) -> None:
        """A share that does not exist would leave its stacks to nobody."""
        with pytest.raises(ValueError, match="no share such as 3/10"):
            Shard.parse(text)

    def test_a_share_reads_as_it_is_written(self) -> None:
        """``3/10`` is the third of ten."""
        assert Shard.parse("3/10") == Shard(3, 10)
        assert str(Shard(3, 10)) == "3/10"
