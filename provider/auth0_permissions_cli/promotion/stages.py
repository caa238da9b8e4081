"""The two stacks of a promotion: their configuration and state, and the update of one."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auth0_permissions_cli.access import settings_of
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.review.stack_review import Complaint
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.stacks.state import StackSnapshot, our_resource, read_stack
from pulumi_auth0_permissions.chain import (
    EXPECTED_REVISIONS_VARIABLE,
    RECEIPT_OUTPUT,
    Receipt,
    expected_revisions,
    receipt_of,
)
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.settings import Settings, StageConfig

_READING: Final = ("same", "read", "refresh")  # steps that change nothing


@dataclass(frozen=True, slots=True, repr=False)
class StageStack:
    """One stack of a promotion; its settings hold secrets, so it has no ``repr``."""

    stack: Stack
    stage: StageConfig  # its place in the chain
    settings: Settings  # its tenant, credentials and defaults
    snapshot: StackSnapshot  # what its state holds; of a stack that nothing was applied to, nothing
    receipt: Receipt | None  # what it has applied as a stage; None if nothing

    @property
    def name(self) -> str:
        """The stack's name, as it was given."""
        return self.stack.name


def read_stage_stack(stack: Stack) -> StageStack:
    """Read a stack's configuration and state; secrets are neither shown nor kept anywhere else."""
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_stack, stack)
        config = stack.config()
        snapshot = reading.result()
    settings = settings_of(stack, config)
    try:
        stage = StageConfig.read(config.get)
    except InvalidInputs as error:
        raise CommandFailed(f'the configuration of stack "{escape(stack.name)}": {error}') from None
    return StageStack(stack, stage, settings, snapshot, receipt_in(snapshot))


def receipt_in(snapshot: StackSnapshot) -> Receipt | None:
    """Return the receipt that a stack exports; ``None`` where it exports none."""
    value = snapshot.outputs.get(RECEIPT_OUTPUT)
    return None if value is None else receipt_of(value, snapshot.name)


@dataclass(frozen=True, slots=True)
class Operation:
    """The outcome of an update."""

    failed: bool
    done: frozenset[str]  # resources that the engine has reported as carried out, by logical API name
    messages: tuple[Complaint, ...]  # in order

    @property
    def errors(self) -> list[Complaint]:
        """The errors among the messages."""
        return [one for one in self.messages if one.is_error]

    def message(self) -> str:
        """Return all errors as one text; for a refused plan, with the plan and who is affected."""
        failing = {one.urn for one in self.errors}
        found = [(our_resource(one.urn), one.message) for one in self.messages if one.urn in failing]
        return "\n".join(f"{name}: {text}" if name else text for name, text in sorted(found, key=lambda one: one[0]))


def update(stack: Stack, source: Receipt, line: Callable[[str], None]) -> Operation:
    """Update a stack to what was previewed: nothing beyond it, from what the source has applied by its receipt.

    ``line`` shows the provider's progress.
    """
    with tempfile.TemporaryDirectory(prefix="auth0-permissions-") as folder:
        ran = stack.run_engine(
            *("up", "--yes", "--skip-preview", "--json", "--color=never"),
            folder=Path(folder),
            line=line,
            environment={EXPECTED_REVISIONS_VARIABLE: expected_revisions(source)},
        )
    done = set()
    messages: list[Complaint] = []
    for event in _events(ran.stdout):
        step = event.get("resOutputsEvent", {}).get("metadata", {})
        if step.get("op") not in _READING:
            done.add(our_resource(step.get("urn") or ""))
        if complaint := Complaint.of(event.get("diagnosticEvent", {})):
            messages.append(complaint)
    if ran.returncode != 0 and not any(one.is_error for one in messages):
        messages.append(Complaint("", str(stack.failure(ran.stderr))))
    return Operation(ran.returncode != 0, frozenset(done) - {""}, tuple(dict.fromkeys(messages)))


def _events(output: str) -> Iterator[Mapping[str, Any]]:
    """Yield the engine's events, each of which is a line of JSON."""
    for text in output.splitlines():
        with suppress(ValueError, RecursionError):
            yield json.loads(text)
