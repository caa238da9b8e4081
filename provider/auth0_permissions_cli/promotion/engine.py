"""Update of a stack through Pulumi's Automation API, in one run with its preview: it does what was shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pulumi.automation import CommandError, ConcurrentUpdateError, InvalidVersionError, LocalWorkspace, Stack
from pulumi.automation.events import DiagnosticEvent, EngineEvent

from auth0_permissions_cli.stacks.interruption import to_its_end
from auth0_permissions_cli.stacks.pulumi import last_error
from auth0_permissions_cli.stacks.state import RESOURCE_TYPE
from pulumi_auth0_permissions.core.conflicts import is_conflict
from pulumi_auth0_permissions.promotion.pins import PINS_VARIABLE, pins_text
from pulumi_auth0_permissions.pulumi_adapter.run import RUN_BY_VARIABLE, RUN_VARIABLE

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
        for step in self.steps.values():
            if step.errors:
                lines += [f"{step.name}: {text}" for text in (*step.said, *step.errors)]
        return "\n".join(lines)


class Engine:
    """The engine, at work on one stack; ``environ`` counts where it differs from this process's own."""

    def __init__(self, stack: str, cwd: Path, environ: Mapping[str, str]) -> None:
        self.environ = {**environ, RUN_VARIABLE: str(os.getpid())}  # for all that is one run with the update
        self._stack, self._cwd = stack, cwd

    def apply(self, revisions: Mapping[str, str], *, user: str, line: Callable[[str], None]) -> Operation:
        """Update the stack to what was previewed: nothing beyond it, from the same revisions of the source.

        Args:
            revisions: logical API name → revision, as the source has applied it.
            user: who runs it.
            line: is shown what the provider is about.
        """
        wanted = {**self.environ, PINS_VARIABLE: pins_text(revisions), RUN_BY_VARIABLE: user}
        changed = {name: value for name, value in wanted.items() if os.environ.get(name) != value}
        absent = dict.fromkeys(os.environ.keys() - wanted.keys(), "")  # the Automation API can take none away
        operation = Operation()
        try:
            workspace = _Workspace(work_dir=str(self._cwd))
            workspace.env_vars = {**absent, **changed, "PULUMI_SKIP_UPDATE_CHECK": "true"}
            stack = Stack.select(self._stack, workspace)

            def on_event(event: EngineEvent) -> None:
                if event.diagnostic_event is not None and event.diagnostic_event.ephemeral:
                    line(_COLOUR.sub("", event.diagnostic_event.message).strip())
                _note(operation, event)

            to_its_end(lambda: stack.up(color="never", on_event=on_event, show_secrets=False))
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
