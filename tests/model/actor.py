"""One stack of the model: what it has been told, what it believes to own, and its operations, held against the laws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auth0_local_tenant import JournalEntry, LocalTenant
from faults.scene import GRANT, ORDERS, ORDERS_ID, ROLE, held
from faults.stack import Outcome, Stack, assert_clear
from model.laws import (
    Program,
    Reading,
    World,
    assert_done,
    assert_lawful,
    assert_not_halfway,
    assert_only_own_changes,
    assert_respects,
    mode_refuses,
    read,
)


@dataclass
class Actor:
    """A stack, led through operations that are held against the laws."""

    stack: Stack
    tenant: LocalTenant
    program: Program  # what the stack's program says
    grants_all: bool  # whether a client grant follows the API's list
    cascades: bool  # whether the tenant takes deleted permissions from roles
    managed: frozenset[str] = frozenset()  # what the stack manages by its state
    applied: Mapping[str, str] = field(default_factory=dict)  # what the program declared when it was last applied
    leftover: frozenset[str] = frozenset()  # new names of a rename that was cut short: finished or taken back next

    def world(self) -> World:
        """Return what is there."""
        there = held(self.tenant)
        return World(there.api, there.role, there.grant, self.grants_all, self.cascades)

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

    def preview(self, *, refresh: bool) -> Reading | None:
        """Preview; nothing may be written. Return the plan, ``None`` where it is refused."""
        before = self.world()
        self.tenant.clear_journal()

        outcome = self.stack.preview(self.inputs(), refresh=refresh)

        assert self._writes() == []
        assert self.world() == before
        return self._lawful(outcome.error, read(outcome.said), before)

    def up(self, *, refresh: bool, skip_preview: bool = False) -> bool:
        """Apply with nobody in the way; return whether it has gone well with a preview."""
        before = self.world()
        self.tenant.clear_journal()

        outcome = self.stack.up(self.inputs(), refresh=refresh, skip_preview=skip_preview)

        after, done = self.world(), outcome.error is None
        if skip_preview:
            assert_only_own_changes(before, after, self.applied, self.program, done=done)
            if outcome.error is not None:
                assert_clear(outcome.error, self.tenant)
        else:
            plan = self._lawful(outcome.error, read(outcome.shown), before)
            patches = [entry for entry in self._writes() if "/resource-servers/" in entry.path]
            if plan is None:
                assert after == before
                assert self._writes() == []
            else:
                assert_done(plan, before, after, self.program.removal)
                assert len(patches) <= (0 if after.api == before.api else 2 if plan.renamed else 1)
                assert after != before or self._writes() == []
                self._assert_state(after, refreshed=refresh or after != before)
        self._take_over_state(applied=done)
        return done and not skip_preview

    def up_again(self) -> None:
        """Apply once more what was just applied: nothing is said and nothing sent but reads."""
        self.tenant.clear_journal()

        outcome = self.stack.up(self.inputs())

        assert outcome.error is None
        assert self._writes() == []
        assert read(outcome.said) == Reading()

    def up_with_rival(self, meddle: Callable[[], object], *, refresh: bool) -> None:
        """Apply while somebody changes the API between preview and update: nothing of that is undone or unseen."""
        before = self.world()
        middle: list[World] = []

        def between() -> None:
            meddle()
            middle.append(self.world())

        outcome = self.stack.up(self.inputs(), refresh=refresh, between=between)

        after, done = self.world(), outcome.error is None
        if middle:
            assert_respects(before, middle[0], after, read(outcome.shown), self.program, done=done)
        else:  # refused in the preview
            assert not done
            assert after == before
        if not done:
            assert_clear(outcome.error, self.tenant)
        self._take_over_state(applied=done)

    def up_disturbed(
        self, disturb: Callable[[Callable[[], Outcome]], Outcome | None], *, refresh: bool, recover: bool
    ) -> None:
        """Apply with a fault or a crash in it: old or new is there, and the next `up` finishes.

        Args:
            disturb: carries out what it is given with a disturbance, and returns how it ended; ``None``: killed.
            refresh: with ``--refresh``.
            recover: whether the next `up` follows at once.
        """
        plan, before = self.preview(refresh=refresh), self.world()

        outcome = disturb(lambda: self.stack.up(self.inputs(), refresh=refresh))

        after, done = self.world(), outcome is not None and outcome.error is None
        if outcome is not None and outcome.error is not None:
            assert_clear(outcome.error, self.tenant)
        if plan is None:
            assert not done
            assert after == before
        elif done:
            assert_done(plan, before, after, self.program.removal)
        else:
            assert_not_halfway(plan, before, after)
            self.leftover |= {new for old, new in plan.renamed.items() if {old, new} <= after.api.keys()}
        self._take_over_state(applied=done)
        if recover and plan is not None:
            again = self.stack.up(self.inputs(), refresh=refresh)
            assert again.error is None, again.error
            assert_done(plan, before, self.world(), self.program.removal)
            self._take_over_state(applied=True)

    def refresh(self) -> None:
        """Refresh; nothing may be written, and ours is what is left of ours."""
        before = self.world()
        self.tenant.clear_journal()

        outcome = self.stack.refresh()

        assert outcome.error is None
        assert self._writes() == []
        assert self.world() == before
        assert self.stack.state is not None
        managed = self.managed & before.api.keys()
        self._take_over_state()
        assert self.managed == managed
        assert _recorded(self.stack.state.outputs) == before.api

    def destroy(self, *, refresh: bool) -> None:
        """Destroy; ours goes, everything else stays."""
        assert self.stack.state is not None
        before, removal = self.world(), str(self.stack.state.outputs["removal"])
        plan = Reading(deleted=set(self.managed & before.api.keys()))
        # Emptying the API needs no approval here.
        is_refused = not self.program.approves and mode_refuses(plan, before, removal)

        outcome = self.stack.destroy(refresh=refresh)

        after = self.world()
        assert (outcome.error is not None) is is_refused, outcome.error
        if is_refused:
            assert_clear(outcome.error, self.tenant)
            assert after == before
        elif not self.leftover:
            assert_done(plan, before, after, removal)
        else:
            goal = plan.carried_out(before.api).keys()
            assert goal - self.leftover <= after.api.keys() <= goal
        self._take_over_state()

    def _lawful(self, error: str | None, plan: Reading, before: World) -> Reading | None:
        """Return the plan of an operation if it may go on, held against the laws; ``None`` if it is refused."""
        program = self.program
        if error is None:
            if not self.leftover:
                assert_lawful(plan, before, self.managed, program)
            return plan
        assert_clear(error, self.tenant)
        theirs = before.api.keys() - program.permissions.keys() - self.managed
        has_reason = (program.unmanaged == "refuse" and theirs) or program.renames or self.leftover
        assert has_reason or not program.approves, error
        return None

    def _writes(self) -> list[JournalEntry]:
        """Return what the stack has sent to change something since the journal was cleared."""
        return [
            entry
            for entry in self.tenant.journal()
            if entry.client_id == self.stack.site.client_id and entry.method != "GET" and "/oauth/" not in entry.path
        ]

    def _assert_state(self, after: World, *, refreshed: bool) -> None:
        assert self.stack.state is not None
        assert _map(self.stack.state.outputs, "permissions") == self.program.permissions
        if refreshed:  # else the engine has called nothing that could have noted it
            assert _recorded(self.stack.state.outputs) == after.api

    def _take_over_state(self, *, applied: bool = False) -> None:
        state = self.stack.state
        if applied:
            self.applied, self.leftover = dict(self.program.permissions), frozenset()
        if state is None:
            self.managed, self.applied = frozenset(), {}
        else:
            self.managed = frozenset(_map(state.outputs, "permissions"))


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
