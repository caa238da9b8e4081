"""What rate-limit headers say."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.auth0.limits import RateLimit

NOW_S = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # NOW_S


def test_the_documented_headers_are_read() -> None:
    """Limit, remaining and the time until full come from their headers."""
    headers = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "1800000002"}

    assert RateLimit.read(headers, NOW_S) == RateLimit(limit=10, remaining=7, reset_in_s=2.0)


def test_without_headers_nothing_is_known() -> None:
    """An answer that says nothing is read as that."""
    assert RateLimit.read({}, NOW_S) == RateLimit()


def test_the_servers_clock_counts() -> None:
    """Where the answer has a Date, a wrong clock on this machine does no harm."""
    headers = {"date": DATE, "x-ratelimit-reset": "1800000002", "retry-after": "Fri, 15 Jan 2027 08:00:05 GMT"}

    assert RateLimit.read(headers, NOW_S - 3600) == RateLimit(reset_in_s=2.0, retry_after_s=5.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), ("0", 0.0), ("2.5", 2.5), ("-4", 0.0), (DATE, 0.0), ("Fri, 15 Jan 2027 08:01:00 GMT", 60.0)],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float) -> None:
    """Both forms of RFC 9110 are read; what has passed is no wait."""
    assert RateLimit.read({"retry-after": text}, NOW_S).retry_after_s == seconds


def test_a_small_reset_is_taken_for_seconds() -> None:
    """A reset of 30 can't be a date, so it is half a minute."""
    assert RateLimit.read({"x-ratelimit-reset": "30"}, NOW_S).reset_in_s == 30


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "1e999", "99999999999999999999 GMT", "Fri, 99 Jan 2027"])
def test_nonsense_is_read_as_nothing(text: str) -> None:
    """Headers that make no sense are passed over, whatever they are."""
    headers = dict.fromkeys(("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"), text)

    assert RateLimit.read(headers, NOW_S) == RateLimit()


def test_a_negative_count_is_read_as_nothing() -> None:
    """A bucket holds no negative number of requests."""
    assert RateLimit.read({"x-ratelimit-limit": "-1", "x-ratelimit-remaining": "-1"}, NOW_S) == RateLimit()
