"""What a run came to: the table, the file, the exit code; and what an earlier file says is done already."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from .outcome import Changes, Outcome, Result, printable

__all__ = ["Earlier", "ExitCode", "Report", "is_report", "table"]

_FORMAT = 1
_ORDER = list(Result)
_LINES_SHOWN = 20  # of what went wrong with one stack; the file has all of it


class ExitCode(IntEnum):
    """The exit codes, those of the command ``auth0-permissions``."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 4
    CHANGES = 5
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to, so far or in the end.

    Attributes:
        command: ``preview``, ``up`` or ``refresh``.
        shard: the share of the fleet.
        outcomes: one for each stack that has ended or will not be run.
        seconds: how long it has taken.
        interrupted: whether somebody stopped it.
    """

    command: str
    shard: str
    outcomes: Sequence[Outcome]
    seconds: float
    interrupted: bool = False

    def exit_code(self) -> ExitCode:
        """Return what the process is to end with."""
        cut_short = (Result.NOT_RUN, Result.CANCELLED)
        if self.interrupted and any(outcome.result in cut_short for outcome in self.outcomes):
            return ExitCode.INTERRUPTED
        if not all(outcome.result.is_done for outcome in self.outcomes):
            return ExitCode.FAILED
        if self.command == "preview" and any(outcome.result is Result.CHANGED for outcome in self.outcomes):
            return ExitCode.CHANGES
        return ExitCode.DONE

    def to_data(self) -> dict[str, object]:
        """Return it as JSON data."""
        counts = Counter(outcome.result for outcome in self.outcomes)
        return {
            "format": _FORMAT,
            "command": self.command,
            "shard": self.shard,
            "seconds": round(self.seconds, 2),
            "interrupted": self.interrupted,
            "counts": {result.value: counts[result] for result in Result},
            "stacks": [outcome.to_data() for outcome in sorted(self.outcomes, key=lambda outcome: outcome.stack)],
        }

    def write(self, file: Path) -> None:
        """Write the data; a reader, and who is killed meanwhile, finds the old file or the new one."""
        with tempfile.NamedTemporaryFile(
            "w", dir=file.parent, prefix=f".{file.name}.", encoding="utf-8", delete=False
        ) as made:
            json.dump(self.to_data(), made, indent=1)
            made.write("\n")
        Path(made.name).replace(file)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run came to.

    Attributes:
        command: of that run.
        outcomes: stack → what came of it.
    """

    command: str
    outcomes: Mapping[str, Outcome]

    @classmethod
    def read(cls, file: Path) -> Earlier:
        """Read a report.

        Raises:
            ValueError: it is none.
            OSError: it cannot be read.
        """
        data = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise ValueError("it is no report of this program, or one of another version")
        outcomes = [Outcome.from_data(stack) for stack in _list(data.get("stacks"))]
        return cls(str(data.get("command")), {outcome.stack: outcome for outcome in outcomes})

    def done(self, command: str, stack: str, revision: str) -> Outcome | None:
        """Return what has come of a stack, if it need not be run again.

        The same command has done it from the same revision; or a preview of the same revision has found nothing to do
        for `up`.

        Args:
            command: what is to be run.
            stack: the stack's name.
            revision: the digest of what it would be run from now.
        """
        outcome = self.outcomes.get(stack)
        if outcome is None or outcome.revision != revision or not outcome.result.is_done:
            return None
        if self.command == command:
            return outcome
        nothing_to_do = self.command == "preview" and outcome.result is Result.UNCHANGED
        return outcome if command == "up" and nothing_to_do else None


def is_report(text: bytes) -> bool:
    """Tell whether a file is a report of this program, whatever its name."""
    try:
        data = json.loads(text)
    except ValueError:
        return False
    return isinstance(data, dict) and data.keys() == Report("", "", (), 0).to_data().keys()


def _list(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValueError("its stacks are no list of objects")
    return value


def table(outcomes: Iterable[Outcome], command: str) -> str:
    """Return a table of all stacks, the worst results last, then what went wrong with which.

    Args:
        outcomes: what came of the stacks.
        command: what was run.
    """
    ordered = sorted(outcomes, key=lambda outcome: (_ORDER.index(outcome.result), outcome.stack))
    header = ("stack", "tenant", "result", "+", "-", "~", "conflicts", "seconds")
    rows = [header, *(_row(outcome, command) for outcome in ordered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)  # texts, then numbers
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    for outcome in ordered:
        if outcome.message and outcome.result is not Result.NOT_RUN:
            first, *more = printable(outcome.message).splitlines() or [""]
            cut = [f"… and {n} more lines"] if (n := len(more) - _LINES_SHOWN) > 0 else []
            more = [*more[:_LINES_SHOWN], *cut]
            lines += ["", f"{printable(outcome.stack)}: {first}", *(f"  {line}" for line in more)]
    return "\n".join([*lines, "", _sentence(ordered, command)])


def _row(outcome: Outcome, command: str) -> tuple[str, ...]:
    changes: Changes = outcome.changes
    counts = (changes.added, changes.deleted, changes.altered, outcome.conflicts)
    return (
        printable(outcome.stack),
        printable(outcome.tenant),
        outcome.result.told(command) + (" (earlier)" if outcome.earlier else ""),
        *(str(count) if count else "" for count in counts),
        f"{outcome.seconds:.1f}" if outcome.seconds else "",
    )


def _sentence(outcomes: Sequence[Outcome], command: str) -> str:
    counts = Counter(outcome.result for outcome in outcomes)
    parts = ", ".join(f"{counts[result]} {result.told(command)}" for result in Result if counts[result])
    stacks = f"{len(outcomes)} stack{'' if len(outcomes) == 1 else 's'}"
    stopped = next((outcome.message for outcome in outcomes if outcome.result is Result.NOT_RUN), "")
    return (f"{stacks}: {parts}" if parts else f"{stacks} to run") + (f" ({printable(stopped)})" if stopped else "")
