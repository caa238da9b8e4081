"""Update of a stack by the engine, in one run with its preview: it does what was shown."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from auth0_permissions_cli.stacks.pulumi import Stack, stack_failure
from auth0_permissions_cli.stacks.state import RESOURCE_TYPE
from pulumi_auth0_permissions.core.conflicts import is_conflict
from pulumi_auth0_permissions.promotion.config import EXPECTED_REVISIONS_VARIABLE

_READING: Final = ("same", "read", "refresh")  # steps that change nothing
# What the engine adds to a failure that was reported already.
_ECHOES: Final = (
    "an unhandled error occurred: program exited",
    "preview failed",
    "update failed",
    "refresh failed",
)


@dataclass(slots=True)
class Step:
    """What the engine says of one resource."""

    said: list[str] = field(default_factory=list)  # the provider's messages, in order
    errors: list[str] = field(default_factory=list)  # the errors among them
    is_done: bool = False  # whether the engine has reported it as carried out

    @property
    def is_conflict(self) -> bool:
        """Whether it failed since somebody else has changed the API meanwhile."""
        return any(is_conflict(text) for text in self.errors)


@dataclass(slots=True)
class Operation:
    """What came of an update."""

    steps: dict[str, Step] = field(default_factory=dict)  # the resources of ours, by logical API name
    errors: list[str] = field(default_factory=list)  # errors that are not about one of them
    failed: bool = False  # whether the operation failed

    @property
    def is_conflict(self) -> bool:
        """Whether it failed over nothing but what other people did meanwhile."""
        failing = [step for step in self.steps.values() if step.errors]
        return self.failed and not self.errors and bool(failing) and all(step.is_conflict for step in failing)

    def message(self) -> str:
        """Return all errors as one text; what failed over its plan, with the plan and who is hit."""
        lines = [*self.errors]
        for name, step in self.steps.items():
            if step.errors:
                lines += [f"{name}: {text}" for text in (*step.said, *step.errors)]
        return "\n".join(lines)


def update(stack: Stack, revisions: Mapping[str, str], line: Callable[[str], None]) -> Operation:
    """Update a stack to what was previewed: nothing beyond it, from the same revisions of the source.

    Args:
        stack: the stack.
        revisions: logical API name → revision, as the source has applied it.
        line: is shown what the provider is about.
    """
    with tempfile.TemporaryDirectory(prefix="auth0-permissions-") as folder:
        done = stack.run_engine(
            *("up", "--yes", "--skip-preview", "--json", "--color=never"),
            folder=Path(folder),
            line=line,
            environment={EXPECTED_REVISIONS_VARIABLE: json.dumps(revisions, sort_keys=True)},
        )
    operation = Operation(failed=done.returncode != 0)
    for text in done.stdout.splitlines():
        _note(operation, text)
    if operation.failed and not operation.message():
        operation.errors.append(str(stack_failure(stack.name, done.stderr)))
    return operation


def _note(operation: Operation, text: str) -> None:
    """Note one event of the engine, a line of JSON."""
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return
    done = event.get("resOutputsEvent", {}).get("metadata", {})
    if (step := _step(operation, done.get("urn"))) is not None and done.get("op") not in _READING:
        step.is_done = True
    _step(operation, event.get("resourcePreEvent", {}).get("metadata", {}).get("urn"))
    said = event.get("diagnosticEvent", {})
    if not said.get("ephemeral"):
        _note_message(operation, said)


def _note_message(operation: Operation, said: Mapping[str, Any]) -> None:
    is_error = said.get("severity") == "error"
    message = str(said.get("message") or "").strip().removeprefix("error: ")
    if not message or (is_error and message.startswith(_ECHOES)):
        return
    step = _step(operation, said.get("urn"))
    if step is None and not is_error:
        return
    messages = operation.errors if step is None else step.errors if is_error else step.said
    if message not in messages:
        messages.append(message)


def _step(operation: Operation, urn: str | None) -> Step | None:
    """Return what is known of a resource of ours; ``None`` for all others."""
    parts = (urn or "").split("::", 3)
    if len(parts) < 4 or parts[2].split("$")[-1] != RESOURCE_TYPE:
        return None
    return operation.steps.setdefault(parts[3], Step())
