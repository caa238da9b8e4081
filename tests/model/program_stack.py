"""A stack with several resources on one API, as the engine leads it through the hooks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from faults.scene import ORDERS, ORDERS_ID
from faults.site import Site
from faults.stack import Stack, State, run_phases, urn_of
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks


@dataclass(frozen=True)
class Declares:
    """What one resource of the program declares."""

    values: frozenset[str]  # permissions
    by_id: bool = False  # whether it names the API by its id
    box: str = ""  # the component that it stands in; another one makes another resource of it

    @property
    def api(self) -> str:
        """The API as the program names it."""
        return ORDERS_ID if self.by_id else ORDERS

    def urn(self, name: str) -> str:
        """Return the URN that a resource of that name has."""
        return urn_of(name, box=self.box)


@dataclass
class ProgramStack:
    """A stack whose resources share an API."""

    site: Site
    modes: Mapping[str, str]  # inputs that all resources have
    config: Mapping[str, str] = field(default_factory=dict)
    resources: dict[str, Stack] = field(default_factory=dict)  # what the engine keeps, by URN
    owned: dict[str, frozenset[str]] = field(default_factory=dict)  # what was applied of each of them

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
        declared = {program[name].urn(name): program[name] for name in order}

        def phase(hooks: Hooks, *, preview: bool) -> None:
            if not (preview and skip_preview):
                self._phase(declared, hooks, refresh=refresh, preview=preview, targets=targets, replaces=replaces)

        return run_phases(self.site, self.config, partial(phase, preview=True), partial(phase, preview=False)).error

    def destroy(self) -> str | None:
        """Run `pulumi destroy` and return what stopped it."""

        def leave(hooks: Hooks) -> None:
            for urn in list(self.resources):
                self._delete(hooks, urn)

        return run_phases(self.site, self.config, leave).error

    def _delete(self, hooks: Hooks, urn: str) -> None:
        state = self.resources[urn].state
        assert state is not None
        hooks.delete(state.id, state.outputs)
        del self.resources[urn], self.owned[urn]

    def _phase(
        self,
        declared: Mapping[str, Declares],
        hooks: Hooks,
        *,
        refresh: bool,
        preview: bool,
        targets: Collection[str] | None,
        replaces: Collection[str],
    ) -> None:
        """Lead one provider process through a preview or an update."""
        declarations = {urn: Declaration(urn.split("::")[-1], one.api, one.values) for urn, one in declared.items()}
        for declaration in declarations.values():  # as the program itself does
            hooks._session.records.declare(declaration)
        resources = {urn: replace(one) for urn, one in self.resources.items()} if preview else self.resources
        for urn, resource in resources.items():
            if refresh and (targets is None or urn in targets):
                resource.read(hooks)
                assert resource.state is not None
        old: list[State | None] = []
        for urn, one in declared.items():
            if targets is not None and urn not in targets:
                continue
            resource = resources.get(urn) or Stack(self.site, urn=urn)
            resource.others = tuple(other for at, other in declarations.items() if at != urn)
            inputs = {"api": one.api, "permissions": dict.fromkeys(sorted(one.values), ""), **self.modes}
            old.append(resource.lead(hooks, inputs, preview=preview, replaces=urn in replaces))
            if not preview:
                resources[urn], self.owned[urn] = resource, one.values
        if preview:
            return
        for state in filter(None, old):
            hooks.delete(state.id, state.outputs)
        for urn in [urn for urn in resources if urn not in declared and (targets is None or urn in targets)]:
            self._delete(hooks, urn)
