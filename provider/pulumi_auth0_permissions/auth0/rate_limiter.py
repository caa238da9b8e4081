"""Decide when a request may be sent: within its operation's time, the tenant's rate limit and the user's own cap."""

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
from typing import Self

from pulumi_auth0_permissions.auth0.errors import LONGEST_WAIT_S, ManagementApiError

ANNOUNCED_WAIT_S = 2.0  # shorter waits are not worth a message
RESERVED_FRACTION = 0.2  # of the tenant's limit, left to its log-ins, its other tools and our own other runs
_FILL_S = 10.0  # to fill an empty bucket, where no answer says; slower than any plan that Auth0 documents
_BACKOFF_S = 5.0  # after a 429 that says nothing more
_FIRST_DATE_S = 1_000_000_000  # a smaller number can't be a date (it would be before September 2001)

_operation: ContextVar[tuple[float, float]] = ContextVar("operation", default=(math.inf, math.inf))  # minutes, its end


@contextmanager
def operation(minutes: float) -> Iterator[None]:
    """Limit the time that this thread may take inside: for a hook of the engine, or a command that reads a tenant."""
    token = _operation.set((minutes, time.monotonic() + minutes * 60))
    try:
        yield
    finally:
        _operation.reset(token)


def check_time(wait_s: float = 0.0) -> None:
    """Raise `ManagementApiError` where a wait would end after this thread's operation."""
    minutes, ends_at_s = _operation.get()
    if time.monotonic() + wait_s > ends_at_s:
        raise ManagementApiError(
            f"the operation takes longer than {minutes:g} minutes, so the next request was not sent",
            "Run again: the current state is read first. auth0-permissions:operationTimeout sets the limit.",
        )


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The rate-limit headers of one answer; each ``None`` where it is missing or makes no sense."""

    limit: int | None = None  # requests that the tenant's bucket holds
    remaining: int | None = None  # requests that were left in it
    reset_in_s: float | None = None  # until it is full; up to two too many, since both dates are whole seconds
    retry_after_s: float | None = None  # that the service asks to wait

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Self:
        """Read them (names in lower case), by the server's own clock where the answer has a ``Date``, else by ours."""
        now_s = _number(headers.get("date", "")) or time.time()
        return cls(
            limit=_number(headers.get("x-ratelimit-limit", "")),
            remaining=_number(headers.get("x-ratelimit-remaining", "")),
            reset_in_s=_seconds_until(headers.get("x-ratelimit-reset", ""), now_s, LONGEST_WAIT_S),
            retry_after_s=_seconds_until(headers.get("retry-after", ""), now_s),
        )


class RateLimiter:
    """Delays requests, so that the tenant does not have to refuse them; safe to share between threads.

    Auth0 fills a bucket of requests steadily, and each answer says how many are left and when it will be full. From
    that each request is given the time at which it may be sent, one after the other; a reserve stays for the tenant's
    other users. If that was wrong, a 429 comes: everybody waits as long as it says, and is then given a new time.

    Before a wait longer than `ANNOUNCED_WAIT_S`, ``on_wait`` is called with its seconds and its reason.
    """

    def __init__(self, requests_per_second: float | None, on_wait: Callable[[float, str], None]) -> None:
        self._cap = requests_per_second
        self._on_wait = on_wait
        self._mine = threading.local()
        self._lock = threading.Lock()  # guards all that follows
        self._limit: int | None = None  # requests that the bucket holds
        self._interval_s = 0.0  # in which it gets one more
        self._free_s = -math.inf  # when all requests that were given a time are sent and the reserve is full again
        self._capped_until_s = self._refused_until_s = -math.inf
        self._promised = 0  # requests that were given a time, and are not answered yet

    @property
    def reserved(self) -> int:
        """How many requests this thread may send without a wait."""
        return int(getattr(self._mine, "reserved", 0))

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests, or as many as the bucket holds, may go at once: inside, by this thread."""
        self._mine.reserved = self._acquire(requests)
        try:
            yield
        finally:
            self._give_back(self.reserved)
            self._mine.reserved = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until one request may go; send it inside, and hand in its answer by `answered`."""
        if self.reserved:
            self._mine.reserved -= 1
        else:
            self._acquire(1)
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
                self._limit = rate.limit
                missing = max(1, rate.limit - rate.remaining)
                self._interval_s = rate.reset_in_s / missing if rate.reset_in_s else _FILL_S / rate.limit
                others = self._promised - 1  # of ours; the tenant may not have counted them yet
                reserve = int(rate.limit * RESERVED_FRACTION)
                # In the past by as many intervals as requests may go at once; in the future while the reserve is short.
                self._free_s = now_s - (rate.remaining - others - reserve) * self._interval_s
            if status == 429:
                wait_s = min(rate.retry_after_s or rate.reset_in_s or _BACKOFF_S, LONGEST_WAIT_S)
                # Runs that share a tenant must not come back in step.
                self._refused_until_s = max(self._refused_until_s, now_s + wait_s + random.random())  # noqa: S311
                # One pair goes then: all at once would be too many again.
                self._free_s = max(self._free_s, self._refused_until_s - 2 * self._interval_s)

    def _acquire(self, requests: int) -> int:
        """Wait until that many requests may go, or as many as the bucket holds, and return their number."""
        requests = min(requests, self._limit or requests)
        while True:
            with self._lock:
                now_s, refused_until_s = time.monotonic(), self._refused_until_s
                starts_s, reason = max(
                    (now_s, ""),
                    (refused_until_s, "the tenant's rate limit (it has refused a request)"),
                    (self._capped_until_s, f"requestsPerSecond ({self._cap or 0:g})"),
                    (self._free_s + requests * self._interval_s, "the tenant's rate limit"),
                )
                wait_s = starts_s - now_s
                check_time(wait_s)
                self._free_s += requests * self._interval_s
                if self._cap:
                    self._capped_until_s = starts_s + requests / self._cap
                self._promised += requests
            if wait_s > ANNOUNCED_WAIT_S:
                self._on_wait(wait_s, reason)
            if wait_s > 0:
                time.sleep(wait_s)
            if self._refused_until_s == refused_until_s:
                return requests
            self._give_back(requests)  # another one was refused meanwhile

    def _give_back(self, requests: int) -> None:
        with self._lock:
            self._promised -= requests
            self._free_s -= requests * self._interval_s


def _number(text: str) -> int | None:
    """Read a number, or an HTTP date as seconds since the epoch, never below 0; spaces may stand around it."""
    try:
        is_number = re.fullmatch(r"\s*[0-9]{1,15}\s*", text)
        return max(0, int(text if is_number else parsedate_to_datetime(text).timestamp()))
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None


def _seconds_until(text: str, now_s: float, at_most: float = math.inf) -> float | None:
    """Return the seconds until a time, or the number of seconds that the text itself gives."""
    number = _number(text)
    if number is None:
        return None
    is_date = number >= _FIRST_DATE_S or ":" in text
    return min(at_most, max(0.0, number - now_s) if is_date else float(number))
