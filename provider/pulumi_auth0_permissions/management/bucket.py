"""What is known of the tenant's rate limit: how many requests it has room for, now and later; no clock, no threads."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from pulumi_auth0_permissions.management.limits import RateLimit

__all__ = ["Bucket", "Sent"]

RESERVED_FRACTION = 0.2  # of the tenant's limit, left to its log-ins, its other tools and our own other runs
_ASSUMED_FILL_S = 10.0  # to fill an empty bucket, where no answer says; slower than any plan that Auth0 documents
_EVIDENCE_S = 30.0  # how far back refilling is measured: others come and go
_MIN_EVIDENCE_S = 0.2  # shorter spans say more about rounding than about refilling
_SLOWEST_RATE = 1e-3  # requests a second; keeps divisions sane when a tenant refills nothing at all


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request's place among ours was when it left.

    Attributes:
        number: how many of ours had been sent, this one included.
        answered: how many of ours had been answered, so that the tenant had surely counted them.
    """

    number: int
    answered: int


@dataclass(frozen=True, slots=True)
class _Sight:
    """The supply, as one answer showed it: what remained plus what of ours had been counted until then.

    With requests on the way at the same time it isn't known which of them the tenant had counted, hence two bounds.
    ``sent`` is how many of ours had left by then.
    """

    at_s: float
    low: int
    high: int
    sent: int


class Bucket:
    """A model of a bucket that holds ``limit`` requests and refills steadily, corrected by every answer.

    It errs on the side of waiting. The refill rate is the one that the headers imply (missing requests divided by
    the time until full, which rounds in our favour), but never more than was seen to come in lately; so it also
    holds where the tenant fills its bucket all at once, where others draw from it, and where the headers mean
    something else. What it gets wrong eats into the reserve, shows in the next answer, and so costs no 429.
    One bucket is modelled; where endpoints have limits of their own, the latest answer counts.
    """

    def __init__(self) -> None:
        self._limit: int | None = None
        self._rate = _SLOWEST_RATE
        self._full_at_s = math.inf
        self._sights: deque[_Sight] = deque()
        self._latest = 0

    @property
    def limit(self) -> int | None:
        """What the bucket holds; ``None`` as long as no answer told."""
        return self._limit

    @property
    def rate(self) -> float:
        """Requests a second that are taken to come in."""
        return self._rate

    def see(self, told: RateLimit, sent: Sent, sent_by_now: int, now_s: float) -> None:
        """Learn from an answer.

        Args:
            told: its headers; without limit and remaining there is nothing to learn.
            sent: the place of its request.
            sent_by_now: how many of ours have been sent when the answer is here.
            now_s: seconds on a clock that only grows.
        """
        if told.limit is None or told.remaining is None or sent.number < self._latest:
            return  # an older request's answer that came late knows less than is known already
        self._latest = sent.number
        sight = _Sight(now_s, told.remaining + sent.answered + 1, told.remaining + sent_by_now, sent_by_now)
        may_have_been_full = told.remaining + sent_by_now - sent.answered >= told.limit or now_s >= self._full_at_s
        if told.limit != self._limit or may_have_been_full:
            self._sights.clear()  # a full bucket lets nothing in, so what came in until now says little
        self._limit = told.limit
        self._sights.append(sight)
        while now_s - self._sights[0].at_s > _EVIDENCE_S:
            self._sights.popleft()
        self._full_at_s = math.inf if told.reset_in_s is None else now_s + told.reset_in_s
        self._rate = max(_SLOWEST_RATE, min(self._told_rate(told), self._most_seen(sight)))

    def room_in_s(self, requests: int, sent: int, now_s: float) -> float:
        """Return the seconds until there is room for that many beyond the reserve; 0 if there is now.

        Args:
            requests: how many at once.
            sent: how many of ours have been sent or promised a place by now.
            now_s: seconds on the same clock.
        """
        if self._limit is None:
            return 0.0
        sight = self._sights[-1]
        reserve = min(max(1, math.ceil(self._limit * RESERVED_FRACTION)), max(0, self._limit - requests))
        left = min(float(self._limit), sight.low + (now_s - sight.at_s) * self._rate - sent)
        missing = reserve + requests - left
        if missing <= 0:
            return 0.0
        # However the refilling was judged: once the tenant's own date for a full bucket has come, one may ask.
        if now_s >= self._full_at_s:
            return 0.0 if sent <= sight.sent else missing / self._rate
        return min(missing / self._rate, self._full_at_s - now_s)

    def _told_rate(self, told: RateLimit) -> float:
        assert told.limit is not None  # noqa: S101 - `see` made sure
        assert told.remaining is not None  # noqa: S101
        missing = told.limit - told.remaining
        if missing > 0 and told.reset_in_s:
            return missing / told.reset_in_s
        return told.limit / _ASSUMED_FILL_S

    def _most_seen(self, newest: _Sight) -> float:
        """Return the fastest refilling that fits what was seen between the oldest and the newest sight."""
        oldest = self._sights[0]
        elapsed_s = newest.at_s - oldest.at_s
        if elapsed_s < _MIN_EVIDENCE_S:
            return math.inf
        return max(0, newest.high - oldest.low + 1) / elapsed_s
