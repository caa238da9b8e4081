"""Run a schedule: a thread for each stack that runs, and what is told about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from .outcome import Outcome, Result
from .schedule import Schedule
from .stacks import FleetStack

__all__ = ["Progress", "Stopper", "run"]


@dataclass
class Stopper:
    """Says whether further stacks may start; set by whoever wants it to stop.

    Attributes:
        reason: why no further stack starts; empty as long as they do.
    """

    reason: str = ""

    def stop(self, reason: str) -> None:
        """Start no further stack."""
        self.reason = self.reason or reason


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    Attributes:
        done: stacks that have ended.
        total: all stacks of this run.
        failed: how many of those that ended did not get where they were to get.
        seconds_left: about how long the rest takes.
    """

    done: int
    total: int
    failed: int
    seconds_left: float


@dataclass
class _Tally:
    clock: Callable[[], float]
    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    def note(self, started_s: float, outcome: Outcome) -> None:
        self.seconds.append(self.clock() - started_s)
        self.failed += not outcome.result.is_done

    def each_s(self) -> float:
        return sum(self.seconds) / len(self.seconds)


def run(
    schedule: Schedule,
    operate: Callable[[FleetStack], Outcome],
    *,
    at_once: int,
    stopper: Stopper,
    max_failures: int | None = None,
    told: Callable[[Outcome, Progress], None] = lambda _outcome, _progress: None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Outcome]:
    """Run all stacks of a schedule and return what came of each, those that were not run among them.

    One that fails does not keep others from running; nor does an error of this program over one of them.

    Args:
        schedule: the stacks.
        operate: runs one stack; called in threads.
        at_once: as for the schedule.
        stopper: once it says stop, what runs ends and nothing else starts.
        max_failures: so many failures stop it; ``None``: none do.
        told: called after each stack that has ended.
        clock: seconds that only grow.
    """
    outcomes: list[Outcome] = []
    tally = _Tally(clock)
    total = len(schedule.waiting())
    with ThreadPoolExecutor(at_once) as threads:
        running: dict[Future[Outcome], tuple[FleetStack, float]] = {}
        while True:
            while not stopper.reason and (stack := schedule.take()):
                running[threads.submit(operate, stack)] = (stack, clock())
            if not running:
                break
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                stack, started_s = running.pop(future)
                schedule.ended(stack)
                outcome = _outcome_of(future, stack)
                tally.note(started_s, outcome)
                outcomes.append(outcome)
                if max_failures is not None and tally.failed >= max_failures:
                    stopper.stop(f"{tally.failed} of {len(outcomes)} stacks failed, which is as many as were allowed")
                left_s = schedule.seconds_left(tally.each_s())
                told(outcome, Progress(len(outcomes), total, tally.failed, left_s))
    rest = [Outcome(s.name, s.tenant, Result.NOT_RUN, message=stopper.reason) for s in schedule.waiting()]
    return [*outcomes, *rest]


def _outcome_of(future: Future[Outcome], stack: FleetStack) -> Outcome:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - whatever it was, it is about one stack, and the others go on
        return Outcome(stack.name, stack.tenant, Result.FAILED, message=f"{type(error).__name__}: {error}")
