"""One stack of the model: what it has been told, what it believes to own, and what its operations must come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from auth0_local_tenant import JournalEntry, LocalTenant
from faults.scene import GRANT, ORDERS, ORDERS_ID, ROLE, held
from faults.stack import Outcome, Stack, assert_clear
from model.expectation import Expectation, Program, Reading, World, expected, expected_of_leaving, read


@dataclass
class Observer:
    """Sees what the tenant holds and what was sent to it; sends nothing itself."""

    tenant: LocalTenant
    grants_all: bool  # whether a client grant follows the API's list
    cascades: bool  # whether the tenant takes deleted permissions from roles

    def world(self) -> World:
        """Return what is there."""
        there = held(self.tenant)
        return World(there.api, there.role, there.grant, self.grants_all, self.cascades)

    def watch(self) -> None:
        """Forget what was sent until now."""
        self.tenant.clear_journal()

    def writes_of(self, client_id: str) -> list[JournalEntry]:
        """Return what an application has sent to change something since `watch`."""
        return [
            entry
            for entry in self.tenant.journal()
            if entry.client_id == client_id and entry.method != "GET" and "/oauth/" not in entry.path
        ]


@dataclass
class Actor:
    """A stack, led through operations that are held against what must come out."""

    stack: Stack
    observer: Observer  # sees what comes out
    program: Program  # what the stack's program says
    managed: frozenset[str] | None = None  # what the stack manages by its state; None without a resource
    recorded: frozenset[str] = field(default_factory=frozenset)  # what its state says is on the API
    applied: Mapping[str, str] = field(default_factory=dict)  # what the program declared when it was last applied
    leftover: frozenset[str] = frozenset()  # new names of a rename that was cut short: finished or taken back next

    def inputs(self) -> dict[str, object]:
        """Return the program as the resource's inputs."""
        program = self.program
        inputs: dict[str, object] = {
            "api": ORDERS,
            "permissions": dict(program.permissions),
            "unmanaged": program.unmanaged,
            "removal": program.removal,
        }
        return {**inputs, "renames": dict(program.renames)} if program.renames else inputs

    def ours(self, world: World, *, refresh: bool = False) -> frozenset[str]:
        """Return what the stack owns: what it manages, and under `remove` whatever it knows to be there."""
        if self.managed is None:
            return frozenset()
        known = frozenset(world.api) if refresh else self.recorded
        managed = self.managed & frozenset(world.api) if refresh else self.managed
        return managed | known if self.program.unmanaged == "remove" else managed

    def expect(self, world: World, *, refresh: bool = False) -> Expectation:
        """Return what an `up` must come to."""
        expectation = expected(world, self.ours(world, refresh=refresh), self.program)
        return replace(expectation, is_open=expectation.is_open or bool(self.leftover))

    def preview(self, *, refresh: bool) -> None:
        """Preview; nothing may be written, and a refusal comes here already."""
        before = self.observer.world()
        expectation = self.expect(before, refresh=refresh)
        self.observer.watch()

        outcome = self.stack.preview(self.inputs(), refresh=refresh)

        assert self.observer.writes_of(self.stack.site.client_id) == []
        assert self.observer.world() == before
        self._assert_refusal(outcome, expectation)
        if outcome.error is None:
            assert_shows(read(outcome.said), before, expectation)

    def up(self, *, refresh: bool, skip_preview: bool = False) -> bool:
        """Apply with nobody in the way: all laws hold to the letter; return whether the next `up` must go well."""
        before = self.observer.world()
        expectation = self.expect(before, refresh=refresh)
        self.observer.watch()

        outcome = self.stack.up(self.inputs(), refresh=refresh, skip_preview=skip_preview)

        after = self.observer.world()
        if skip_preview:
            self._assert_only_own_changes(before, after, done=outcome.error is None)
            if outcome.error is not None:
                assert_clear(outcome.error, self.observer.tenant)
            self._take_over_state(applied=outcome.error is None)
            return False
        self._assert_refusal(outcome, expectation)
        if outcome.error is not None:
            assert after == before
            assert self.observer.writes_of(self.stack.site.client_id) == []
        else:
            self._assert_done(before, after, expectation, refreshed=refresh)
            assert_shows(read(outcome.shown), before, expectation)
        self._take_over_state(applied=outcome.error is None)
        return outcome.error is None and not expectation.is_refused

    def up_again(self) -> None:
        """Apply once more what was just applied: nothing is said and nothing sent but reads."""
        self.observer.watch()

        outcome = self.stack.up(self.inputs())

        assert outcome.error is None
        assert self.observer.writes_of(self.stack.site.client_id) == []
        assert read(outcome.said) == read(())

    def up_with_rival(self, meddle: Callable[[], object], *, refresh: bool) -> None:
        """Apply while somebody changes the API between preview and update: nothing of that is undone or unseen."""
        before = self.observer.world()
        middle: list[World] = []

        def between() -> None:
            meddle()
            middle.append(self.observer.world())

        outcome = self.stack.up(self.inputs(), refresh=refresh, between=between)

        after = self.observer.world()
        if not middle:  # refused in the preview
            assert outcome.error is not None
            assert after == before
        else:
            assert_respects(before, middle[0], after, read(outcome.shown), self.program, done=outcome.error is None)
        if outcome.error is not None:
            assert_clear(outcome.error, self.observer.tenant)
        self._take_over_state(applied=outcome.error is None)

    def up_disturbed(
        self, disturb: Callable[[Callable[[], Outcome]], Outcome | None], *, refresh: bool, recover: bool
    ) -> None:
        """Apply with a fault or a crash in it: old or new is there, and the next `up` finishes.

        Args:
            disturb: carries out what it is given with a disturbance, and returns how it ended; ``None``: killed.
            refresh: with ``--refresh``.
            recover: whether the next `up` follows at once.
        """
        before = self.observer.world()
        expectation = self.expect(before, refresh=refresh)

        outcome = disturb(lambda: self.stack.up(self.inputs(), refresh=refresh))

        after = self.observer.world()
        if outcome is not None and outcome.error is None:
            assert not expectation.is_refused or expectation.is_open
            if not expectation.is_open:
                assert after == expectation.goal
        else:
            if outcome is not None:
                assert_clear(outcome.error, self.observer.tenant)
            assert_unchanged_but(before, after, expectation)
            renamed = {old: new for old, new in expectation.renamed.items() if {old, new} <= after.api.keys()}
            self.leftover |= frozenset(renamed.values())
        self._take_over_state(applied=outcome is not None and outcome.error is None)
        if recover and not expectation.is_open and not expectation.is_refused:
            again = self.stack.up(self.inputs(), refresh=refresh)
            assert again.error is None, again.error
            assert self.observer.world() == expectation.goal
            self._take_over_state(applied=True)

    def refresh(self) -> None:
        """Refresh; nothing may be written, and ours is what is left of ours."""
        before = self.observer.world()
        self.observer.watch()

        outcome = self.stack.refresh()

        assert outcome.error is None
        assert self.observer.writes_of(self.stack.site.client_id) == []
        assert self.observer.world() == before
        if self.managed is not None:
            assert self.stack.state is not None
            assert set(_map(self.stack.state.outputs, "permissions")) == self.managed & set(before.api)
            assert _recorded(self.stack.state.outputs) == dict(before.api)
        self._take_over_state()

    def destroy(self, *, refresh: bool) -> None:
        """Destroy; ours goes, everything else stays."""
        before = self.observer.world()
        expectation = expected_of_leaving(before, self.managed or (), self.program_in_state())
        self.observer.watch()

        outcome = self.stack.destroy(refresh=refresh)

        after = self.observer.world()
        if expectation.is_refused:
            assert_clear(outcome.error, self.observer.tenant)
            assert after == before
        else:
            assert outcome.error is None, outcome.error
            if not self.leftover:
                assert after == expectation.goal
            assert expectation.goal.api.keys() - self.leftover <= after.api.keys() <= expectation.goal.api.keys()
            assert self.stack.state is None
        self._take_over_state()

    def program_in_state(self) -> Program:
        """Return the program with the removal mode that the state remembers: a resource that goes has no other."""
        state = self.stack.state
        removal = str(state.outputs["removal"]) if state is not None else self.program.removal
        return Program({}, {}, self.program.unmanaged, removal, self.program.approves)

    def _assert_only_own_changes(self, before: World, after: World, *, done: bool) -> None:
        """Assert that an update without a preview has done what the program itself has changed, and nothing else."""
        program = self.program.permissions
        dropped = self.applied.keys() - program.keys()
        for value in before.api.keys() | after.api.keys():
            if value in dropped:
                continue
            if value not in program or self.applied.get(value) == program[value]:
                assert after.api.get(value) == before.api.get(value), f"undid unseen what somebody did to {value!r}"
            else:
                assert after.api.get(value) in (before.api.get(value), program[value])
        if not done:
            return
        assert not dropped & after.api.keys(), "kept what the program has dropped"
        # A rename of what this stack has never declared takes a name away, which waits for a preview.
        unseen = {new for old, new in self.program.renames.items() if old in before.api and old not in self.applied}
        for value in program.keys() - self.applied.keys() - before.api.keys() - unseen:
            assert after.api.get(value) == program[value], f"did not add {value!r}, which the program asks for now"

    def _assert_refusal(self, outcome: Outcome, expectation: Expectation) -> None:
        if not expectation.is_open:
            assert (outcome.error is not None) is expectation.is_refused, outcome.error or "was not refused"
        if outcome.error is not None:
            assert_clear(outcome.error, self.observer.tenant)

    def _assert_done(self, before: World, after: World, expectation: Expectation, *, refreshed: bool) -> None:
        writes = self.observer.writes_of(self.stack.site.client_id)
        patches = [entry for entry in writes if entry.method == "PATCH" and "/resource-servers/" in entry.path]
        if not expectation.is_open:
            assert after == expectation.goal
            expected_number = (2 if expectation.renamed else 1) if after.api != before.api else 0
            assert len(patches) == expected_number, patches
            if after == before:
                assert writes == []
        assert len(patches) <= 1 + bool(self.program.renames)
        stayed = [value for value in before.api if value in after.api]
        assert [value for value in after.api if value in before.api] == stayed, "kept permissions keep their place"
        state = self.stack.state
        assert state is not None
        assert _map(state.outputs, "permissions") == dict(self.program.permissions)
        if after != before or refreshed:  # else the engine has called nothing that could have noted it
            assert _recorded(state.outputs) == dict(after.api)

    def _take_over_state(self, *, applied: bool = False) -> None:
        state = self.stack.state
        if applied:
            self.applied, self.leftover = dict(self.program.permissions), frozenset()
        if state is None:
            self.managed, self.recorded, self.applied = None, frozenset(), {}
        else:
            self.managed = frozenset(_map(state.outputs, "permissions"))
            self.recorded = frozenset(_recorded(state.outputs))


def assert_shows(reading: Reading, before: World, expectation: Expectation) -> None:
    """Assert that what a preview speaks of is exactly what is to be done."""
    if expectation.is_open:
        return
    goal = expectation.goal.api
    assert reading.deleted == expectation.deleted
    assert reading.renamed == dict(expectation.renamed)
    came_from = {new: old for old, new in expectation.renamed.items()}
    assert reading.added == {v: text for v, text in goal.items() if v not in before.api and v not in came_from}
    described: dict[str, tuple[str | None, str]] = {
        v: (before.api[v], text) for v, text in goal.items() if v in before.api and before.api[v] != text
    }
    for new, old in came_from.items():
        if goal[new] != before.api[old]:
            described[new] = (None, goal[new])
    assert reading.described == described


def assert_respects(
    before: World, middle: World, after: World, reading: Reading, program: Program, *, done: bool
) -> None:
    """Assert that an update has done nothing that its preview did not show, and undone nothing that came after it."""
    gone = middle.api.keys() - after.api.keys()
    assert gone <= reading.removed, "deleted what the preview did not show"
    theirs = {v for v in before.api.keys() | middle.api.keys() if before.api.get(v) != middle.api.get(v)}
    for value in theirs:
        assert after.api.get(value) == middle.api.get(value), f"undid what somebody did to {value!r}"
    if done:
        for value, text in program.permissions.items():
            assert value in theirs or after.api.get(value) == text
    elif not program.renames:
        assert after.api == middle.api


def assert_unchanged_but(before: World, after: World, expectation: Expectation) -> None:
    """Assert that the API holds the old list, the new one, or the one between; and that nobody is cut off halfway."""
    if not expectation.is_open:
        lists = [before.api, expectation.goal.api]
        if expectation.interim is not None:
            lists.append(expectation.interim.api)
        assert dict(after.api) in [dict(each) for each in lists]
    for had, has, lost in _holders(before, after):
        for value in had:
            new = expectation.renamed.get(value)
            if new is not None and not expectation.is_open:
                assert {value, new} & has & after.api.keys(), f"cut off from {value!r}"
            elif value not in expectation.removed:
                assert value in has or (lost and value not in after.api)


def _holders(before: World, after: World) -> Iterable[tuple[frozenset[str], frozenset[str], bool]]:
    """Yield what each holder had and has, and whether the vendor takes from it what the API loses."""
    yield before.role, after.role, before.cascades
    yield before.grant, after.grant, False


def _recorded(outputs: object) -> dict[str, str]:
    """Return everything that was on the API by the state: what is managed and what is not, each once."""
    ours, theirs = _map(outputs, "permissions"), _map(outputs, "unmanaged_permissions")
    assert not ours.keys() & theirs.keys()
    return {**ours, **theirs}


def _map(outputs: object, name: str) -> dict[str, str]:
    assert isinstance(outputs, dict)
    found = outputs[name]
    assert isinstance(found, dict)
    return found


def scene(api: dict[str, str], role: frozenset[str], grant: frozenset[str], *, grants_all: bool) -> dict[str, object]:
    """Return the seed of a tenant with that API, and with a role and client grants that hold permissions of it."""
    server = {
        "id": ORDERS_ID,
        "identifier": ORDERS,
        "name": "Orders",
        "scopes": [{"value": value, "description": text} if text else {"value": value} for value, text in api.items()],
    }
    names = [{"resource_server_identifier": ORDERS, "permission_name": value} for value in sorted(role) if value in api]
    everything = {"id": "cgr_all0000000000000", "client_id": "office-1", "audience": ORDERS, "allow_all_scopes": True}
    some = {"id": GRANT, "client_id": "shop-1", "audience": ORDERS, "scope": sorted(grant)}
    return {
        "resource_servers": [server],
        "clients": [{"client_id": "shop-1", "name": "Shop"}, {"client_id": "office-1", "name": "Back office"}],
        "roles": [{"id": ROLE, "name": "Admin", "permissions": names}],
        "client_grants": [some, everything] if grants_all else [some],
    }
