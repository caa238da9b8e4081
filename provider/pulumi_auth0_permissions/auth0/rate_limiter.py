"""When a request may be sent: within the tenant's rate limit and the user's own cap, for all threads of a process."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from pulumi_auth0_permissions.auth0.deadline import Clock, check_time
from pulumi_auth0_permissions.auth0.errors import LONGEST_WAIT_S

ANNOUNCED_WAIT_S = 2.0  # shorter waits are not worth a message
RESERVED_FRACTION = 0.2  # of the tenant's limit, left to its log-ins, its other tools and our own other runs
_FILL_S = 10.0  # to fill an empty bucket, where no answer says; slower than any plan that Auth0 documents
_LONGEST_RESET_S = 60.0  # no documented limit is longer than a minute's
_LONGEST_BACKOFF_S = 30.0  # after a 429 that says nothing more
_ONE_BY_ONE = 10  # requests after a 429
_NAP_S = 0.25  # after which a waiting thread looks whether another one's answer changed things
_FIRST_DATE_S = 1_000_000_000  # a smaller number can't be a date (it would be before September 2001)
_LONGEST_S = 1e9  # what lies further ahead is cut, so that messages stay readable


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The rate-limit headers of one answer; each ``None`` where it is missing or makes no sense.

    Attributes:
        limit: requests that the tenant's bucket holds.
        remaining: requests that were left in it.
        reset_in_s: seconds until it is full; both dates are whole seconds, so up to two too many.
        retry_after_s: seconds that the service asks to wait.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_in_s: float | None = None
    retry_after_s: float | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str], now_s: float) -> RateLimit:
        """Read them (names in lower case), by the server's own clock where the answer has a ``Date``, else by ours."""
        now_s = _date(headers.get("date", "")) or now_s
        reset_in_s = _seconds_until(headers.get("x-ratelimit-reset", ""), now_s)
        return cls(
            limit=_number(headers.get("x-ratelimit-limit", "")),
            remaining=_number(headers.get("x-ratelimit-remaining", "")),
            reset_in_s=None if reset_in_s is None else min(reset_in_s, _LONGEST_RESET_S),
            retry_after_s=_seconds_until(headers.get("retry-after", ""), now_s),
        )


def wait_after_429_s(rate: RateLimit, refusals: int) -> float:
    """Return the seconds to wait after a 429: what its headers say, else longer with each one in a row."""
    return rate.retry_after_s or rate.reset_in_s or min(_LONGEST_BACKOFF_S, 2.0 ** min(refusals - 1, 10))


class RateLimiter:
    """Lets requests go that are not bound to be refused; safe to share between threads.

    Auth0 fills a bucket of requests steadily, and each answer says how many are left and when it will be full. What
    comes in until the next answer is estimated from that, less what we send; a reserve stays for the tenant's other
    users. Where the estimate is wrong a 429 comes: everybody waits as long as it says, and for a while requests go one
    by one (or pair by pair), so that what others draw shows in time.

    Args:
        clock: the time.
        requests_per_second: a cap of the user's own; ``None``: none.
        on_wait: called once for each wait longer than `ANNOUNCED_WAIT_S`: seconds, and what is waited for.

    Attributes:
        limit: requests that the bucket holds; ``None`` as long as no answer said.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        requests_per_second: float | None = None,
        on_wait: Callable[[float, str], None] = lambda _seconds, _reason: None,
    ) -> None:
        self._clock = clock
        self._cap = requests_per_second
        self._on_wait = on_wait
        self._mine = threading.local()
        self._queue = threading.Lock()  # one waits at a time, so that single requests do not starve a pair
        self._lock = threading.RLock()  # guards all that follows
        self.limit: int | None = None
        self._left = self._left_at_s = 0.0  # requests in the bucket, and when
        self._fill_rate = 1.0  # requests a second
        self._one_by_one = 0  # requests to go
        self._on_the_way = self._promised = self._queued = self._refusals = 0
        self._refused_until_s = self._capped_until_s = self._announced_until_s = -math.inf

    @property
    def reserved(self) -> int:
        """How many requests this thread may send without a wait."""
        return int(getattr(self._mine, "reserved", 0))

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests may go at once; inside, this thread sends them without a wait.

        What is not used is given back.
        """
        self._acquire(requests)
        self._mine.reserved = requests
        try:
            yield
        finally:
            self._give_back()

    @contextmanager
    def turn(self, *, again: bool = False) -> Iterator[None]:
        """Wait until one request may go; send it inside, and hand in its answer by `answered`.

        Args:
            again: it has been sent before, so that what is reserved is for the requests that follow it.
        """
        if again or not self.reserved:
            following = self._give_back()
            self._acquire(1 + following)
            self._mine.reserved = following
        else:
            self._mine.reserved -= 1
        with self._lock:
            self._promised -= 1
            self._on_the_way += 1
            self._left, self._left_at_s = self._left_now() - 1, self._clock.now()
        try:
            yield
        finally:
            with self._lock:
                self._on_the_way -= 1

    def answered(self, status: int, rate: RateLimit) -> None:
        """Learn from the answer to the request whose turn it is."""
        with self._lock:
            now_s = self._clock.now()
            if rate.limit and rate.remaining is not None:
                others = self._on_the_way - 1  # of ours; the tenant may not have counted them yet
                self.limit, self._left, self._left_at_s = rate.limit, rate.remaining - others, now_s
                missing = max(0, rate.limit - rate.remaining)
                self._fill_rate = (missing / rate.reset_in_s if rate.reset_in_s else 0) or rate.limit / _FILL_S
            self._one_by_one = max(0, self._one_by_one - 1)
            if status == 429:
                self._one_by_one = _ONE_BY_ONE
                self._refusals += now_s >= self._refused_until_s  # those at the same time count once
                wait_s = min(wait_after_429_s(rate, self._refusals), LONGEST_WAIT_S) + self._clock.jitter()
                self._refused_until_s = max(self._refused_until_s, now_s + wait_s)
            elif now_s >= self._refused_until_s:
                self._refusals = 0

    def exhausted_for_s(self) -> float:
        """Return the seconds for which a request whose place is reserved is bound to be refused all the same.

        Others may have taken what was left since `reserve` looked. 0 if not, or if nothing is reserved.
        """
        with self._lock:
            empty_for_s = 0.0 if self.limit is None else (1 - self._left_now()) / self._fill_rate
            wait_s = max(0.0, self._refused_until_s - self._clock.now(), empty_for_s)
            return wait_s if self.reserved else 0.0

    def _give_back(self) -> int:
        """Give up the places that this thread has reserved and not used, and return their number."""
        with self._lock:
            unused, self._mine.reserved = self.reserved, 0
            self._promised -= unused
            return unused

    def _acquire(self, requests: int) -> None:
        """Wait until that many requests may go, and promise them their place."""
        with self._lock:
            self._queued += requests
        try:
            with self._queue:
                while wait_s := self._promise(requests):
                    self._clock.sleep(min(wait_s + 0.001, _NAP_S))  # rounding may leave what no clock would notice
        finally:
            with self._lock:
                self._queued -= requests

    def _promise(self, requests: int) -> float:
        """Promise the requests their place and return 0, or return the seconds to wait first, and announce them."""
        with self._lock:
            now_s = self._clock.now()
            wait_s, _ = self._wait(requests)
            if wait_s <= 0:
                self._promised += requests
                self._capped_until_s = now_s + (1 / self._cap if self._cap else 0)
                return 0.0
            check_time(now_s, wait_s)
            queue_waits_s, reason = self._wait(self._queued)
            if queue_waits_s > ANNOUNCED_WAIT_S and now_s >= self._announced_until_s:
                self._announced_until_s = now_s + queue_waits_s
                self._on_wait(queue_waits_s, reason)
            return wait_s

    def _wait(self, requests: int) -> tuple[float, str]:
        """Return the seconds until that many may go (0 or less: now), and what they wait for."""
        now_s = self._clock.now()
        refused = "the tenant's rate limit (it has refused a request)"
        waits = [(self._refused_until_s - now_s, refused)]
        if self._one_by_one and self._on_the_way + self._promised:
            waits.append((_NAP_S, refused))
        if self._cap:
            capped_until_s = self._capped_until_s + (requests - 1) / self._cap
            waits.append((capped_until_s - now_s, f"requestsPerSecond ({self._cap:g})"))
        if self.limit is not None:
            needed = self._promised + requests + math.ceil(self.limit * RESERVED_FRACTION)
            missing = min(needed, self.limit) - self._left_now()  # more than it holds will never be there at once
            waits.append((missing / self._fill_rate, "the tenant's rate limit"))
        return max(waits)

    def _left_now(self) -> float:
        """Estimate what the bucket holds."""
        filled = self._left + self._fill_rate * (self._clock.now() - self._left_at_s)
        return filled if self.limit is None else min(self.limit, filled)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text.strip()) else None


def _seconds_until(text: str, now_s: float) -> float | None:
    """Return the seconds from now to a number of seconds, a number since the epoch or an HTTP date."""
    number = _number(text)
    if number is not None and number < _FIRST_DATE_S:
        return float(number)
    at_s = _date(text) if number is None else number
    return None if at_s is None else min(_LONGEST_S, max(0.0, at_s - now_s))


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None
