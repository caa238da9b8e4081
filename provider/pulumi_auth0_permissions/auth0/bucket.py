"""What is known of the tenant's rate limit: how many requests it has room for, now and later; no clock, no threads."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from pulumi_auth0_permissions.auth0.limits import RateLimit

__all__ = ["Bucket", "Sent"]

RESERVED_FRACTION = 0.2  # of the tenant's limit, left to its log-ins, its other tools and our own other runs
_ASSUMED_FILL_S = 10.0  # to fill an empty bucket, where no answer says; slower than any plan that Auth0 documents
_EVIDENCE_S = 30.0  # how far back refilling is measured: others come and go
_MIN_EVIDENCE_S = 0.2  # shorter spans say more about rounding than about refilling
_NOTICEABLE = 0.5  # requests that should have come in; when none did and none is left, the date is waited for
_SLOWEST_FILL_S = 60.0  # however little was seen to come in: no documented limit is longer than a minute's


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
        self._rate = 1.0
        self._full_at_s = math.inf
        self._dry = False
        self._sights: deque[_Sight] = deque()
        self._latest = 0

    @property
    def limit(self) -> int | None:
        """What the bucket holds; ``None`` as long as no answer said."""
        return self._limit

    def see(self, rate: RateLimit, sent: Sent, sent_by_now: int, now_s: float) -> None:
        """Learn from an answer.

        Args:
            rate: its headers; without a limit and what remains there is nothing to learn.
            sent: the place of its request.
            sent_by_now: how many of ours have been sent when the answer is here.
            now_s: seconds on a clock that only grows.
        """
        if not rate.limit or rate.remaining is None or sent.number < self._latest:
            return  # an older request's answer that came late knows less than is known already
        self._latest = sent.number
        sight = _Sight(now_s, rate.remaining + sent.answered + 1, rate.remaining + sent_by_now, sent_by_now)
        ours = sent_by_now - self._sights[-1].sent if self._sights else 0
        if rate.limit != self._limit or rate.remaining + ours >= rate.limit:
            self._sights.clear()  # a full bucket lets nothing in, so what came in until now says little
        self._limit = rate.limit
        self._sights.append(sight)
        while len(self._sights) > 2 and now_s - self._sights[1].at_s >= _EVIDENCE_S:
            self._sights.popleft()
        self._full_at_s = math.inf if rate.reset_in_s is None else now_s + rate.reset_in_s
        stated_rate = self._stated_rate(rate)
        self._rate = min(stated_rate, max(self._most_seen(sight), rate.limit / _SLOWEST_FILL_S))
        oldest = self._sights[0]
        expected = stated_rate * (now_s - oldest.at_s)
        self._dry = rate.remaining == 0 and sight.high <= oldest.low and expected >= _NOTICEABLE

    def room_in_s(self, requests: int, sent: int, now_s: float) -> float:
        """Return the seconds until there is room for that many beyond the reserve; 0 if there is now.

        Args:
            requests: how many at once.
            sent: how many of ours have been sent or promised a place by now.
            now_s: seconds on the same clock.
        """
        if self._limit is None:
            return 0.0
        requests = min(requests, self._limit)  # more than it holds will never be there at once
        reserve = min(max(1, math.ceil(self._limit * RESERVED_FRACTION)), max(0, self._limit - requests))
        return self._wait_s(reserve + requests, sent, now_s)

    def exhausted_for_s(self, sent: int, now_s: float) -> float:
        """Return the seconds until there is room for a single request at all, reserve or not; 0 if there is now."""
        return 0.0 if self._limit is None else self._wait_s(1, sent, now_s)

    def _wait_s(self, needed: int, sent: int, now_s: float) -> float:
        assert self._limit is not None  # noqa: S101 - the callers made sure
        sight = self._sights[-1]
        left = min(float(self._limit), sight.low + (now_s - sight.at_s) * self._rate - sent)
        missing = needed - left
        to_full_s = self._full_at_s - now_s
        if self._dry and 0 < to_full_s < math.inf:
            return to_full_s
        if missing <= 0:
            return 0.0
        if to_full_s > 0:
            return min(missing / self._rate, to_full_s)
        # However the refilling was judged: once the tenant's own date for a full bucket has come, one may ask; the
        # others wait for that answer, but not for ever.
        return 0.0 if sent <= sight.sent else missing / max(self._rate, self._limit / _ASSUMED_FILL_S)

    def _stated_rate(self, rate: RateLimit) -> float:
        assert rate.limit is not None  # noqa: S101 - `see` made sure
        assert rate.remaining is not None  # noqa: S101
        missing = rate.limit - rate.remaining
        if missing > 0 and rate.reset_in_s:
            return missing / rate.reset_in_s
        return rate.limit / _ASSUMED_FILL_S

    def _most_seen(self, newest: _Sight) -> float:
        """Return the fastest refilling that fits what was seen between the oldest and the newest sight."""
        oldest = self._sights[0]
        elapsed_s = newest.at_s - oldest.at_s
        if elapsed_s < _MIN_EVIDENCE_S:
            return math.inf
        return max(0, newest.high - oldest.low + 1) / elapsed_s
