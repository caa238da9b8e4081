"""Preview and update of one stack through Pulumi's Automation API, as one run: the update does what was shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pulumi.automation import CommandError, ConcurrentUpdateError, InvalidVersionError, LocalWorkspace, Stack
from pulumi.automation.events import DiagnosticEvent, EngineEvent

from auth0_permissions_cli.promotion.interruption import to_its_end
from auth0_permissions_cli.stacks.pulumi import last_error
from auth0_permissions_cli.stacks.state import RESOURCE_TYPE
from pulumi_auth0_permissions.core.conflicts import is_conflict
from pulumi_auth0_permissions.core.model import Change
from pulumi_auth0_permissions.promotion.pins import PINS_VARIABLE, pins_text
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords
from pulumi_auth0_permissions.pulumi_adapter.run import RUN_VARIABLE, this_process

_COLOUR = re.compile(r"<\{%.*?%\}>")
_PREFIX = re.compile(rf"{re.escape(RESOURCE_TYPE)} resource '.*?' has a problem: ")  # of what `check` says
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

    urn: str  # the resource's URN
    said: list[str] = field(default_factory=list)  # the provider's messages, in order
    errors: list[str] = field(default_factory=list)  # the errors among them
    # what is to be done to the API, as the preview has recorded it; None where there is no record
    changes: tuple[Change, ...] | None = None
    is_done: bool = False  # whether the engine has reported it as carried out

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def is_conflict(self) -> bool:
        """Whether it failed since somebody else has changed the API meanwhile."""
        return any(is_conflict(text) for text in self.errors)


@dataclass(slots=True)
class Operation:
    """What came of a preview or an update."""

    steps: dict[str, Step] = field(default_factory=dict)  # the resources of ours, by logical API name
    errors: list[str] = field(default_factory=list)  # errors that are not about one of them
    failed: bool = False  # whether the operation failed

    @property
    def is_refusal(self) -> bool:
        """Whether it failed over plans that were made and shown, and a rule that stands against them."""
        return self._fails_only_where(lambda step: step.changes is not None)

    @property
    def is_conflict(self) -> bool:
        """Whether it failed over nothing but what other people did meanwhile."""
        return self._fails_only_where(lambda step: step.is_conflict)

    def _fails_only_where(self, holds: Callable[[Step], bool]) -> bool:
        failing = [step for step in self.steps.values() if step.errors]
        return self.failed and not self.errors and bool(failing) and all(map(holds, failing))

    def message(self) -> str:
        """Return all errors as one text; what failed over its plan, with the plan and who is hit."""
        lines = [*self.errors]
        for step in self.steps.values():
            if step.errors:
                lines += [f"{step.name}: {text}" for text in (*step.said, *step.errors)]
        return "\n".join(lines)


class Engine:
    """The engine, at work on one stack; ``environ`` counts where it differs from this process's own."""

    def __init__(self, stack: str, cwd: Path, environ: Mapping[str, str]) -> None:
        changed = {name: value for name, value in environ.items() if os.environ.get(name) != value}
        self._environ = {
            **dict.fromkeys(os.environ.keys() - environ.keys(), ""),  # the Automation API can take none away
            **changed,
            RUN_VARIABLE: str(os.getpid()),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._stack, self._cwd = stack, cwd
        self._workspace: LocalWorkspace | None = None

    def preview(self) -> Operation:
        """Preview the stack with its program; writes nothing."""
        return self._run(lambda stack, on_event: stack.preview(color="never", on_event=on_event), {})

    def apply(self, revisions: Mapping[str, str]) -> Operation:
        """Update the stack to what was previewed: nothing beyond it, from the same revisions of the source."""
        pins = {PINS_VARIABLE: pins_text(revisions)}
        return self._run(lambda stack, on_event: stack.up(color="never", on_event=on_event, show_secrets=False), pins)

    def _run(
        self, operate: Callable[[Stack, Callable[[EngineEvent], None]], object], environ: Mapping[str, str]
    ) -> Operation:
        operation = Operation()
        try:
            self._workspace = self._workspace or _Workspace(work_dir=str(self._cwd))  # asks the CLI for its version
            self._workspace.env_vars = {**self._environ, **environ}
            stack = Stack.select(self._stack, self._workspace)
            to_its_end(lambda: operate(stack, lambda event: _note(operation, event)))
        except ConcurrentUpdateError:
            operation.failed = True
            operation.errors.append(
                f"somebody else works on stack {self._stack}. Try again when that is done; if nobody does, an "
                f"operation was cut off: `pulumi cancel --stack {self._stack}` lets go of the stack."
            )
        except (CommandError, InvalidVersionError) as error:
            operation.failed = True
            if not operation.message():
                said = str(error).rpartition("\n stderr: ")[2]  # behind the code and the output
                operation.errors.append(last_error(said))
        records = PreviewRecords(this_process())
        for step in operation.steps.values():
            record = records.load(step.urn)
            step.changes = None if record is None or record.api_id is None else record.changes
        return operation


class _Workspace(LocalWorkspace):
    """A workspace that leaves the user's selected stack alone; every command names its stack."""

    def select_stack(self, stack_name: str) -> None:
        """Select nothing."""


def _note(operation: Operation, event: EngineEvent) -> None:
    if event.resource_pre_event is not None and event.resource_pre_event.metadata.type == RESOURCE_TYPE:
        _step(operation, event.resource_pre_event.metadata.urn)
    if event.res_outputs_event is not None:
        done = event.res_outputs_event.metadata
        if done.type == RESOURCE_TYPE and done.op not in _READING:
            _step(operation, done.urn).is_done = True
    if event.diagnostic_event is not None and not event.diagnostic_event.ephemeral:
        _note_message(operation, event.diagnostic_event)


def _note_message(operation: Operation, event: DiagnosticEvent) -> None:
    text = _PREFIX.sub("", _COLOUR.sub("", event.message).strip())
    about_ours = event.urn is not None and f"::{RESOURCE_TYPE}::" in event.urn
    is_echo = text.removeprefix("error: ").startswith(_ECHOES)
    if not text or (is_echo and event.severity == "error"):
        return
    if event.urn is not None and about_ours:
        step = _step(operation, event.urn)
        messages = step.errors if event.severity == "error" else step.said
        if text not in messages:
            messages.append(text)
    elif event.severity == "error" and text not in operation.errors:
        operation.errors.append(text)


def _step(operation: Operation, urn: str) -> Step:
    name = urn.split("::", 3)[3]
    return operation.steps.setdefault(name, Step(urn))
