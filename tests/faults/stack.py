"""A stack as the engine leads it through the hooks: one process a phase, and state that survives them.

The order of calls is the engine's, tried with the real CLI: with a refresh `read` and `diff`, then `check`, `diff`, and
in the update phase what `diff` called for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from tempfile import TemporaryDirectory
from typing import Self

from pulumi.dynamic import DiffResult

from auth0_local_tenant import LocalTenant
from faults.site import Site
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.pulumi_adapter import state as recorded
from pulumi_auth0_permissions.pulumi_adapter.context import CONTEXT_INPUT, Context
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks

Program = Mapping[str, object]

_ACTION = re.compile(
    r"(^|[.:;] )(Run|Check|Correct|Grant|Set|Take|Declare|Look|Choose|To approve|Authorize|Create)\b|run `pulumi",
    re.MULTILINE,
)
_INSIDES = ("Traceback", 'File "', "Error(", "Exception", " object at 0x", "None.", "{'", "urllib3", "HTTPConnection")
_LONGEST = 3000  # characters, several problems at once included; more is no message but a dump


def assert_clear(message: str | None, tenant: LocalTenant) -> None:
    """Assert that a failure is told in sentences, with what to do, without our insides and without secrets."""
    assert message is not None
    assert len(message) <= _LONGEST, message
    assert _ACTION.search(message), f"does not say what to do: {message}"
    assert not [inside for inside in _INSIDES if inside in message], message
    assert tenant.client_secret not in message
    assert "eyJ" not in message, "a token"


@dataclass(frozen=True)
class State:
    """What the engine keeps of a resource."""

    id: str
    inputs: Mapping[str, object]
    outputs: Mapping[str, object]


@dataclass(frozen=True)
class Outcome:
    """How an operation ended."""

    error: str | None  # what the user is told of a failure; None: it went well
    said: tuple[str, ...]  # the messages besides
    shown: tuple[str, ...]  # those of them that the preview brought

    @property
    def text(self) -> str:
        """Everything that the user has read."""
        return "\n".join((*self.said, self.error or ""))


def run_phases(
    site: Site,
    config: Mapping[str, str],
    preview: Callable[[Hooks], object],
    update: Callable[[Hooks], object] = lambda _hooks: None,
    between: Callable[[], object] = lambda: None,
) -> Outcome:
    """Run a preview and an update of it, each in a process of its own, until something stops them."""
    said: list[str] = []
    shown: tuple[str, ...] = ()
    error: str | None = None
    with TemporaryDirectory() as run:
        for phase in (preview, update):
            if phase is update:
                between()
            hooks, heard = site.process(config, run)
            try:
                phase(hooks)
            except PermissionsError as failure:
                error = str(failure)
            said += heard.texts
            if phase is preview:
                shown = tuple(said)
            if error is not None:
                break
    return Outcome(error, tuple(said), shown)


@dataclass
class Stack:
    """A stack with one resource, `orders`."""

    site: Site
    name: str = "dev"
    config: Mapping[str, str] = field(default_factory=dict)
    state: State | None = None  # what the engine keeps; None while there is no resource
    urn: str = ""
    others: tuple[Declaration, ...] = ()  # what other resources of the program declare

    def __post_init__(self) -> None:
        self.urn = self.urn or urn_of("orders", stack=self.name)

    @classmethod
    def adopting(cls, tenant: LocalTenant, program: Program, config: Mapping[str, str] | None = None) -> Self:
        """Return a stack that has applied a program, which declares what its API holds."""
        stack = cls(Site(tenant), config=config or {})
        assert stack.up(program, skip_preview=True).error is None
        assert not any(request.startswith("PATCH") for request in stack.site.requests)
        return stack

    def preview(self, program: Program, *, refresh: bool = False) -> Outcome:
        """Run `pulumi preview`."""
        return run_phases(self.site, self.config, lambda hooks: self._preview(hooks, program, refresh=refresh))

    def up(
        self,
        program: Program,
        *,
        refresh: bool = False,
        skip_preview: bool = False,
        between: Callable[[], object] = lambda: None,
        previewed: Program | None = None,
    ) -> Outcome:
        """Run `pulumi up`.

        Args:
            program: the resource's inputs.
            refresh: with ``--refresh``.
            skip_preview: with ``--skip-preview``.
            between: what other people do between the preview and the user's yes.
            previewed: what the inputs are in the preview, where something in them is not known before the update.
        """

        def preview(hooks: Hooks) -> None:
            if not skip_preview:
                self._preview(hooks, previewed or program, refresh=refresh)

        def update(hooks: Hooks) -> None:
            if refresh:
                self.read(hooks)
            replaced = self.lead(hooks, program, preview=False)
            if replaced is not None:
                hooks.delete(replaced.id, replaced.outputs)

        return run_phases(self.site, self.config, preview, update, between)

    def refresh(self) -> Outcome:
        """Run `pulumi refresh`."""
        return run_phases(self.site, self.config, self._refreshed, self.read)

    def destroy(self, *, refresh: bool = False, between: Callable[[], object] = lambda: None) -> Outcome:
        """Run `pulumi destroy`; without a refresh its preview calls no hook."""

        def destroy(hooks: Hooks) -> None:
            if refresh:
                self.read(hooks)
            if self.state is not None:
                hooks.delete(self.state.id, self.state.outputs)
                self.state = None

        preview = self._refreshed if refresh else lambda _hooks: None
        return run_phases(self.site, self.config, preview, destroy, between)

    def lead(self, hooks: Hooks, program: Program, *, preview: bool, replaces: bool = False) -> State | None:
        """Lead the resource through its steps of a phase; return its old self where that is still to be deleted.

        Raises:
            InvalidInputs: where `check` has something against the inputs.
        """
        state = self.state
        inputs = self._check(hooks, program, state, preview=preview)
        diff = hooks.diff(state.id, state.outputs, inputs) if state else DiffResult(changes=True)
        old = state if diff.replaces or replaces else None
        if old is not None:
            inputs = self._check(hooks, program, None, preview=preview)
        if preview:
            return None
        if state is None or old is not None:
            created = hooks.create(inputs)
            self.state = State(created.id, inputs, created.outs or {})
        else:
            outputs = hooks.update(state.id, state.outputs, inputs).outs if diff.changes else state.outputs
            self.state = State(state.id, inputs, outputs or {})
        return old

    def read(self, hooks: Hooks) -> None:
        """Refresh the resource."""
        self.state = self._refreshed(hooks)

    def _check(self, hooks: Hooks, program: Program, old: State | None, *, preview: bool) -> dict[str, object]:
        context = Context(self.urn, preview, others=self.others).to_input()
        checked = hooks.check(old.inputs if old else {}, {**program, CONTEXT_INPUT: context})
        if checked.failures:
            raise PermissionsError("\n".join(failure.reason for failure in checked.failures))
        return checked.inputs

    def _preview(self, hooks: Hooks, program: Program, *, refresh: bool) -> None:
        state = self._refreshed(hooks) if refresh else self.state
        replace(self, state=state).lead(hooks, program, preview=True)

    def _refreshed(self, hooks: Hooks) -> State | None:
        if self.state is None:
            return None
        found = hooks.read(self.state.id, self.state.outputs)
        if not found.id:
            return None
        outputs, inputs = found.outs or {}, found.inputs
        hooks.diff(found.id, outputs, self.state.inputs)
        if inputs is None:  # the engine then keeps those it has, so they must be right
            assert recorded.inputs_of(self.state.inputs) == recorded.inputs_of(self.state.outputs)
        return State(self.state.id, self.state.inputs if inputs is None else inputs, outputs)


def urn_of(resource: str, *, stack: str = "dev", box: str = "") -> str:
    """Return the URN of a resource, which may stand in a component."""
    parent = f"{box}$" if box else ""
    return f"urn:pulumi:{stack}::shop::{parent}pulumi-python:dynamic/auth0:ApiPermissions::{resource}"
