"""The time that clients in the process of the tests live by: it passes when somebody sleeps."""

from typing import cast

import pytest

from pulumi_auth0_permissions.auth0 import http, rate_limiter, token

NOW_S = 1_800_000_000.0  # 2027-01-15, 08:00 UTC


class Clock:
    """Time that only passes when somebody sleeps, and remembers by how much.

    Attributes:
        now_s: seconds that it shows.
        slept: the sleeps so far.
    """

    def __init__(self, now_s: float = 1000.0, *, wall_s: float = NOW_S) -> None:
        self.now_s = now_s
        self.slept: list[float] = []
        self._wall_s = wall_s - now_s

    def monotonic(self) -> float:
        """Return the seconds that it shows."""
        return self.now_s

    def time(self) -> float:
        """Return the seconds since the epoch."""
        return self._wall_s + self.now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now_s += seconds

    def random(self) -> float:
        """Return no chance at all."""
        return 0.0


def install(patch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Make this the time that clients live by."""
    for module in (http, rate_limiter, token):
        patch.setattr(module, "time", clock)
    for module in (http, rate_limiter):
        patch.setattr(module, "random", clock)


def installed() -> Clock:
    """Return the time that clients live by."""
    return cast("Clock", vars(rate_limiter)["time"])
