"""What came of one stack: read from the engine's events and from the plans that the provider leaves; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

__all__ = ["Changes", "Outcome", "Result", "judge", "printable"]

_OURS = "pulumi-python:dynamic/auth0:ApiPermissions"
_CONFLICT = "conflict on "  # how the provider's message on one begins
_PREFIX = re.compile(rf"{re.escape(_OURS)} resource '.*?' has a problem: ")  # the engine's own, before the message
_COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
# What the engine adds to a failure that has been told already.
_ECHOES = (
    "an unhandled error occurred: program exited",
    "preview failed",
    "update failed",
    "refresh failed",
    "resource partially",
)
_NO_CHANGES = {"same", "read", "refresh"}


class Result(StrEnum):
    """How it went with one stack, from nothing to worst."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"  # of a preview: there is something to do
    NOT_RUN = "not run"
    CANCELLED = "cancelled"  # told to stop while it ran; what it had done is recorded
    CONFLICT = "conflict"  # somebody else has changed the API since its preview: nothing was written over them
    FAILED = "failed"

    @property
    def is_done(self) -> bool:
        """Whether the stack has got where it was to get."""
        return self in (Result.UNCHANGED, Result.CHANGED)

    def told(self, command: str) -> str:
        """Return it in words for people: what a preview found is still to be changed."""
        return "to change" if self is Result.CHANGED and command == "preview" else self.value


@dataclass(frozen=True, slots=True)
class Changes:
    """Permissions to add, to delete, and to rename or describe anew."""

    added: int = 0
    deleted: int = 0
    altered: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(self.added + other.added, self.deleted + other.deleted, self.altered + other.altered)

    def __str__(self) -> str:
        signed = (("+", self.added), ("-", self.deleted), ("~", self.altered))
        return " ".join(f"{sign}{n}" for sign, n in signed if n)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one stack.

    Attributes:
        stack: its name.
        tenant: its tenant.
        result: how it went.
        changes: what its preview showed (of a refresh: what the tenant has that the state did not).
        conflicts: APIs that somebody else has changed meanwhile.
        seconds: how long it took.
        cpu_seconds: processor time of all of its processes.
        revision: digest of what it was run from; see `revision`.
        message: what went wrong.
        earlier: whether this is from an earlier run.
    """

    stack: str
    tenant: str
    result: Result
    changes: Changes = Changes()
    conflicts: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    revision: str = ""
    message: str = ""
    earlier: bool = False

    def to_data(self) -> dict[str, object]:
        """Return it as JSON data."""
        return {**asdict(self), "seconds": round(self.seconds, 2), "cpu_seconds": round(self.cpu_seconds, 2)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Outcome:
        """Read what `to_data` has made, in an earlier run.

        Raises:
            ValueError: it is something else.
        """
        try:
            found = cls(**{field.name: data[field.name] for field in fields(cls)})
            return replace(found, result=Result(found.result), changes=Changes(**data["changes"]), earlier=True)
        except (LookupError, TypeError) as error:
            raise ValueError(f"no outcome of a stack: {error}") from None


def judge(
    code: int,
    output: str,
    events: Sequence[Mapping[str, Any]],
    plans: Sequence[Mapping[str, Any]],
    *,
    interrupted: bool,
) -> tuple[Result, Changes, int, str]:
    """Return how an operation went, the changes, the number of conflicts, and what went wrong.

    Args:
        code: exit code of the CLI.
        output: what it printed.
        events: the engine's events, as its log has them.
        plans: what the provider's preview showed, one for each API.
        interrupted: whether it was told to stop.
    """
    changes = _planned(plans, events)
    if code == 0:
        counts = [event["summaryEvent"].get("resourceChanges") or {} for event in events if "summaryEvent" in event]
        steps = {op for count in counts for op, n in count.items() if n}
        return (Result.CHANGED if steps - _NO_CHANGES else Result.UNCHANGED), changes, 0, ""
    errors = list(dict.fromkeys(_errors(events)))
    conflicts = sum(_CONFLICT in error.partition("\n")[0] for error in errors)
    message = "\n".join(errors) or _last_error(output)
    if interrupted:
        return Result.CANCELLED, changes, conflicts, message
    return (Result.CONFLICT if errors and conflicts == len(errors) else Result.FAILED), changes, conflicts, message


def _planned(plans: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]) -> Changes:
    changes = Changes()
    for plan in plans:
        for change in plan.get("changes") or ():
            changes += _KINDS.get(str(change.get("kind")), Changes(altered=1))
    told = {plan.get("urn") for plan in plans}
    for event in events:
        # An API that leaves the program: the engine asks the provider only when it is deleted, not in a preview.
        step = (event.get("resourcePreEvent") or {}).get("metadata") or {}
        if step.get("type") == _OURS and step.get("op") == "delete" and step.get("urn") not in told:
            changes += Changes(deleted=len(_state(step, "old").get("permissions") or {}))
        # A refresh leaves no plan; what it found is the difference between the two states.
        step = (event.get("resOutputsEvent") or {}).get("metadata") or {}
        if step.get("type") == _OURS and step.get("op") == "update" and not plans and _is_refresh(events):
            changes += _difference(_held(_state(step, "old")), _held(_state(step, "new")))
    return changes


_KINDS = {"create": Changes(added=1), "delete": Changes(deleted=1)}


def _is_refresh(events: Sequence[Mapping[str, Any]]) -> bool:
    steps = [(event.get("resourcePreEvent") or {}).get("metadata") or {} for event in events]
    return all(step.get("op") == "refresh" for step in steps if step.get("type") == _OURS)


def _state(step: Mapping[str, Any], which: str) -> Mapping[str, Any]:
    return (step.get(which) or {}).get("outputs") or {}


def _held(state: Mapping[str, Any]) -> dict[str, str]:
    return {**(state.get("permissions") or {}), **(state.get("unmanaged_permissions") or {})}


def _difference(old: Mapping[str, str], new: Mapping[str, str]) -> Changes:
    kept = old.keys() & new.keys()
    return Changes(len(new.keys() - kept), len(old.keys() - kept), sum(old[value] != new[value] for value in kept))


def _errors(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for event in events:
        told = event.get("diagnosticEvent") or {}
        if told.get("severity") != "error":
            continue
        text = _PREFIX.sub("", _COLOUR.sub("", str(told.get("message"))).strip()).removeprefix("error: ")
        if text and not text.startswith(_ECHOES):
            urn = str(told.get("urn") or "")
            yield f"{urn.split('::', 3)[3]}: {text}" if f"{_OURS}::" in urn else text


def _last_error(output: str) -> str:
    lines = [line.strip() for line in _COLOUR.sub("", output).splitlines() if line.strip()]
    errors = [line.removeprefix("error:").strip() for line in lines if line.startswith("error:")]
    return (errors or lines or ["`pulumi` failed without a word"])[-1]


def printable(text: str) -> str:
    """Return a text without what a terminal would take for a command; lines are kept."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
