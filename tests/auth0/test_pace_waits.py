"""The limiter's waits: after refusals, for other threads' answers, and what is said about them."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from auth0.virtual import Clock, make_pace, no_jitter
from pulumi_auth0_permissions.auth0.limits import RateLimit
from pulumi_auth0_permissions.auth0.pace import Pace


def test_retry_after_is_honoured() -> None:
    """After a 429 with Retry-After the next request leaves no earlier than that, whatever the other headers say."""
    clock = Clock()
    pace = make_pace(clock)
    with pace.turn() as turn:
        turn.answered(429, RateLimit(limit=10, remaining=0, reset_in_s=1, retry_after_s=7))

    with pace.turn() as turn:
        turn.answered(200, RateLimit())

    assert 7 <= clock() - 1000 <= 7.5


def test_a_second_429_waits_for_the_reset() -> None:
    """Where the estimate was wrong once, the tenant's own date is waited for."""
    clock = Clock()
    pace = make_pace(clock)
    for _ in range(2):
        with pace.turn() as turn:
            turn.answered(429, RateLimit(limit=10, remaining=0, reset_in_s=20))
    refused_at_s = clock()

    with pace.turn():
        pass

    assert clock() - refused_at_s == pytest.approx(20)


def test_refusals_without_headers_lead_to_longer_waits() -> None:
    """A tenant that only says 429 is asked after 1, 2, 4 and 8 seconds."""
    clock = Clock()
    pace = make_pace(clock)
    left_at_s = []

    for _ in range(5):
        with pace.turn() as turn:
            left_at_s.append(clock())
            turn.answered(429, RateLimit())

    assert [after - before for before, after in pairwise(left_at_s)] == pytest.approx([1, 2, 4, 8])


def test_a_long_wait_is_announced_once() -> None:
    """Who waits longer than two seconds is told how long and why, and not again while it lasts."""
    clock = Clock()
    told: list[tuple[float, str]] = []
    pace = Pace(
        on_wait=lambda seconds, reason: told.append((seconds, reason)), clock=clock, sleep=clock.sleep, jitter=no_jitter
    )
    with pace.turn() as turn:
        turn.answered(429, RateLimit(retry_after_s=12))

    with pace.turn():
        pass

    assert told == [(12, "the tenant's rate limit (it has refused a request)")]


def test_a_short_wait_is_not_announced() -> None:
    """Waits of up to two seconds are nobody's concern."""
    clock = Clock()
    told: list[float] = []
    pace = Pace(on_wait=lambda seconds, _: told.append(seconds), clock=clock, sleep=clock.sleep, jitter=no_jitter)
    with pace.turn() as turn:
        turn.answered(429, RateLimit(retry_after_s=2))

    with pace.turn():
        pass

    assert told == []


def test_the_first_answer_is_waited_for() -> None:
    """While nothing is known of the limit, a second thread's request leaves only when the first has its answer."""
    pace = Pace()
    order: list[str] = []
    started = threading.Event()

    def second() -> None:
        started.set()
        with pace.turn():
            order.append("second leaves")

    with pace.turn() as turn:
        thread = threading.Thread(target=second)
        thread.start()
        started.wait()
        order.append("first is answered")
        turn.answered(200, RateLimit())
    thread.join()

    assert order == ["first is answered", "second leaves"]


def test_an_answer_frees_all_that_wait_for_it() -> None:
    """Once the first answer is there, the other threads' requests are on the way at the same time."""
    pace = Pace()
    together = threading.Barrier(3)

    def other() -> None:
        with pace.turn() as turn:
            together.wait(timeout=60)
            turn.answered(200, RateLimit())

    threads = [threading.Thread(target=other) for _ in range(3)]
    with pace.turn() as turn:
        for thread in threads:
            thread.start()
        turn.answered(200, RateLimit())
    for thread in threads:
        thread.join()

    assert not together.broken


def test_a_lost_answer_does_not_block_the_others() -> None:
    """When the first request never gets an answer, the next one goes all the same."""
    pace = Pace()
    with pytest.raises(ConnectionError), pace.turn():
        raise ConnectionError

    with pace.turn() as turn:
        turn.answered(200, RateLimit())

    assert turn.status == 200


def test_refusals_at_the_same_time_count_once() -> None:
    """Requests that were on the way together when the limit was hit are one refusal, not a row of them."""
    clock = Clock()
    pace = make_pace(clock)
    with pace.turn() as turn:
        turn.answered(200, RateLimit())

    with pace.turn() as one, pace.turn() as two, pace.turn() as three:
        for turn in (one, two, three):
            turn.answered(429, RateLimit())
    refused_for_s = pace.refused_for_s()

    assert refused_for_s == pytest.approx(1)


def test_exhaustion_by_others_shows() -> None:
    """When the read's answer says that nothing is left, the write that has its place is known to be refused."""
    clock = Clock()
    pace = make_pace(clock)

    with pace.reserve(2):
        with pace.turn() as turn:
            turn.answered(200, RateLimit(limit=10, remaining=0, reset_in_s=5))
        exhausted_s = pace.exhausted_for_s()

    assert 0.4 <= exhausted_s <= 0.6


def test_the_reserve_is_no_exhaustion() -> None:
    """A reserved write may take from the reserve: it isn't bound to be refused."""
    clock = Clock()
    pace = make_pace(clock)

    with pace.reserve(2):
        with pace.turn() as turn:
            turn.answered(200, RateLimit(limit=10, remaining=1, reset_in_s=5))
        exhausted_s = pace.exhausted_for_s()

    assert exhausted_s == 0


def test_who_has_nothing_reserved_waits_for_a_turn() -> None:
    """Outside a reservation an empty bucket is a reason to wait, not to give up."""
    clock = Clock()
    pace = make_pace(clock)
    with pace.turn() as turn:
        turn.answered(200, RateLimit(limit=10, remaining=0, reset_in_s=5))

    assert pace.exhausted_for_s() == 0
