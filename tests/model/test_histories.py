"""Random histories that try to break the promises; any law that is broken shows the shortest history that does it."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from auth0_local_tenant import Fault, LocalTenant, TenantOptions
from faults.scene import edit_now, give_role_now, grant_now
from faults.site import Killed, Site
from faults.stack import Outcome, Stack
from model.actor import Actor, scene
from model.laws import Program
from model.seeds import run_histories
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import private_folder
from support.hand import Edit, add, delete, describe, turn_around

VALUES = ("a", "b", "c", "d", "e ", "f", "g")  # one ends in a space, as a real API's does
MOST_DECLARED = 4  # so that there is room for new names
RIVALS = ("r1", "r2")  # of another stack's program
STRANGER = "x"  # in nobody's program
TEXTS = ("", "A", "B")

FAULTS = {
    "429 with headers": Fault("rate_limit"),
    "429 without headers": Fault("rate_limit", with_headers=False),
    "500": Fault("status", status=500),
    "503": Fault("status", status=503, headers=(("Retry-After", "3"),)),
    "HTML error page": Fault("status", status=502, body="<html>Bad gateway</html>"),
    "malformed JSON": Fault("status", status=200, body='{"id": "65f0'),
    "dropped before": Fault("drop_before"),
    "dropped after": Fault("drop_after"),
    "token expired": Fault("expire_tokens"),
}

texts = st.sampled_from(TEXTS)
declared = st.dictionaries(st.sampled_from(VALUES), texts, min_size=1, max_size=MOST_DECLARED)
anything = st.sampled_from((*VALUES, *RIVALS, STRANGER))
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(add, anything, texts),
    st.builds(delete, anything),
    st.builds(describe, anything, texts),
    st.just(turn_around),
)


Change = Callable[[Program, Mapping[str, str]], Program]
"""What becomes of a program, given what is on the API."""


def stay(program: Program, _api: Mapping[str, str]) -> Program:
    """Leave the program as it is."""
    return program


def adopt(program: Program, api: Mapping[str, str]) -> Program:
    """Declare all that is on the API besides, as one does when told of unmanaged permissions."""
    rest = {value: text for value, text in api.items() if value not in program.renames}
    return replace(program, permissions={**rest, **program.permissions})


def rewrite(permissions: dict[str, str], olds: list[str], program: Program, _api: Mapping[str, str]) -> Program:
    """Declare something else from now on, and sometimes rename something to a part of it."""
    moves = {old: new for old, new in zip(olds, permissions, strict=False) if old not in permissions}
    return replace(program, permissions=permissions, renames=moves)


def rename(which: int, to: int, program: Program, api: Mapping[str, str]) -> Program:
    """Rename something that the program declares to something that is nowhere yet, if there is room."""
    olds = [value for value in program.permissions if value in api]
    news = [value for value in VALUES if value not in api and value not in program.permissions]
    if not olds or not news:
        return program
    old, new = olds[which % len(olds)], news[to % len(news)]
    permissions = {new if value == old else value: text for value, text in program.permissions.items()}
    return replace(program, permissions=permissions, renames={old: new})


places = st.integers(0, len(VALUES))
renames = st.builds(partial, st.just(rename), places, places)
rewrites = st.builds(partial, st.just(rewrite), declared, st.lists(st.sampled_from(VALUES), max_size=1))
changes: st.SearchStrategy[Change] = st.one_of(st.just(stay), st.just(adopt), rewrites, renames, renames)


class History(RuleBasedStateMachine):
    """One history: a tenant, a stack in one of the modes, a rival stack, and people."""

    stack: Actor
    rival: Actor

    def __init__(self, tenant: LocalTenant, unmanaged: str) -> None:
        super().__init__()
        self.tenant = tenant
        self.unmanaged = unmanaged

    @initialize(data=st.data(), permissions=declared)
    def begin(self, data: st.DataObject, permissions: dict[str, str]) -> None:
        """Set the scene: an API that is much as the program wants it, under management or not."""
        shutil.rmtree(private_folder() / "renames", ignore_errors=True)  # of the history before, on the same API
        missing = data.draw(st.frozensets(st.sampled_from(VALUES), max_size=2))
        more = data.draw(st.dictionaries(st.sampled_from((*VALUES, STRANGER)), texts, max_size=1))
        role, grant = (data.draw(st.frozensets(st.sampled_from(VALUES), min_size=3)) for _ in range(2))
        removal = data.draw(st.sampled_from(("warn", "warn", "revoke", "revoke", "refuse", "refuse_if_held")))
        approves = data.draw(st.sampled_from((True, True, True, False)))
        grants_all, cascades, is_managed = (data.draw(st.booleans()) for _ in range(3))
        api = {**{value: text for value, text in permissions.items() if value not in missing}, **more}
        self.tenant.clear_faults()
        self.tenant.options = TenantOptions(cascade_deleted_permissions=cascades)
        self.tenant.reset()
        self.tenant.seed(scene(api, role, grant, grants_all=grants_all))
        approved = '["' + '", "'.join((*VALUES, *RIVALS, STRANGER)) + '"]'
        config = {"auth0-permissions:approvedRemovals": approved} if approves else {}
        program = Program(permissions, {}, self.unmanaged, removal, approves)
        rivals = Program({RIVALS[0]: ""}, unmanaged="keep")
        self.stack = Actor(Stack(Site(self.tenant), "dev", config), self.tenant, program, grants_all, cascades)
        self.rival = Actor(Stack(Site(self.tenant), "rival"), self.tenant, rivals, grants_all, cascades)
        if is_managed:
            self.stack.up(refresh=False)

    @rule(change=changes)
    def change(self, change: Change) -> None:
        """The program changes."""
        self.stack.program = change(self.stack.program, self.stack.world().api)

    @rule(refresh=st.booleans())
    def preview(self, *, refresh: bool) -> None:
        """`pulumi preview`."""
        self.stack.preview(refresh=refresh)

    @rule(change=changes, refresh=st.booleans(), skip_preview=st.booleans(), again=st.booleans())
    def up(self, change: Change, *, refresh: bool, skip_preview: bool, again: bool) -> None:
        """The program changes or not, and is applied, sometimes twice."""
        self.change(change)
        if self.stack.up(refresh=refresh, skip_preview=skip_preview) and again:
            self.stack.up_again()

    @rule(change=changes, edit=edits, refresh=st.booleans())
    def up_while_somebody_edits(self, change: Change, edit: Edit, *, refresh: bool) -> None:
        """`pulumi up`, and an edit between its preview and its update."""
        self.change(change)
        self.stack.up_with_rival(partial(edit_now, self.tenant, edit), refresh=refresh)

    @rule(change=changes, refresh=st.booleans())
    def up_while_the_rival_applies(self, change: Change, *, refresh: bool) -> None:
        """`pulumi up`, and another stack's between its preview and its update."""
        self.change(change)
        self.stack.up_with_rival(lambda: self.rival.up(refresh=False), refresh=refresh)

    @rule(
        change=changes,
        fault=st.sampled_from(tuple(FAULTS)),
        after=st.integers(0, 29),
        times=st.sampled_from((1, 2, None)),
        refresh=st.booleans(),
        recover=st.booleans(),
    )
    def up_with_a_fault(
        self, change: Change, fault: str, after: int, times: int | None, *, refresh: bool, recover: bool
    ) -> None:
        """`pulumi up` with a fault at one of its requests, or from there on."""
        self.change(change)

        def disturb(run: Callable[[], Outcome]) -> Outcome:
            self.tenant.add_fault(replace(FAULTS[fault], after=after, times=times))
            try:
                return run()
            finally:
                self.tenant.clear_faults()

        self.stack.up_disturbed(disturb, refresh=refresh, recover=recover)

    @rule(
        change=changes,
        exchange=st.integers(0, 29),
        before=st.booleans(),
        refresh=st.booleans(),
        recover=st.booleans(),
    )
    def up_killed(self, change: Change, exchange: int, *, before: bool, refresh: bool, recover: bool) -> None:
        """`pulumi up`, killed at one of its requests."""
        self.change(change)

        def disturb(run: Callable[[], Outcome]) -> Outcome | None:
            try:
                with self.stack.stack.site.killing(exchange, before=before):
                    return run()
            except Killed:
                return None

        self.stack.up_disturbed(disturb, refresh=refresh, recover=recover)

    @rule()
    @precondition(lambda self: self.stack.stack.state is not None)
    def refresh(self) -> None:
        """`pulumi refresh`."""
        self.stack.refresh()

    @rule(refresh=st.booleans())
    @precondition(lambda self: self.stack.stack.state is not None)
    def destroy(self, *, refresh: bool) -> None:
        """`pulumi destroy`."""
        self.stack.destroy(refresh=refresh)

    @rule(edit=edits)
    def edit(self, edit: Edit) -> None:
        """Somebody edits the API in the dashboard."""
        edit_now(self.tenant, edit)

    @rule(scope=st.lists(st.sampled_from(VALUES), unique=True))
    def grant(self, scope: list[str]) -> None:
        """Somebody gives the client grant another list."""
        grant_now(self.tenant, scope)

    @rule(value=st.sampled_from(VALUES))
    def give(self, value: str) -> None:
        """Somebody gives the role a permission, if the API has it."""
        if value in self.stack.world().api:
            give_role_now(self.tenant, value)

    @rule(permissions=st.dictionaries(st.sampled_from(RIVALS), texts, min_size=1))
    def rival_up(self, permissions: dict[str, str]) -> None:
        """Another stack applies its program to the same API."""
        self.rival.program = Program(permissions, unmanaged="keep")
        self.rival.up(refresh=False)

    @rule()
    @precondition(lambda self: self.rival.stack.state is not None)
    def rival_leaves(self) -> None:
        """Another stack is destroyed."""
        self.rival.destroy(refresh=False)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("unmanaged", ["refuse", "keep", "remove"])
def test_no_history_breaks_a_promise(tenant: LocalTenant, unmanaged: str) -> None:
    """Whatever programs, people, rivals, faults and crashes do to one API, every promise is kept at every step."""
    run_histories(partial(History, tenant, unmanaged))
