"""The limiter, in virtual time against a tenant with a rate limit; and what its headers say."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth0.virtual import NOW_S, Clock, LimitedTenant
from pulumi_auth0_permissions.auth0.rate_limiter import RESERVED_FRACTION, RateLimit, RateLimiter

DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # NOW_S


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, RateLimit()),
        (
            {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "1800000002"},
            RateLimit(limit=10, remaining=7, reset_in_s=2),
        ),
        ({"x-ratelimit-reset": "30"}, RateLimit(reset_in_s=30)),
        ({"x-ratelimit-reset": "86400"}, RateLimit(reset_in_s=60)),
        ({"retry-after": "3"}, RateLimit(retry_after_s=3)),
        ({"retry-after": "Fri, 15 Jan 2027 08:01:00 GMT"}, RateLimit(retry_after_s=60)),
        ({"retry-after": DATE}, RateLimit(retry_after_s=0)),
        (  # the server's clock counts, whatever ours shows
            {"date": "Fri, 15 Jan 2027 07:00:00 GMT", "x-ratelimit-reset": "1799996402"},
            RateLimit(reset_in_s=2),
        ),
    ],
)
def test_headers_are_read(headers: dict[str, str], expected: RateLimit) -> None:
    """Seconds from now, seconds since the epoch and HTTP dates are all understood."""
    assert RateLimit.read(headers, NOW_S) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "nan", "inf", "1e999", "-1", "2.5", "9" * 5000, "9999999999999999 GMT", "Fri, 99 Jan 2027"]
)
def test_nonsense_is_read_as_nothing(text: str) -> None:
    """Headers that make no sense are passed over, whatever they are."""
    headers = dict.fromkeys(
        ("date", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"), text
    )

    assert RateLimit.read(headers, NOW_S) == RateLimit()


@given(per_second=st.floats(0.5, 100), burst=st.integers(10, 100), phase=st.floats(0, 1))
def test_a_bucket_that_fills_steadily_refuses_nothing_and_is_used(per_second: float, burst: int, phase: float) -> None:
    """Without rivals there is no 429, and a long run takes little longer than limit and reserve dictate."""
    clock = Clock(1000.0 + phase)
    tenant, limiter = LimitedTenant(clock, per_second, burst), RateLimiter(clock)
    requests = 4 * burst

    for _ in range(requests):
        tenant.ask(limiter)

    dictated_s = (requests - burst + math.ceil(RESERVED_FRACTION * burst)) / per_second
    assert tenant.refused == 0
    assert clock.now() - (1000.0 + phase) <= 1.1 * dictated_s + 1


@pytest.mark.parametrize(
    ("tenant", "rivals_per_second", "refused"),
    [
        ({}, 1.0, 3),
        ({"window_s": 10.0}, 0.0, 5),
        ({"headers": "no-reset", "per_second": 0.5}, 0.0, 10),
        ({"headers": "none"}, 0.0, 30),
    ],
    ids=["rivals", "window", "no reset", "no headers"],
)
def test_what_the_estimate_does_not_know_costs_few_refusals(
    tenant: dict[str, object], rivals_per_second: float, refused: int
) -> None:
    """60 requests come through all the same."""
    clock = Clock()
    limited, limiter = LimitedTenant(clock, **tenant), RateLimiter(clock)  # type: ignore[arg-type]
    rivals_at_s = clock.now()
    served = 0

    while served < 60:
        served += limited.ask(limiter) == 200
        while rivals_per_second and rivals_at_s <= clock.now():
            limited.request()
            rivals_at_s += 1 / rivals_per_second

    assert limited.refused <= refused


def test_a_reserve_stays_for_others() -> None:
    """Two of ten requests are never taken, so that others who come in between get through."""
    clock = Clock()
    tenant, limiter = LimitedTenant(clock), RateLimiter(clock)

    for _ in range(50):
        tenant.ask(limiter)

    assert tenant.lowest >= 2


def test_a_pair_goes_without_a_wait_between() -> None:
    """The two requests of a reservation leave at the same moment, though the rate limit is all but used up."""
    clock = Clock()
    tenant, limiter = LimitedTenant(clock), RateLimiter(clock)
    gaps = []

    for _ in range(20):
        with limiter.reserve(2):
            tenant.ask(limiter)
            read_at_s = clock.now()
            tenant.ask(limiter)
            gaps.append(clock.now() - read_at_s)

    assert (gaps, tenant.refused) == ([0.0] * 20, 0)
    assert clock.now() - 1000 <= 1.15 * (40 - 10) / 2


def test_a_repeated_read_keeps_its_pair_together() -> None:
    """A read that has to be sent again inside a reservation waits for a place of its own; the write does not."""
    clock = Clock()
    tenant, limiter = LimitedTenant(clock), RateLimiter(clock)
    for _ in range(8):
        tenant.ask(limiter)

    with limiter.reserve(2):
        tenant.ask(limiter)
        before_s = clock.now()
        tenant.ask(limiter, again=True)
        read_at_s = clock.now()
        tenant.ask(limiter)

    assert read_at_s > before_s
    assert clock.now() == read_at_s


def test_an_unused_reservation_is_given_back() -> None:
    """What a reservation did not use is there for the next request."""
    clock = Clock()
    tenant, limiter = LimitedTenant(clock, per_second=0.01), RateLimiter(clock)
    tenant.ask(limiter)

    for _ in range(5):
        with limiter.reserve(7):
            pass
    for _ in range(7):
        tenant.ask(limiter)

    assert clock.slept == []


@pytest.mark.parametrize(("burst", "requests"), [(1, 2), (2, 2), (10, 10), (10, 50)])
def test_more_than_the_tenant_holds_can_be_reserved(burst: int, requests: int) -> None:
    """A reservation as large as the bucket or larger is granted once the bucket is full, not never."""
    clock = Clock()
    tenant, limiter = LimitedTenant(clock, burst=burst), RateLimiter(clock)
    tenant.ask(limiter)

    with limiter.reserve(requests):
        granted_at_s = clock.now()

    assert granted_at_s - 1000 <= 60


@pytest.mark.parametrize("requests", [1, 2])
def test_requests_per_second_spaces_requests(requests: int) -> None:
    """With a cap of 4, a request a quarter of a second goes, or a pair each half."""
    clock = Clock()
    limiter = RateLimiter(clock, requests_per_second=4)
    sent_at_s = []

    for _ in range(9):
        with limiter.reserve(requests):
            sent_at_s.append(clock.now())
            for _ in range(requests):
                with limiter.turn():
                    limiter.answered(200, RateLimit())

    assert sent_at_s[0] == 1000
    assert [after - before for before, after in pairwise(sent_at_s)] == pytest.approx([requests / 4] * 8, abs=0.01)


def test_a_tenant_without_a_limit_is_not_slowed_down() -> None:
    """As long as nobody speaks of a limit there is no wait."""
    clock = Clock()
    limiter = RateLimiter(clock)

    for _ in range(100):
        with limiter.turn():
            limiter.answered(200, RateLimit())

    assert clock.slept == []


@pytest.mark.parametrize(
    ("rate", "waits"),
    [
        (RateLimit(limit=10, remaining=0, reset_in_s=1, retry_after_s=7), [7, 7, 7]),
        (RateLimit(limit=10, remaining=0, reset_in_s=20), [20, 20, 20]),
        (RateLimit(retry_after_s=0), [1, 2, 4]),
        (RateLimit(), [1, 2, 4]),
        (RateLimit(retry_after_s=86400), [120, 120, 120]),  # whoever sent it gives up; the others ask again
    ],
)
def test_after_a_refusal_everybody_waits(rate: RateLimit, waits: list[float]) -> None:
    """As long as the tenant says; longer each time where it says nothing."""
    clock = Clock()
    limiter = RateLimiter(clock)
    left_at_s = []

    for _ in range(4):
        with limiter.turn():
            left_at_s.append(clock.now())
            limiter.answered(429, rate)

    assert [after - before for before, after in pairwise(left_at_s)] == pytest.approx(waits, abs=0.01)


def test_refusals_at_the_same_time_count_once() -> None:
    """Requests that were on the way together when the limit was hit are one refusal, not a row of them."""
    clock = Clock()
    limiter = RateLimiter(clock)

    with limiter.turn(), limiter.turn(), limiter.turn():
        for _ in range(3):
            limiter.answered(429, RateLimit())
    with limiter.turn():
        pass

    assert clock.now() - 1000 == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("retry_after_s", "said"), [(12.0, [12]), (2.0, [])])
def test_a_long_wait_is_announced_once(retry_after_s: float, said: list[int]) -> None:
    """Whoever waits longer than two seconds hears how long and why, and not again while it lasts."""
    clock = Clock()
    heard: list[tuple[float, str]] = []
    limiter = RateLimiter(clock, on_wait=lambda seconds, reason: heard.append((seconds, reason)))
    with limiter.turn():
        limiter.answered(429, RateLimit(retry_after_s=retry_after_s))

    with limiter.turn():
        pass

    assert heard == [(seconds, "the tenant's rate limit (it has refused a request)") for seconds in said]
