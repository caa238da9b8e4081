"""What an answer's headers say about the tenant's rate limit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

__all__ = ["LONGEST_WAIT_S", "RateLimit"]

# A smaller number can't be a date (it would be before September 2001), so it is taken for seconds from now.
_FIRST_PLAUSIBLE_DATE_S = 1_000_000_000
_FIRST_MILLISECONDS = 100_000_000_000  # as seconds these would be after the year 5000
_LONGEST_RESET_S = 120.0  # no documented limit is longer than a minute's
_LONGEST_S = 1e9  # what lies further ahead is cut, so that messages stay readable
LONGEST_WAIT_S = 120.0  # that a request is waited for at the service's demand; beyond it an error says when to return


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The rate-limit headers of one answer; each ``None`` where it is missing or makes no sense.

    Auth0 fills a bucket of ``limit`` requests steadily and documents ``x-ratelimit-reset`` as the time at which it
    will be full again, in whole seconds.

    Attributes:
        limit: requests that the bucket holds.
        remaining: requests that were left in it.
        reset_in_s: seconds until it is full, by the server's own clock where the answer has a ``Date``: up to two
            seconds too long, because both dates are whole seconds.
        retry_after_s: seconds that the service asks to wait.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_in_s: float | None = None
    retry_after_s: float | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str], now_s: float) -> RateLimit:
        """Read them.

        Args:
            headers: names in lower case.
            now_s: seconds since the epoch by our clock, for answers without a ``Date``.
        """
        date_s = _date(headers.get("date"))
        now_s = now_s if date_s is None else date_s
        reset_in_s = _ahead(headers.get("x-ratelimit-reset"), now_s)
        return cls(
            limit=_count(headers.get("x-ratelimit-limit")),
            remaining=_count(headers.get("x-ratelimit-remaining")),
            reset_in_s=None if reset_in_s is None else min(reset_in_s, _LONGEST_RESET_S),
            retry_after_s=_ahead(headers.get("retry-after"), now_s),
        )


def _count(text: str | None) -> int | None:
    number = _number(text)
    return None if number is None or number < 0 else int(number)


def _ahead(text: str | None, now_s: float) -> float | None:
    """Return the seconds from now to a number of seconds, a number since the epoch or an HTTP date."""
    number = _number(text)
    if number is not None and number < _FIRST_PLAUSIBLE_DATE_S:
        return max(0.0, number)
    if number is not None and number >= _FIRST_MILLISECONDS:
        number /= 1000
    at = _date(text) if number is None else number
    return None if at is None else min(_LONGEST_S, max(0.0, at - now_s))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None
