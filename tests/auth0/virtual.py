"""Time that only passes when somebody sleeps, and a rate limit that lives in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pulumi_auth0_permissions.auth0 import deadline
from pulumi_auth0_permissions.auth0.rate_limiter import RateLimit, RateLimiter

NOW_S = 1_800_000_000.0  # 2027-01-15, 08:00 UTC


class Clock(deadline.Clock):
    """A clock; ``sleep`` moves it, and remembers by how much.

    Args:
        now_s: what it shows.
        wall_s: seconds since the epoch at the same time.
    """

    def __init__(self, now_s: float = 1000.0, *, wall_s: float = NOW_S) -> None:
        self.now_s = now_s
        self.slept: list[float] = []
        self._wall_s = wall_s - now_s

    def now(self) -> float:
        """Return the seconds that it shows."""
        return self.now_s

    def wall(self) -> float:
        """Return the seconds since the epoch."""
        return self._wall_s + self.now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass; refuses to stand still for ever."""
        assert seconds > 0, "a sleep that lets no time pass would never end"
        self.slept.append(seconds)
        self.now_s += seconds

    def jitter(self) -> float:
        """Return no chance at all."""
        return 0.0


@dataclass(slots=True)
class LimitedTenant:
    """A token bucket, as the vendor's: ``burst`` requests at once, ``per_second`` come in.

    Attributes:
        clock: what it lives by.
        per_second: requests that come in.
        burst: requests that the bucket holds; it starts full.
        window_s: refill all at once whenever that many seconds have passed, in place of steadily; ``None``: steadily.
        headers: ``all``, ``no-reset`` or ``none``.
        served: how many requests were let through.
        refused: how many were answered with 429.
        lowest: the smallest number of requests that were left.
    """

    clock: Clock
    per_second: float = 2.0
    burst: int = 10
    window_s: float | None = None
    headers: str = "all"
    served: int = 0
    refused: int = 0
    lowest: float = math.inf
    _left: float = field(init=False)
    _at_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._left = float(self.burst)
        self._at_s = self.clock.now()

    def request(self) -> tuple[int, RateLimit]:
        """Take one request out; return status and headers."""
        now_s = self.clock.now()
        if self.window_s is None:
            self._left = min(float(self.burst), self._left + (now_s - self._at_s) * self.per_second)
            self._at_s = now_s
        elif now_s >= self._at_s + self.window_s:
            self._left = float(self.burst)
            self._at_s += self.window_s * ((now_s - self._at_s) // self.window_s)
        allowed = self._left >= 1
        if allowed:
            self._left -= 1
            self.served += 1
        else:
            self.refused += 1
        self.lowest = min(self.lowest, self._left)
        return (200 if allowed else 429), self._rate(now_s)

    def _rate(self, now_s: float) -> RateLimit:
        if self.headers == "none":
            return RateLimit()
        full_in_s = (self.burst - self._left) / self.per_second
        full_at_s = now_s + full_in_s if self.window_s is None else self._at_s + self.window_s
        reset_in_s = math.ceil(full_at_s) - math.floor(now_s)  # whole seconds on both sides, as over the wire
        return RateLimit(self.burst, int(self._left), None if self.headers == "no-reset" else float(reset_in_s))

    def ask(self, limiter: RateLimiter, *, again: bool = False) -> int:
        """Send one request when the limiter says so."""
        with limiter.turn(again=again):
            status, rate = self.request()
            limiter.answered(status, rate)
        return status
