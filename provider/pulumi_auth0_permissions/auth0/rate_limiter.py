"""When a request may be sent: in its operation's time, and within the tenant's rate limit and the user's own cap."""

from __future__ import annotations

import math
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from pulumi_auth0_permissions.auth0.errors import LONGEST_WAIT_S, ManagementApiError

ANNOUNCED_WAIT_S = 2.0  # shorter waits are not worth a message
RESERVED_FRACTION = 0.2  # of the tenant's limit, left to its log-ins, its other tools and our own other runs
_FILL_S = 10.0  # to fill an empty bucket, where no answer says; slower than any plan that Auth0 documents
_LONGEST_RESET_S = 60.0  # no documented limit is longer than a minute's
_LONGEST_BACKOFF_S = 30.0  # after a 429 that says nothing more
_ONE_BY_ONE = 10  # requests after a 429
_NAP_S = 0.25  # after which a waiting thread looks whether another one's answer changed things
_ROUNDING_S = 0.001  # less than this no clock would notice
_FIRST_DATE_S = 1_000_000_000  # a smaller number can't be a date (it would be before September 2001)
_LONGEST_S = 1e9  # what lies further ahead is cut, so that messages stay readable

_operation: ContextVar[tuple[float, float]] = ContextVar("operation", default=(math.inf, math.inf))  # minutes, its end


@contextmanager
def operation(minutes: float) -> Iterator[None]:
    """Bound the time of what this thread does inside: a hook of the engine, a command's look at a tenant."""
    token = _operation.set((minutes, time.monotonic() + minutes * 60))
    try:
        yield
    finally:
        _operation.reset(token)


def check_time(wait_s: float = 0.0) -> None:
    """Check that this thread's operation, if it is part of one, has time for a wait and what follows it.

    Raises:
        ManagementApiError: it has not.
    """
    minutes, ends_at_s = _operation.get()
    if time.monotonic() + wait_s > ends_at_s:
        raise ManagementApiError(
            f"the operation takes longer than {minutes:g} minutes, so the next request was not sent",
            "Run again: what is there will be read first. auth0-permissions:operationTimeout sets the limit.",
        )


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The rate-limit headers of one answer; each ``None`` where it is missing or makes no sense."""

    limit: int | None = None  # requests that the tenant's bucket holds
    remaining: int | None = None  # requests that were left in it
    reset_in_s: float | None = None  # until it is full; both dates are whole seconds, so up to two too many
    retry_after_s: float | None = None  # that the service asks to wait

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> RateLimit:
        """Read them (names in lower case), by the server's own clock where the answer has a ``Date``, else by ours."""
        now_s = _date(headers.get("date", "")) or time.time()
        reset_in_s = _seconds_until(headers.get("x-ratelimit-reset", ""), now_s)
        return cls(
            limit=_number(headers.get("x-ratelimit-limit", "")),
            remaining=_number(headers.get("x-ratelimit-remaining", "")),
            reset_in_s=None if reset_in_s is None else min(reset_in_s, _LONGEST_RESET_S),
            retry_after_s=_seconds_until(headers.get("retry-after", ""), now_s),
        )

    def wait_after_429_s(self, refusals: int) -> float:
        """Return the seconds to wait after a 429: what it says, else longer with each one in a row."""
        return self.retry_after_s or self.reset_in_s or min(_LONGEST_BACKOFF_S, 2.0 ** min(refusals - 1, 10))


class RateLimiter:
    """Lets requests go that are not bound to be refused; safe to share between threads.

    Auth0 fills a bucket of requests steadily, and each answer says how many are left and when it will be full. What
    comes in until the next answer is estimated from that, less what we send; a reserve stays for the tenant's other
    users. Where the estimate is wrong a 429 comes: everybody waits as long as it says, and for a while requests go one
    by one (or pair by pair), so that what others draw shows in time.

    Args:
        requests_per_second: a cap of the user's own; ``None``: none.
        on_wait: called once for each wait longer than `ANNOUNCED_WAIT_S`: seconds, and what is waited for.
    """

    def __init__(self, requests_per_second: float | None, on_wait: Callable[[float, str], None]) -> None:
        self._cap = requests_per_second
        self._on_wait = on_wait
        self._mine = threading.local()
        self._queue = threading.Lock()  # one waits at a time, so that single requests do not starve a pair
        self._lock = threading.Lock()  # guards all that follows
        self._limit: int | None = None
        self._left = self._left_at_s = 0.0  # requests in the bucket less those that are promised, and when
        self._fill_rate = 1.0  # requests a second
        self._one_by_one = 0  # requests to go
        self._queued = self._promised = self._refusals = 0  # promised: allowed to go, and not answered yet
        self._refused_until_s = self._capped_until_s = self._announced_until_s = -math.inf

    @property
    def reserved(self) -> int:
        """How many requests this thread may send without a wait."""
        return int(getattr(self._mine, "reserved", 0))

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests may go at once; inside, this thread sends them without a wait.

        Where the bucket never holds as many, the last ones wait after all. What is not used is given back.
        """
        self._mine.reserved = self._acquire(requests)
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
            following = self._give_back()  # or others would wait for it while this thread waits for them
            self._mine.reserved = self._acquire(1 + following)
        self._mine.reserved -= 1
        try:
            yield
        finally:
            with self._lock:
                self._promised -= 1

    def answered(self, status: int, rate: RateLimit) -> None:
        """Learn from the answer to the request whose turn it is."""
        with self._lock:
            now_s = time.monotonic()
            if rate.limit and rate.remaining is not None:
                others = self._promised - 1  # of ours; the tenant may not have counted them yet
                self._limit, self._left, self._left_at_s = rate.limit, rate.remaining - others, now_s
                missing = max(0, rate.limit - rate.remaining)
                self._fill_rate = (missing / rate.reset_in_s if rate.reset_in_s else 0) or rate.limit / _FILL_S
            self._one_by_one = max(0, self._one_by_one - 1)
            if status == 429:
                self._one_by_one = _ONE_BY_ONE
                self._refusals += now_s >= self._refused_until_s  # those at the same time count once
                wait_s = min(rate.wait_after_429_s(self._refusals), LONGEST_WAIT_S)
                # Runs that share a tenant must not come back in step.
                self._refused_until_s = max(self._refused_until_s, now_s + wait_s + random.random())  # noqa: S311
            elif now_s >= self._refused_until_s:
                self._refusals = 0

    def _give_back(self) -> int:
        """Give up the places that this thread has and has not used, and return their number."""
        unused, self._mine.reserved = self.reserved, 0
        with self._lock:
            self._promise(-unused)
        return unused

    def _acquire(self, requests: int) -> int:
        """Wait until that many requests may go, or as many as the bucket holds, and return their number."""
        with self._lock:
            self._queued += requests
        try:
            with self._queue:
                while True:
                    granted, wait_s = self._grant(requests)
                    if granted:
                        return granted
                    time.sleep(min(wait_s + _ROUNDING_S, _NAP_S))
        finally:
            with self._lock:
                self._queued -= requests

    def _grant(self, requests: int) -> tuple[int, float]:
        """Return how many may go now; if none, the seconds to wait first, which are announced where they are many."""
        with self._lock:
            now_s = time.monotonic()
            requests = min(requests, self._limit or requests)
            wait_s, _ = self._wait(requests, now_s)
            if wait_s <= 0:
                self._promise(requests)
                self._capped_until_s = now_s + (requests / self._cap if self._cap else 0)
                return requests, 0.0
            check_time(wait_s)
            queue_waits_s, reason = self._wait(self._queued, now_s)
            if queue_waits_s > ANNOUNCED_WAIT_S and now_s >= self._announced_until_s:
                self._announced_until_s = now_s + queue_waits_s
                self._on_wait(queue_waits_s, reason)
            return 0, wait_s

    def _wait(self, requests: int, now_s: float) -> tuple[float, str]:
        """Return the seconds until that many may go (0 or less: now), and what they wait for."""
        refused = "the tenant's rate limit (it has refused a request)"
        waits = [(self._refused_until_s - now_s, refused)]
        if self._one_by_one and self._promised:
            waits.append((_NAP_S, refused))
        if self._cap:
            waits.append((self._capped_until_s - now_s, f"requestsPerSecond ({self._cap:g})"))
        if self._limit is not None:
            needed = min(self._limit, requests + math.ceil(self._limit * RESERVED_FRACTION))
            waits.append(((needed - self._left_now()) / self._fill_rate, "the tenant's rate limit"))
        return max(waits)

    def _promise(self, requests: int) -> None:
        self._left, self._left_at_s = self._left_now() - requests, time.monotonic()
        self._promised += requests

    def _left_now(self) -> float:
        """Estimate what the bucket holds, less what is promised."""
        filled = self._left + self._fill_rate * (time.monotonic() - self._left_at_s)
        return filled if self._limit is None else min(self._limit, filled)


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
