"""What the model of the tenant's rate limit believes, and how answers change its mind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from management.virtual import Clock, LimitedTenant
from pulumi_auth0_permissions.management.bucket import Bucket, Sent
from pulumi_auth0_permissions.management.limits import RateLimit
from pulumi_auth0_permissions.management.pace import Pace


def told(remaining: int, *, limit: int = 10, reset_in_s: float | None = None) -> RateLimit:
    """Make the headers of an answer."""
    return RateLimit(limit=limit, remaining=remaining, reset_in_s=reset_in_s)


def test_nothing_known_is_no_limit() -> None:
    """Before any answer there is no reason to wait."""
    assert Bucket().room_in_s(100, 0, 0.0) == 0


@pytest.mark.parametrize("headers", [RateLimit(), RateLimit(limit=10), RateLimit(remaining=3), told(0, limit=0)])
def test_half_an_answer_teaches_nothing(headers: RateLimit) -> None:
    """Limit and remaining are both needed, and a limit of nothing is none."""
    bucket = Bucket()
    bucket.see(headers, Sent(1, 0), 1, 0.0)

    assert bucket.limit is None


@pytest.mark.parametrize(("remaining", "wait_s"), [(3, 0.0), (2, 0.5), (1, 1.0), (0, 1.5)])
def test_the_wait_is_for_one_request_more_than_the_reserve(remaining: int, wait_s: float) -> None:
    """Two of ten are reserved; 2 a second come in, as (10 - remaining) until full tell."""
    bucket = Bucket()
    bucket.see(told(remaining, reset_in_s=(10 - remaining) / 2), Sent(1, 0), 1, 0.0)

    assert bucket.room_in_s(1, 1, 0.0) == pytest.approx(wait_s)


def test_what_was_sent_since_counts() -> None:
    """Requests that are on the way have taken their place already."""
    bucket = Bucket()
    bucket.see(told(5, reset_in_s=2.5), Sent(1, 0), 1, 0.0)

    assert bucket.room_in_s(1, 3, 0.0) == 0
    assert bucket.room_in_s(1, 4, 0.0) == pytest.approx(0.5)


def test_an_older_requests_late_answer_is_passed_over() -> None:
    """What an earlier request saw is older news, even when it arrives later."""
    bucket = Bucket()
    bucket.see(told(3, reset_in_s=3.5), Sent(2, 0), 2, 0.0)
    before_s = bucket.room_in_s(3, 2, 0.0)

    bucket.see(told(9, reset_in_s=0.5), Sent(1, 0), 2, 0.0)

    assert bucket.room_in_s(3, 2, 0.0) == before_s > 0


def test_of_answers_at_the_same_time_the_worst_is_believed() -> None:
    """Of two requests on the way together, the tenant may have counted both or one: the careful reading counts."""
    bucket = Bucket()
    bucket.see(told(4, reset_in_s=3), Sent(1, 0), 2, 0.0)

    assert bucket.room_in_s(2, 2, 0.0) > 0


def test_a_headers_promise_that_did_not_come_true_is_not_believed_again() -> None:
    """When less has come in than the headers imply, what was seen counts."""
    bucket = Bucket()
    bucket.see(told(2, reset_in_s=1), Sent(1, 0), 1, 0.0)  # promises 8 a second
    bucket.see(told(1, reset_in_s=1), Sent(2, 1), 2, 0.9)  # none came in

    assert bucket.room_in_s(1, 2, 0.9) == pytest.approx(1.0)  # not 2 / 9 s, as promised


def test_when_nothing_comes_in_the_date_is_waited_for() -> None:
    """A tenant that fills its bucket all at once is not asked before that."""
    bucket = Bucket()
    bucket.see(told(1, limit=4, reset_in_s=46), Sent(1, 0), 1, 0.0)
    bucket.see(told(0, limit=4, reset_in_s=31), Sent(2, 1), 2, 15.0)

    assert bucket.room_in_s(1, 2, 45.0) == pytest.approx(1.0)
    assert bucket.room_in_s(1, 2, 46.0) == 0


def test_after_the_date_one_request_asks_and_the_others_wait() -> None:
    """Past the time at which the bucket should be full a single request finds out, which blocks nobody for ever."""
    bucket = Bucket()
    bucket.see(told(0, reset_in_s=5), Sent(1, 0), 1, 0.0)
    bucket.see(told(0, reset_in_s=2), Sent(2, 1), 2, 3.0)

    assert bucket.room_in_s(1, 2, 6.0) == 0
    assert 0 < bucket.room_in_s(1, 3, 6.0) <= 10


@given(window_s=st.floats(1, 300), burst=st.integers(4, 20), phase=st.floats(0, 1))
def test_windows_of_any_length_bring_no_refusal(window_s: float, burst: int, phase: float) -> None:
    """Where the whole limit comes back at once, be it after minutes, no request is refused."""
    clock = Clock(1000.0 + phase)
    tenant = LimitedTenant(clock, burst=burst, window_s=window_s)
    pace = Pace(clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)
    for _ in range(3 * burst):
        tenant.ask(pace)

    assert tenant.refused == 0


@given(per_second=st.floats(0.5, 20), burst=st.integers(5, 30), phase=st.floats(0, 1))
def test_headers_of_another_meaning_bring_hardly_a_refusal(per_second: float, burst: int, phase: float) -> None:
    """Where the reset tells when the next request comes in, evidence corrects what it seems to promise."""
    clock = Clock(1000.0 + phase)
    tenant = LimitedTenant(clock, per_second, burst, headers="next")
    pace = Pace(clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)
    for _ in range(60):
        tenant.ask(pace)

    assert tenant.refused <= 1
