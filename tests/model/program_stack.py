"""A stack with several resources on one API, as the engine leads it through the hooks."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from faults.scene import ORDERS, ORDERS_ID
from faults.site import Site, process_run
from faults.stack import State
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from pulumi_auth0_permissions.pulumi_adapter.private_files import private_folder
from pulumi_auth0_permissions.pulumi_adapter.records import RunRecords
from pulumi_auth0_permissions.pulumi_adapter.state import CONTEXT_INPUT, Context


@dataclass(frozen=True)
class Declares:
    """What one resource of the program declares.

    Attributes:
        values: permissions.
        by_id: whether it names the API by its id.
        box: the component that it stands in; another one makes another resource of it.
    """

    values: frozenset[str]
    by_id: bool = False
    box: str = ""

    @property
    def api(self) -> str:
        """The API as the program names it."""
        return ORDERS_ID if self.by_id else ORDERS


class Refused(Exception):
    """Raised where the engine would stop."""


@dataclass
class ProgramStack:
    """A stack whose resources share an API.

    Attributes:
        site: where it lives.
        modes: inputs that all resources have.
        config: the stack's configuration.
        states: what the engine keeps, by URN.
        owned: what was applied of each of them.
    """

    site: Site
    modes: Mapping[str, str]
    config: Mapping[str, str] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    owned: dict[str, frozenset[str]] = field(default_factory=dict)

    def up(
        self,
        program: Mapping[str, Declares],
        order: Sequence[str],
        *,
        skip_preview: bool = False,
        refresh: bool = False,
        targets: Collection[str] | None = None,
        replaces: Collection[str] = (),
    ) -> str | None:
        """Run `pulumi up` and return what stopped it.

        Args:
            program: resource name → what it declares.
            order: the names in the order in which the engine gets to them.
            skip_preview: with ``--skip-preview``.
            refresh: with ``--refresh``.
            targets: URNs, with ``--target``; resources that left the program among them.
            replaces: URNs, with ``--replace``.
        """
        run = _Run(self, {self.urn(name, program[name]): program[name] for name in program}, targets, replaces)
        urns = [self.urn(name, program[name]) for name in order]
        try:
            if not skip_preview:
                run.phase(urns, refresh=refresh, preview=True)
            run.phase(urns, refresh=refresh, preview=False)
        except (PermissionsError, Refused) as error:
            return str(error)
        finally:
            self._forget_run()
        return None

    def destroy(self) -> str | None:
        """Run `pulumi destroy` and return what stopped it."""
        hooks, _ = self.site.process(self.config)
        try:
            for urn in list(self.states):
                hooks.delete(self.states[urn].id, self.states[urn].outputs)
                del self.states[urn], self.owned[urn]
        except PermissionsError as error:
            return str(error)
        return None

    @staticmethod
    def urn(name: str, declares: Declares) -> str:
        """Return a resource's URN."""
        box = f"{declares.box}$" if declares.box else ""
        return f"urn:pulumi:dev::shop::{box}pulumi-python:dynamic/auth0:ApiPermissions::{name}"

    def _forget_run(self) -> None:
        shutil.rmtree(private_folder() / "runs" / str(process_run()), ignore_errors=True)


@dataclass
class _Run:
    stack: ProgramStack
    program: Mapping[str, Declares]
    targets: Collection[str] | None
    replaces: Collection[str]

    def phase(self, urns: Sequence[str], *, refresh: bool, preview: bool) -> None:
        """Lead one provider process through a preview or an update."""
        hooks, _ = self.stack.site.process(self.stack.config)
        self._leave_declarations()
        targeted = [urn for urn in urns if self.targets is None or urn in self.targets]
        states = self.stack.states if not preview else dict(self.stack.states)
        if refresh:
            for urn in [urn for urn in states if self.targets is None or urn in self.targets]:
                found = hooks.read(states[urn].id, states[urn].outputs)
                assert found is not None
                inputs = states[urn].inputs if found.inputs is None else found.inputs
                states[urn] = State(states[urn].id, inputs, found.outputs)
        replaced = [step for urn in targeted if (step := self._step(hooks, states, urn, preview=preview))]
        if preview:
            return
        gone = [urn for urn in states if urn not in self.program and (self.targets is None or urn in self.targets)]
        for state in [*replaced, *(states[urn] for urn in gone)]:
            hooks.delete(state.id, state.outputs)
        for urn in gone:
            del states[urn], self.stack.owned[urn]

    def _step(self, hooks: Hooks, states: dict[str, State], urn: str, *, preview: bool) -> State | None:
        """Check and, in an update, apply one resource; return the old self that is still to be deleted."""
        old = states.get(urn)
        inputs = self._check(hooks, urn, old, preview=preview)
        changes, replaces = hooks.diff(old.outputs, inputs) if old else (True, ["new"])
        if old is not None and (replaces or urn in self.replaces):
            inputs = self._check(hooks, urn, None, preview=preview)
            if preview:
                return None
            id_, outputs = hooks.create(inputs)
            states[urn] = State(id_, inputs, outputs)
            self.stack.owned[urn] = self.program[urn].values
            return old
        if preview:
            return None
        if old is None:
            id_, outputs = hooks.create(inputs)
            states[urn] = State(id_, inputs, outputs)
        else:
            outputs_now = hooks.update(old.id, old.outputs, inputs) if changes else dict(old.outputs)
            states[urn] = State(old.id, inputs, outputs_now)
        self.stack.owned[urn] = self.program[urn].values
        return None

    def _check(self, hooks: Hooks, urn: str, old: State | None, *, preview: bool) -> dict[str, object]:
        others = tuple(_declaration(other, one) for other, one in self.program.items() if other != urn)
        declares = self.program[urn]
        news = {
            "api": declares.api,
            "permissions": dict.fromkeys(sorted(declares.values), ""),
            **self.stack.modes,
            CONTEXT_INPUT: Context(urn, preview, others=others).to_input(),
        }
        inputs, problems = hooks.check(old.inputs if old else {}, news)
        if problems:
            raise Refused("\n".join(str(problem) for problem in problems))
        return inputs

    def _leave_declarations(self) -> None:
        """Note what the program declares, as the program itself does."""
        records = RunRecords(process_run())
        for urn, one in self.program.items():
            records.declare(_declaration(urn, one))


def _declaration(urn: str, declares: Declares) -> Declaration:
    return Declaration(urn.split("::")[-1], declares.api, declares.values)
