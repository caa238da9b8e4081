"""When a request is sent again."""

from __future__ import annotations

import pytest

from auth0.virtual import Clock
from pulumi_auth0_permissions.auth0.retries import Kind, Retries
from pulumi_auth0_permissions.auth0.transport_errors import TransportError


def make(kind: Kind, *, clock: Clock | None = None, jitter: float = 0.0) -> Retries:
    """Make the bookkeeping of a call."""
    return Retries(kind, clock or Clock(), lambda: jitter)


@pytest.mark.parametrize("kind", [Kind.READ, Kind.REPEATABLE_WRITE])
def test_what_may_be_repeated_is_sent_four_times(kind: Kind) -> None:
    """After a 5xx three more attempts are made, each after twice the pause."""
    retries = make(kind)

    assert [retries.pause_after_failure_s(None, None) for _ in range(4)] == [0.5, 1.0, 2.0, None]


@pytest.mark.parametrize("failure", [None, TransportError("x", "y"), TransportError("x", "y", was_sent=False)])
def test_a_write_of_a_whole_list_is_never_repeated(failure: TransportError | None) -> None:
    """Neither a 5xx nor a lost answer nor even a failed connection makes it go twice."""
    assert make(Kind.WRITE_ONCE).pause_after_failure_s(failure, None) is None


def test_a_write_of_a_whole_list_is_not_repeated_after_429() -> None:
    """Though a 429 did nothing, the list has to be read again first, so the caller decides."""
    assert not make(Kind.WRITE_ONCE).again_after_refusal(0.0)


def test_no_connection_is_tried_three_times() -> None:
    """Where not even a connection comes about, the user is told sooner."""
    retries = make(Kind.READ)
    failure = TransportError("refused", "check", was_sent=False)

    assert [retries.pause_after_failure_s(failure, None) for _ in range(3)] == [0.5, 1.0, None]


def test_what_will_not_heal_is_not_repeated() -> None:
    """An untrusted certificate stays one."""
    assert make(Kind.READ).pause_after_failure_s(TransportError("x", "y", transient=False), None) is None


def test_pauses_vary_by_half() -> None:
    """With the largest jitter the pauses are half as long."""
    retries = make(Kind.READ, jitter=1.0)

    assert [retries.pause_after_failure_s(None, None) for _ in range(3)] == [0.25, 0.5, 1.0]


def test_a_busy_servers_wish_is_honoured() -> None:
    """Retry-After on a 503 makes the pause longer, never shorter."""
    retries = make(Kind.READ)

    assert [retries.pause_after_failure_s(None, wish) for wish in (9.0, 0.1)] == [9.0, 1.0]


def test_a_wait_beyond_five_minutes_is_not_begun() -> None:
    """A Retry-After of an hour ends the attempts at once."""
    assert make(Kind.READ).pause_after_failure_s(None, 3600) is None
    assert not make(Kind.READ).again_after_refusal(3600)


def test_five_minutes_count_from_the_first_attempt() -> None:
    """What was waited before is part of the bound: 300 s are taken, 300.1 s are not."""
    clock = Clock()
    retries = make(Kind.READ, clock=clock)
    clock.now_s += 200

    assert retries.again_after_refusal(100)
    assert not retries.again_after_refusal(100.1)


def test_the_eighth_refusal_is_the_last() -> None:
    """After eight 429s there is no ninth attempt."""
    retries = make(Kind.READ)

    assert [retries.again_after_refusal(1) for _ in range(8)] == [True] * 7 + [False]
