"""What a preview has shown binds the update of the same run, in the processes that the engine would start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from auth0_local_tenant import LocalTenant
from faults.messages import assert_clear
from faults.person import add, edit_now
from faults.run import Run, RunProvider
from faults.scene import ORDERS, held
from faults.site import Site
from faults.stack import Program, Stack, State
from support.provider_process import error_of

OURS = {
    "read:orders": "Read orders",
    "theirs:orders": "Of another team",
    "write:orders": "",
    "delete:orders": "Delete orders",
}
LESS = {value: text for value, text in OURS.items() if value != "delete:orders"}

Start = Callable[[Run], RunProvider]


@pytest.fixture
def runs(tenant: LocalTenant, tmp_path: Path) -> Iterator[Callable[[], Run]]:
    """Starts runs of one machine."""
    with ExitStack() as running:
        yield lambda: running.enter_context(Run({"XDG_RUNTIME_DIR": str(tmp_path)}))


@pytest.fixture
def start(tenant: LocalTenant) -> Iterator[Start]:
    """Starts the provider process of a phase of a run."""
    config = Site(tenant).config
    with ExitStack() as processes:
        yield lambda run: processes.enter_context(RunProvider(run, config))


def _managed(tenant: LocalTenant, mode: str) -> tuple[State, Program]:
    """Return the state of a stack that manages the whole API, and its program."""
    stack = Stack(Site(tenant))
    program: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": mode}
    assert stack.up(program).error is None
    assert stack.state is not None
    return stack.state, program


def _preview(process: RunProvider, state: State, program: Program, *, refresh: bool) -> None:
    """Call the hooks as in a preview."""
    olds, inputs = _refreshed(process, state) if refresh else (state.outputs, state.inputs)
    checked, failures = process.check(program, inputs)
    assert failures == {}
    process.diff(state.id, olds, checked)


def _update(process: RunProvider, state: State, program: Program, *, refresh: bool) -> str:
    """Call the hooks as in an update, and return the error of it, or an empty text."""
    olds, inputs = _refreshed(process, state) if refresh else (state.outputs, state.inputs)
    checked, _ = process.check(program, inputs, preview=False)
    if not process.diff(state.id, olds, checked)[0]:
        return ""
    try:
        process.update(state.id, olds, checked)
    except grpc.RpcError as error:
        return error_of(error)
    return ""


def _refreshed(process: RunProvider, state: State) -> tuple[Mapping[str, object], Mapping[str, object]]:
    _, outputs, inputs = process.read(state.id, state.outputs)
    process.diff(state.id, outputs, state.inputs)
    return outputs, state.inputs if inputs is None else inputs


@pytest.mark.parametrize(("mode", "refresh"), [("refuse", True), ("keep", False), ("remove", True), ("remove", False)])
def test_what_the_preview_did_not_show_going_does_not_go(
    tenant: LocalTenant, runs: Callable[[], Run], start: Start, mode: str, *, refresh: bool
) -> None:
    """A permission that appears between preview and update is there afterwards in every mode, refreshed or not."""
    state, program = _managed(tenant, mode)
    program = {**program, "permissions": LESS}
    run = runs()
    _preview(start(run), state, program, refresh=refresh)
    edit_now(tenant, add("stranger:orders", "Of somebody else"))

    error = _update(start(run), state, program, refresh=refresh)

    assert held(tenant).api["stranger:orders"] == "Of somebody else"
    if mode == "keep":
        assert error == ""
        assert "delete:orders" not in held(tenant).api
    else:
        assert_clear(error, tenant)
        assert "stranger:orders" in error
        assert held(tenant).api == {**OURS, "stranger:orders": "Of somebody else"}


def test_another_run_does_not_do_what_the_preview_showed(
    tenant: LocalTenant, runs: Callable[[], Run], start: Start
) -> None:
    """What one run has shown is nobody else's permission to do it: an update of another run goes by the state."""
    state, program = _managed(tenant, "remove")
    edit_now(tenant, add("stranger:orders", "Of somebody else"))
    shown, other = runs(), runs()
    _preview(start(shown), state, program, refresh=False)

    unseen = _update(start(other), state, program, refresh=False)
    there = held(tenant).api
    done = _update(start(shown), state, program, refresh=False)

    assert unseen == ""
    assert there == {**OURS, "stranger:orders": "Of somebody else"}
    assert done == ""
    assert held(tenant).api == OURS
