"""The limiter, in virtual time against a tenant with a rate limit; and what its headers say."""

import math
from contextlib import ExitStack
from itertools import pairwise

import pytest

from pulumi_auth0_permissions.auth0.rate_limiter import RESERVED_FRACTION, RateLimit, RateLimiter
from support import clocks
from support.clocks import Clock

NAMES = ("date", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")


@pytest.fixture(autouse=True)
def clock(virtual_time: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, which begins at a known date."""
    clock = Clock()
    clocks.install(monkeypatch, clock)
    return clock


def limiter(requests_per_second: float | None = None) -> RateLimiter:
    """Return a limiter that says nothing of waits."""
    return RateLimiter(requests_per_second, lambda _seconds, _reason: None)


class LimitedTenant:
    """A token bucket, as the vendor's: it holds ``burst`` requests, starts full, and ``per_second`` come in."""

    def __init__(self, clock: Clock, per_second: float = 2.0, burst: int = 10, *, has_headers: bool = True) -> None:
        self.clock, self.per_second, self.burst, self.has_headers = clock, per_second, burst, has_headers
        self.refused = 0  # answered with 429
        self.lowest = math.inf  # the smallest number of requests that were left
        self._left, self._at_s = float(burst), clock.now_s

    def request(self) -> tuple[int, RateLimit]:
        """Take one request out; return status and headers."""
        now_s = self.clock.now_s
        self._left = min(float(self.burst), self._left + (now_s - self._at_s) * self.per_second)
        self._at_s = now_s
        allowed = self._left >= 1
        self._left -= allowed
        self.refused += not allowed
        self.lowest = min(self.lowest, self._left)
        full_at_s = now_s + (self.burst - self._left) / self.per_second
        reset_in_s = math.ceil(full_at_s) - math.floor(now_s)  # whole seconds on both sides, as over the wire
        rate = RateLimit(self.burst, int(self._left), float(reset_in_s)) if self.has_headers else RateLimit()
        return (200 if allowed else 429), rate

    def ask(self, limiter: RateLimiter) -> int:
        """Send one request when the limiter says so."""
        with limiter.turn():
            status, rate = self.request()
            limiter.answered(status, rate)
        return status


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, RateLimit()),
        (
            {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "1800000002"},
            RateLimit(limit=10, remaining=7, reset_in_s=2),
        ),
        ({"x-ratelimit-reset": "86400"}, RateLimit(reset_in_s=120)),
        ({"retry-after": "3"}, RateLimit(retry_after_s=3)),
        ({"retry-after": "3 \t"}, RateLimit(retry_after_s=3)),
        ({"retry-after": "Fri, 15 Jan 2027 08:01:00 GMT"}, RateLimit(retry_after_s=60)),
        ({"retry-after": "Fri, 15 Jan 2027 07:59:00 GMT"}, RateLimit(retry_after_s=0)),
        ({"retry-after": "Mon, 01 Jan 1900 00:00:00 GMT"}, RateLimit(retry_after_s=0)),
        ({"retry-after": "Fri, 01 Jan 1999 00:00:00 GMT"}, RateLimit(retry_after_s=0)),
        (  # the server's clock counts, whatever ours shows
            {"date": "Fri, 15 Jan 2027 07:00:00 GMT", "x-ratelimit-reset": "1799996402"},
            RateLimit(reset_in_s=2),
        ),
        *(
            (dict.fromkeys(NAMES, text), RateLimit())
            for text in ("", "soon", "nan", "1e999", "-1", "2.5", "9" * 5000, "9999999999999999 GMT", "Fri, 99 Jan 27")
        ),
    ],
)
def test_headers_are_read(headers: dict[str, str], expected: RateLimit) -> None:
    """Seconds, seconds since the epoch and HTTP dates are understood; what makes no sense is passed over."""
    assert RateLimit.read(headers) == expected


@pytest.mark.parametrize("phase", [0, 0.3, 0.9])
@pytest.mark.parametrize(("per_second", "burst"), [(0.5, 10), (2, 10), (15, 50), (100, 100)])
def test_a_bucket_that_fills_steadily_refuses_nothing_and_is_used(
    clock: Clock, per_second: float, burst: int, phase: float
) -> None:
    """Without rivals there is no 429, a reserve stays for others, and it takes about as long as the limit dictates."""
    clock.now_s += phase
    tenant, patient = LimitedTenant(clock, per_second, burst), limiter()
    requests = 4 * burst

    for _ in range(requests):
        tenant.ask(patient)

    reserve = int(RESERVED_FRACTION * burst)
    assert tenant.refused == 0
    assert tenant.lowest >= reserve - 1
    assert clock.now_s - (1000.0 + phase) <= 1.1 * (requests - burst + reserve) / per_second + 1


@pytest.mark.parametrize(("has_headers", "rivals_per_second", "refused"), [(True, 1.0, 3), (False, 0.0, 30)])
def test_what_the_estimate_does_not_know_costs_few_refusals(
    clock: Clock,
    has_headers: bool,  # noqa: FBT001 - a table of cases
    rivals_per_second: float,
    refused: int,
) -> None:
    """60 requests come through all the same."""
    limited, patient = LimitedTenant(clock, has_headers=has_headers), limiter()
    rivals_at_s = clock.now_s
    served = 0

    while served < 60:
        served += limited.ask(patient) == 200
        while rivals_per_second and rivals_at_s <= clock.now_s:
            limited.request()
            rivals_at_s += 1 / rivals_per_second

    assert limited.refused <= refused


@pytest.mark.parametrize("requests", [1, 2])
def test_requests_per_second_spaces_requests(clock: Clock, requests: int) -> None:
    """With a cap of 4, a request a quarter of a second goes, or a pair each half; without one, all at once."""
    capped, sent_at_s = limiter(4), []
    for _ in range(9):
        with capped.reserve(requests):
            sent_at_s.append(clock.now_s)
            for _ in range(requests):
                with capped.turn():
                    capped.answered(200, RateLimit())

    assert sent_at_s[0] == 1000
    assert [after - before for before, after in pairwise(sent_at_s)] == pytest.approx([requests / 4] * 8, abs=0.01)


@pytest.mark.parametrize(
    ("rate", "waits"),
    [
        (RateLimit(limit=10, remaining=0, reset_in_s=1, retry_after_s=7), [7, 7, 7]),
        (RateLimit(limit=10, remaining=0, reset_in_s=20), [20, 20, 20]),
        (RateLimit(retry_after_s=0), [5, 5, 5]),
        (RateLimit(), [5, 5, 5]),
        (RateLimit(retry_after_s=86400), [120, 120, 120]),  # whoever sent it gives up; the others ask again
    ],
)
def test_after_a_refusal_everybody_waits(clock: Clock, rate: RateLimit, waits: list[float]) -> None:
    """As long as the tenant says, or five seconds; those at the same time count once."""
    patient = limiter()
    left_at_s = []

    for _ in range(4):
        with patient.turn():
            left_at_s.append(clock.now_s)
            patient.answered(429, rate)
            patient.answered(429, rate)

    assert [after - before for before, after in pairwise(left_at_s)] == pytest.approx(waits, abs=0.01)


def test_whoever_waits_already_waits_for_anothers_refusal(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was estimated before it is void."""
    patient, sleep = limiter(1), clock.sleep
    refusals = [RateLimit(retry_after_s=9)]

    def sleep_while_another_is_refused(seconds: float) -> None:
        while refusals:
            patient.answered(429, refusals.pop())
        sleep(seconds)

    monkeypatch.setattr(clock, "sleep", sleep_while_another_is_refused)
    for _ in range(2):
        with patient.turn():
            pass

    assert clock.now_s - 1000 == pytest.approx(9)


def test_what_is_on_its_way_counts(clock: Clock) -> None:
    """The tenant may not have counted it yet when it answers: of the nine that it has left, eight are taken."""
    patient, reserve = limiter(), int(RESERVED_FRACTION * 10)
    with ExitStack() as on_the_way:
        for _ in range(9 - reserve + 1):
            on_the_way.enter_context(patient.turn())
        patient.answered(200, RateLimit(limit=10, remaining=9, reset_in_s=1))
        assert clock.now_s == 1000
        with patient.turn():
            assert clock.now_s == 1001


def test_after_a_refusal_they_do_not_come_back_all_at_once(clock: Clock) -> None:
    """A pair goes as soon as the wait is over, the others as the tenant's limit allows."""
    patient, sent_at_s = limiter(), list[float]()
    with ExitStack() as on_the_way:
        on_the_way.enter_context(patient.turn())
        patient.answered(429, RateLimit(limit=10, remaining=0, reset_in_s=5))
        for _ in range(4):
            on_the_way.enter_context(patient.turn())
            sent_at_s.append(clock.now_s - 1000)

    assert sent_at_s == pytest.approx([5, 5, 5.5, 6])
