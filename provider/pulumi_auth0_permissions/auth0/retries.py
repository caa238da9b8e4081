"""Whether and when a request is sent again: pure bookkeeping for one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from pulumi_auth0_permissions.auth0.limits import LONGEST_WAIT_S
from pulumi_auth0_permissions.auth0.transport_errors import TransportError

__all__ = ["Kind", "Retries"]

MAX_ATTEMPTS = 4  # of a request that may be repeated, 429s not counted
MAX_CONNECTION_ATTEMPTS = 3  # when not even a connection came about: the user has most likely to correct something
MAX_REFUSALS = 8  # 429s; the limiter's waits between them grow
MAX_TOTAL_S = 300.0  # from the first attempt to the start of the last
_FIRST_PAUSE_S = 0.5  # doubled each time, less up to half of it at random
_LONGEST_PAUSE_S = 10.0


class Kind(Enum):
    """What may be done with a request whose answer is missing or bad."""

    READ = auto()  # repeat: it changes nothing (the token request included)
    REPEATABLE_WRITE = auto()  # repeat: twice is as good as once (permissions of roles are added and taken one by one)
    WRITE_ONCE = auto()  # never repeat: it replaces a whole list, and by now somebody else may have changed it


@dataclass(slots=True)
class Retries:
    """The attempts of one call.

    Attributes:
        kind: what may be repeated.
        started_s: when the first attempt began, on ``clock``.
        clock: seconds that only grow.
        jitter: returns a number from 0 to 1.
    """

    kind: Kind
    clock: Callable[[], float]
    jitter: Callable[[], float]
    started_s: float = field(init=False)
    failures: int = field(init=False, default=0)
    refusals: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.started_s = self.clock()

    def pause_after_failure_s(self, failure: TransportError | None, retry_after_s: float | None) -> float | None:
        """Return the seconds to pause before the next attempt; ``None``: there is none.

        Args:
            failure: why there was no usable answer; ``None`` for an answer of status 5xx.
            retry_after_s: what the answer asked for, if it did.
        """
        self.failures += 1
        if self.kind is Kind.WRITE_ONCE or (failure is not None and not failure.transient):
            return None
        unconnected = failure is not None and not failure.was_sent
        if (retry_after_s or 0.0) > LONGEST_WAIT_S:
            return None
        if self.failures >= (MAX_CONNECTION_ATTEMPTS if unconnected else MAX_ATTEMPTS):
            return None
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (self.failures - 1))
        pause_s = max(pause_s * (1 - self.jitter() / 2), retry_after_s or 0.0)
        return pause_s if self._elapsed_s() + pause_s <= MAX_TOTAL_S else None

    def again_after_refusal(self, wait_s: float) -> bool:
        """Tell whether to send again after a 429, given the seconds that the limiter will wait first."""
        self.refusals += 1
        return (
            self.kind is not Kind.WRITE_ONCE
            and self.refusals < MAX_REFUSALS
            and wait_s <= LONGEST_WAIT_S + 1  # the limiter adds a moment of its own
            and self._elapsed_s() + wait_s <= MAX_TOTAL_S
        )

    @property
    def attempts(self) -> int:
        """How many attempts have come to nothing."""
        return self.failures + self.refusals

    def _elapsed_s(self) -> float:
        return self.clock() - self.started_s
