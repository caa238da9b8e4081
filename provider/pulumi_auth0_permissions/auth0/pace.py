"""When a request may be sent: one limiter for all threads of a process, that keeps within the tenant's rate limit."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pulumi_auth0_permissions.auth0.bucket import Bucket, Sent
from pulumi_auth0_permissions.auth0.limits import LONGEST_WAIT_S, RateLimit
from pulumi_auth0_permissions.auth0.operation import check_time

__all__ = ["ANNOUNCED_WAIT_S", "Pace", "Turn"]

ANNOUNCED_WAIT_S = 2.0  # shorter waits are nobody's concern
_LONGEST_NAP_S = 0.25  # after which a waiting thread looks whether another one's answer changed things
_FIRST_PENALTY_S = 1.0  # after a 429 that says nothing more; doubled by each further one
_LONGEST_PENALTY_S = 30.0
_SHORTEST_NAP_S = 0.001  # rounding may leave a wait that no clock would notice
_JITTER_S = 0.25  # so that the runs which share a tenant don't come back in step
_FIRST_SPACING_S = 0.25  # between requests, once a tenant that sends no headers has said 429
_LONGEST_SPACING_S = 8.0
_SPACING_DECAY = 0.97  # by each request that goes well

_TOO_MANY_REQUESTS = 429


@dataclass(slots=True)
class Turn:
    """One request's turn: its place among ours, and what came of it."""

    sent: Sent
    status: int | None = None
    rate: RateLimit | None = None

    def answered(self, status: int, rate: RateLimit) -> None:
        """Hand in the answer's status and rate-limit headers."""
        self.status = status
        self.rate = rate


@dataclass(frozen=True, slots=True)
class _Wait:
    seconds: float
    reason: str


_FOR_AN_ANSWER = _Wait(0.0, "")


class Pace:
    """Lets requests go when they are not bound to be refused.

    - As long as nothing is known (at the start and after a 429) one request goes at a time; its answer tells.
    - Then as many go as there is room for (`Bucket`), less a reserve for the tenant's other users.
    - ``requests_per_second`` spaces requests evenly on top of that.
    - After a 429 everybody waits: as long as ``Retry-After`` says; else until the bucket should have room again; on
      a second 429 in a row until the tenant says that it is full; without any header longer from time to time.

    Threads queue up for their turn, so that a pair (`reserve`) isn't starved by single requests.

    Args:
        requests_per_second: a cap of the user's own; ``None``: none.
        on_wait: called once for each wait longer than `ANNOUNCED_WAIT_S`: seconds, and what is waited for.
        clock: seconds that only grow.
        sleep: pauses for seconds.
        jitter: returns a number from 0 to 1.
    """

    def __init__(
        self,
        *,
        requests_per_second: float | None = None,
        on_wait: Callable[[float, str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._cap = requests_per_second
        self._on_wait = on_wait or (lambda _seconds, _reason: None)
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._queue = threading.Lock()
        self._changed = threading.Condition()  # guards all that follows
        self._bucket = Bucket()
        self._started = self._answered = self._on_the_way = self._promised = self._queued = 0
        self._informed = False
        self._refusals = 0  # 429s in a row, those at the same time counted once
        self._answered_at_refusal = 0
        self._refused_until_s = self._spaced_until_s = float("-inf")
        self._capped_until_s = self._announced_until_s = float("-inf")
        self._spacing_s = 0.0
        self._mine = threading.local()

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests may go at once; they then go without a wait if this thread sends them inside.

        What isn't used is given back. A reservation inside another one replaces what is left of it.
        """
        self._take_back()
        self._promise(requests)
        try:
            yield
        finally:
            self._take_back()

    @contextmanager
    def turn(self, *, again: bool = False) -> Iterator[Turn]:
        """Wait until one request may go; send it inside and hand in its answer by `Turn.answered`.

        Args:
            again: the request has been sent before. Inside a reservation this waits until there is room for it and
                for all that the reservation was made for besides, so that they still follow without a wait.
        """
        if again or not self._promised_to_me():
            self._promise(self._take_back() + 1)
        self._mine.promised -= 1
        with self._changed:
            self._promised -= 1
            self._started += 1
            self._on_the_way += 1
            turn = Turn(Sent(self._started, self._answered))
        try:
            yield turn
        finally:
            with self._changed:
                self._on_the_way -= 1
                self._answered += 1
                self._learn(turn)
                self._changed.notify_all()

    def refused_for_s(self) -> float:
        """Return the seconds for which the last 429 keeps everybody waiting; 0 if none does."""
        with self._changed:
            return max(0.0, self._refused_until_s - self._clock())

    @property
    def holds_a_pair(self) -> bool:
        """Whether the rate limit has room for two requests at once, as far as is known."""
        with self._changed:
            return self._bucket.limit is None or self._bucket.limit > 1

    def exhausted_for_s(self) -> float:
        """Return the seconds for which a request that has its place reserved is bound to be refused all the same.

        0 if it may be sent now, or if this thread has nothing reserved and so will wait for its turn anyway. Others
        may have taken what was left since `reserve` looked.
        """
        if not self._promised_to_me():
            return 0.0
        with self._changed:
            now_s = self._clock()
            exhausted_s = self._bucket.exhausted_for_s(self._started, now_s)
            return max(0.0, self._refused_until_s - now_s, exhausted_s)

    def _promised_to_me(self) -> int:
        return int(getattr(self._mine, "promised", 0))

    def _promise(self, requests: int) -> None:
        self._wait_for(requests)
        self._mine.promised = requests

    def _take_back(self) -> int:
        """Cancel what this thread has been promised, and return how much that was."""
        unused, self._mine.promised = self._promised_to_me(), 0
        if unused:
            with self._changed:
                self._promised -= unused
                self._changed.notify_all()
        return unused

    def _wait_for(self, requests: int) -> None:
        with self._changed:
            self._queued += 1
        try:
            with self._queue:
                while (wait := self._grant(requests)) is not None:
                    check_time(self._clock(), wait.seconds)
                    self._announce(requests, wait)
                    self._sleep(max(_SHORTEST_NAP_S, min(wait.seconds, _LONGEST_NAP_S)))
        finally:
            with self._changed:
                self._queued -= 1

    def _grant(self, requests: int) -> _Wait | None:
        """Promise the requests their place and return ``None``, or return what to wait for."""
        with self._changed:
            while (wait := self._obstacle(requests)) is _FOR_AN_ANSWER:
                self._changed.wait()
            if wait is None:
                self._promised += requests
                if self._cap:
                    self._capped_until_s = self._clock() + 1 / self._cap
            return wait

    def _obstacle(self, requests: int) -> _Wait | None:
        now_s = self._clock()
        if not self._informed and (self._on_the_way or self._promised):
            return _FOR_AN_ANSWER
        if self._spacing_s and self._on_the_way:
            return _FOR_AN_ANSWER
        tenants = "the tenant's rate limit"
        waits = [
            _Wait(self._refused_until_s - now_s, f"{tenants} (it has refused a request)"),
            _Wait(self._spaced_until_s - now_s, tenants),
            _Wait(self._bucket.room_in_s(requests, self._started + self._promised, now_s), tenants),
        ]
        if self._cap:
            earliest_s = self._capped_until_s + (requests - 1) / self._cap
            waits.append(_Wait(earliest_s - now_s, f"requestsPerSecond ({self._cap:g})"))
        longest = max(waits, key=lambda wait: wait.seconds)
        return longest if longest.seconds > 0 else None

    def _learn(self, turn: Turn) -> None:
        if turn.status is None or turn.rate is None:
            return
        now_s = self._clock()
        self._bucket.see(turn.rate, turn.sent, self._started, now_s)
        if turn.status == _TOO_MANY_REQUESTS:
            self._informed = False
            if turn.sent.answered >= self._answered_at_refusal:  # else it left before the last refusal was known
                self._refusals += 1
                self._answered_at_refusal = self._answered
            self._refused_until_s = max(self._refused_until_s, now_s + self._penalty_s(turn.rate, now_s))
        elif now_s >= self._refused_until_s:
            self._informed = True
            self._refusals = 0
            self._spacing_s *= _SPACING_DECAY if self._spacing_s > _FIRST_SPACING_S / 2 else 0
            self._spaced_until_s = now_s + self._spacing_s

    def _penalty_s(self, rate: RateLimit, now_s: float) -> float:
        jitter_s = self._jitter() * _JITTER_S
        if rate.retry_after_s is not None:
            return min(rate.retry_after_s, LONGEST_WAIT_S) + jitter_s  # the sender of the request gives up on more
        if rate.reset_in_s is not None and self._refusals == 1 and rate.limit is not None:
            return self._bucket.room_in_s(1, self._started + self._promised, now_s) + jitter_s
        if rate.reset_in_s is not None:
            return rate.reset_in_s + jitter_s
        self._spacing_s = min(_LONGEST_SPACING_S, self._spacing_s * 2 or _FIRST_SPACING_S)
        return min(_LONGEST_PENALTY_S, _FIRST_PENALTY_S * 2.0 ** min(self._refusals - 1, 10)) + jitter_s

    def _announce(self, requests: int, wait: _Wait) -> None:
        with self._changed:
            now_s = self._clock()
            behind = self._queued - 1  # they go after us, at one request each at least
            expected_s = max(
                wait.seconds,
                self._bucket.room_in_s(requests + behind, self._started + self._promised, now_s),
                wait.seconds + behind / self._cap if self._cap else 0.0,
            )
            if expected_s <= ANNOUNCED_WAIT_S or now_s < self._announced_until_s:
                return
            self._announced_until_s = now_s + expected_s
        self._on_wait(expected_s, wait.reason)
