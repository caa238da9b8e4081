"""The limiter, in virtual time against a tenant with a rate limit."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth0.virtual import Clock, LimitedTenant, make_pace
from pulumi_auth0_permissions.auth0.bucket import RESERVED_FRACTION
from pulumi_auth0_permissions.auth0.limits import RateLimit


@given(
    per_second=st.floats(0.5, 100),
    burst=st.integers(3, 100),
    phase=st.floats(0, 1),
    window_s=st.one_of(st.none(), st.floats(1, 60)),
    headers=st.sampled_from(["all", "no-reset"]),
)
def test_no_request_is_refused_where_headers_tell(
    per_second: float, burst: int, phase: float, window_s: float | None, headers: str
) -> None:
    """Whatever the limit and however it refills, 60 requests that nobody competes with bring no 429."""
    if window_s is not None and headers == "no-reset":
        headers = "all"  # without a date nobody can know when a window ends
    clock = Clock(1000.0 + phase)
    tenant = LimitedTenant(clock, per_second, burst, window_s, headers)
    pace = make_pace(clock)

    for _ in range(60):
        tenant.ask(pace)

    assert tenant.refused == 0


@given(per_second=st.floats(0.5, 50), burst=st.integers(10, 60), phase=st.floats(0, 1))
def test_the_limit_is_used(per_second: float, burst: int, phase: float) -> None:
    """A long run takes little longer than the tenant's limit and the reserve dictate, whatever the headers round to."""
    clock = Clock(1000.0 + phase)
    tenant = LimitedTenant(clock, per_second, burst)
    pace = make_pace(clock)
    requests = 4 * burst

    for _ in range(requests):
        tenant.ask(pace)

    dictated_s = (requests - burst + math.ceil(RESERVED_FRACTION * burst)) / per_second
    assert clock() - (1000.0 + phase) <= 1.05 * dictated_s + 0.5


@given(phase=st.floats(0, 1))
def test_a_free_tenants_limit_is_used_by_pairs(phase: float) -> None:
    """Twenty pairs on a tenant of 2 requests a second, 10 at once, take at most 1.15 times what that dictates."""
    clock = Clock(1000.0 + phase)
    tenant = LimitedTenant(clock)
    pace = make_pace(clock)

    for _ in range(20):
        with pace.reserve(2):
            tenant.ask(pace)
            tenant.ask(pace)

    assert clock() - (1000.0 + phase) <= 1.15 * (40 - 10) / 2


def test_a_reserve_stays_for_others() -> None:
    """Two of ten requests are never taken, so that others who come in between get through."""
    clock = Clock()
    tenant = LimitedTenant(clock)
    pace = make_pace(clock)

    for _ in range(50):
        tenant.ask(pace)

    assert tenant.lowest >= 2


def test_others_requests_are_seen() -> None:
    """Another user who takes one of two requests a second costs us time but brings neither of us a 429."""
    clock = Clock()
    tenant = LimitedTenant(clock)
    pace = make_pace(clock)
    others_at_s = clock()

    for _ in range(60):
        tenant.ask(pace)
        while others_at_s <= clock():
            tenant.request()
            others_at_s += 1.0

    assert tenant.refused == 0


def test_a_pair_goes_without_a_wait_between() -> None:
    """The two requests of a reservation leave at the same moment, even when the rate limit is all but used up."""
    clock = Clock()
    tenant = LimitedTenant(clock)
    pace = make_pace(clock)
    gaps = []

    for _ in range(20):
        with pace.reserve(2):
            tenant.ask(pace)
            read_at_s = clock()
            tenant.ask(pace)
            gaps.append(clock() - read_at_s)

    assert (gaps, tenant.refused) == ([0.0] * 20, 0)


def test_a_repeated_read_keeps_its_pair_together() -> None:
    """A read that has to be sent again inside a reservation waits for the write's place as well."""
    clock = Clock()
    tenant = LimitedTenant(clock)
    pace = make_pace(clock)
    for _ in range(8):
        tenant.ask(pace)

    with pace.reserve(2):
        tenant.ask(pace)
        before_s = clock()
        tenant.ask(pace, again=True)
        read_at_s = clock()
        tenant.ask(pace)

    assert read_at_s > before_s
    assert clock() == read_at_s


def test_an_unused_reservation_is_given_back() -> None:
    """What a reservation did not use is there for the next request."""
    clock = Clock()
    tenant = LimitedTenant(clock, per_second=0.01)
    pace = make_pace(clock)
    tenant.ask(pace)

    for _ in range(5):
        with pace.reserve(7):
            pass
    for _ in range(7):
        tenant.ask(pace)

    assert clock.slept == []


@pytest.mark.parametrize("requests", [10, 50])
def test_more_than_the_tenant_holds_can_be_reserved(requests: int) -> None:
    """A reservation as large as the bucket or larger is granted once the bucket is full, not never."""
    clock = Clock()
    tenant = LimitedTenant(clock)
    pace = make_pace(clock)
    tenant.ask(pace)

    with pace.reserve(requests):
        granted_at_s = clock()

    assert granted_at_s - 1000 <= 60


def test_requests_per_second_spaces_requests() -> None:
    """With a cap of 4 no two requests are closer than a quarter of a second."""
    clock = Clock()
    pace = make_pace(clock, requests_per_second=4)
    sent_at_s = []

    for _ in range(9):
        with pace.turn() as turn:
            sent_at_s.append(clock())
            turn.answered(200, RateLimit())

    assert sent_at_s[0] == 1000
    assert [round(after - before, 9) for before, after in pairwise(sent_at_s)] == [0.25] * 8


def test_requests_per_second_holds_for_pairs() -> None:
    """With a cap of 4, pairs pay for both their requests: ten requests take two seconds."""
    clock = Clock()
    pace = make_pace(clock, requests_per_second=4)

    for _ in range(5):
        with pace.reserve(2):
            for _ in range(2):
                with pace.turn() as turn:
                    turn.answered(200, RateLimit())

    assert clock() - 1000 == pytest.approx(2.0)


def test_a_tenant_without_headers_is_asked_slower_once_it_refused() -> None:
    """Against a limit that no header tells, refusals become rare: the pace settles below the limit."""
    clock = Clock()
    tenant = LimitedTenant(clock, headers="none")
    pace = make_pace(clock)
    while tenant.served < 100:
        tenant.ask(pace)

    assert 1 <= tenant.refused <= 12


def test_a_tenant_without_a_limit_is_not_slowed_down() -> None:
    """As long as nobody speaks of a limit there is no wait."""
    clock = Clock()
    pace = make_pace(clock)

    for _ in range(100):
        with pace.turn() as turn:
            turn.answered(200, RateLimit())

    assert clock.slept == []
