"""Random histories through the real CLI: fewer steps, the same expectations. ``MODEL_SEED`` repeats them."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant, TenantOptions
from faults.person import edit_now
from model.actor import Actor, Observer
from model.cli_stack import CliStack
from model.expectation import Program
from model.history import RIVALS, STRANGER, TEXTS, VALUES, scene
from model.seeds import history_seed
from support.hand import add, delete, describe, turn_around
from support.workspace import Workspace

STEPS = int(os.environ.get("MODEL_CLI_STEPS", "5"))


class _Walk:
    """One history, drawn from a source of random numbers."""

    def __init__(self, source: random.Random, stack: Actor, rival: Actor) -> None:
        self._source = source
        self._stack = stack
        self._rival = rival
        self.done: list[str] = []

    def step(self) -> None:
        """Do something, and hold what comes out against what has to."""
        choices = [self._edit_and_up] * 3 + [self._edit] * 2 + [self._up, self._preview, self._refresh, self._rival_up]
        if self._stack.managed is not None:
            choices += [self._destroy]
        self._source.choice(choices)()

    def _edit_and_up(self) -> None:
        before = self._stack.program
        permissions = {value: self._text() for value in self._some(VALUES)}
        others = [value for value in VALUES if value not in permissions]
        renames = {}
        if others and self._source.random() < 0.4:
            renames = {self._source.choice(others): self._source.choice(list(permissions))}
        self._stack.program = Program(permissions, renames, before.unmanaged, before.removal, before.approves)
        self._up()

    def _up(self) -> None:
        refresh, skip = self._source.random() < 0.5, self._source.random() < 0.2
        self.done.append(f"up of {self._stack.program}, refresh={refresh}, skip_preview={skip}")
        self._stack.up(refresh=refresh, skip_preview=skip)

    def _preview(self) -> None:
        self.done.append("preview")
        self._stack.preview(refresh=True)

    def _refresh(self) -> None:
        self.done.append("refresh")
        self._stack.refresh()

    def _destroy(self) -> None:
        self.done.append("destroy")
        self._stack.destroy(refresh=False)

    def _rival_up(self) -> None:
        self._rival.program = Program({value: self._text() for value in self._some(RIVALS)}, unmanaged="keep")
        self.done.append(f"the rival's up of {self._rival.program}")
        self._rival.up(refresh=False)

    def _edit(self) -> None:
        value, text = self._source.choice((*VALUES, *RIVALS, STRANGER)), self._text()
        name, edit = self._source.choice(
            [
                (f"adds {value!r}: {text!r}", add(value, text)),
                (f"deletes {value!r}", delete(value)),
                (f"describes {value!r}: {text!r}", describe(value, text)),
                ("turns the list around", turn_around),
            ]
        )
        self.done.append(f"somebody {name}")
        edit_now(self._stack.observer.tenant, edit)

    def _text(self) -> str:
        return self._source.choice(TEXTS)

    def _some(self, values: tuple[str, ...]) -> list[str]:
        return self._source.sample(values, self._source.randint(1, len(values)))


@pytest.mark.parametrize("unmanaged", ["refuse", "keep", "remove"])
def test_the_real_cli_keeps_the_promises(
    tenant: LocalTenant, tmp_path: Path, pulumi_home: Path, unmanaged: str
) -> None:
    """Programs, people and a second stack act on one API through the CLI: it says and does what is expected."""
    number = history_seed()
    source = random.Random(number)
    removal, approves, cascades = source.choice(("warn", "revoke")), source.random() < 0.7, source.random() < 0.5
    api = {value: source.choice(TEXTS) for value in source.sample((*VALUES, STRANGER), 4)}
    tenant.clear_faults()
    tenant.options = TenantOptions(cascade_deleted_permissions=cascades)
    tenant.reset()
    tenant.seed(scene(api, frozenset("abc"), frozenset("bcd"), grants_all=True))
    project = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
    observer = Observer(tenant, grants_all=True, cascades=cascades)
    stack = Actor(CliStack(project, "dev"), observer, Program({"a": ""}, {}, unmanaged, removal, approves))
    rival = Actor(CliStack(project, "rival"), observer, Program({RIVALS[0]: ""}, unmanaged="keep"))
    if approves:
        approved = json.dumps([*VALUES, *RIVALS, STRANGER])
        project.pulumi("config", "set", "--stack", "dev", "auth0-permissions:approvedRemovals", approved)
    walk = _Walk(source, stack, rival)

    try:
        for _ in range(STEPS):
            walk.step()
    except BaseException as broken:
        broken.add_note("\n".join([f"MODEL_SEED={number} repeats this:", f"{api} on the API", *walk.done]))
        raise
