"""Time that only passes when somebody sleeps, and a rate limit that lives in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pulumi_auth0_permissions.auth0.limits import RateLimit
from pulumi_auth0_permissions.auth0.pace import Pace

__all__ = ["Clock", "LimitedTenant", "make_pace", "no_jitter"]


@dataclass(slots=True)
class Clock:
    """A clock; ``sleep`` moves it, and remembers by how much."""

    now_s: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass; refuses to stand still for ever."""
        assert seconds > 0, "a sleep that lets no time pass would never end"
        self.slept.append(seconds)
        self.now_s += seconds


@dataclass(slots=True)
class LimitedTenant:
    """A token bucket, as the vendor's: ``burst`` requests at once, ``per_second`` come in.

    Attributes:
        clock: what it lives by.
        per_second: requests that come in.
        burst: requests that the bucket holds; it starts full.
        window_s: refill all at once whenever that many seconds have passed, in place of steadily; ``None``: steadily.
        headers: ``all``, ``no-reset``, ``none``, or ``next``: the reset is when the next request comes in, not when the
            bucket is full.
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
        self._at_s = self.clock()

    def request(self) -> tuple[int, RateLimit]:
        """Take one request out; return status and headers."""
        now_s = self.clock()
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
        return (200 if allowed else 429), self._told(now_s)

    def _told(self, now_s: float) -> RateLimit:
        if self.headers == "none":
            return RateLimit()
        if self.headers == "next":
            full_at_s = now_s + (1 - self._left % 1) / self.per_second
        elif self.window_s is None:
            full_at_s = now_s + (self.burst - self._left) / self.per_second
        else:
            full_at_s = self._at_s + self.window_s
        reset_in_s = math.ceil(full_at_s) - math.floor(now_s)  # whole seconds on both sides, as over the wire
        return RateLimit(
            limit=self.burst,
            remaining=int(self._left),
            reset_in_s=None if self.headers == "no-reset" else float(reset_in_s),
        )

    def ask(self, pace: Pace, *, again: bool = False) -> int:
        """Send one request when ``pace`` says so."""
        with pace.turn(again=again) as turn:
            status, told = self.request()
            turn.answered(status, told)
        return status


def no_jitter() -> float:
    """Return no randomness at all."""
    return 0.0


def make_pace(clock: Clock, *, requests_per_second: float | None = None) -> Pace:
    """Make a limiter that lives in virtual time."""
    return Pace(requests_per_second=requests_per_second, clock=clock, sleep=clock.sleep, jitter=no_jitter)
