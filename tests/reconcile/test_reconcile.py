"""Reconciling one API: what is sent and in which order, what is refused, what comes of failures."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import (
    BEFORE,
    DELETE,
    EDIT,
    GRANT,
    NEW,
    ORDERS,
    ORDERS_ID,
    OURS,
    READ,
    ROLE,
    SEED,
    THEIRS,
    WRITE,
    edit_now,
    give_role_now,
    grant_now,
    held,
)
from faults.site import Site
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Change, Intent, Permissions, Policy, Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.reconcile import MAX_ATTEMPTS, Applied, Assessment, Reconciler, assess
from support.hand import Edit, add, delete, describe

ADD = Intent(ORDERS, {**OURS, NEW: "New"}, frozenset(OURS), Unmanaged.KEEP)
DROP = replace(ADD, desired={READ: "Read orders", WRITE: ""})
REVOKE = replace(DROP, policy=Policy(removal=Removal.REVOKE))
RENAME = replace(
    ADD, desired={READ: "Read orders", EDIT: "Edit orders", DELETE: "Delete orders"}, renames={WRITE: EDIT}
)
GRANTED = {"id": GRANT, "client_id": "shop-1", "audience": ORDERS, "scope": [WRITE, THEIRS, DELETE]}
LOST, LOST_BUT_DONE = Fault("drop_before", method="PATCH"), Fault("drop_after", method="PATCH")
LIMITED = Fault("rate_limit", method="PATCH", retry_after_s=7)


class Bench:
    """What reconciles the API of the scene; the preview has seen it as it was at the beginning."""

    def __init__(self, tenant: LocalTenant) -> None:
        self.tenant = tenant
        self.site = Site(tenant)
        self.client = self.site.client()
        self.seen = self.client.get_api(ORDERS)
        self.steps = self.site.requests  # requests, and when a lock and places in the rate limit are held
        self._reserve = self.client.reserve
        vars(self.client)["reserve"] = self._noting_places
        tenant.clear_journal()
        self.steps.clear()

    def assess(self, intent: Intent) -> Assessment:
        """Assess an intent as a preview does."""
        return assess(self.client, HolderLookup(self.client), intent, self.seen, None, with_impact=True)

    def apply(self, intent: Intent = ADD) -> Applied:
        """Apply the intent within what was shown."""
        shown = ApprovedChanges((Review("", ORDERS, changes=compute_plan(intent, self.seen.permissions).changes),))
        reconciler = Reconciler(self.client, lock=self._lock, note_renames=lambda _api_id, _renames: None)
        return reconciler.apply(intent, shown)

    @contextmanager
    def _noting_places(self, requests: int) -> Iterator[None]:
        self.steps.append(f"reserve {requests}")
        with self._reserve(requests):
            yield
        self.steps.append("release")

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        self.steps.append(f"lock {name}")
        yield
        self.steps.append("unlock")

    def writes(self) -> list[str]:
        """Return what was to be written, in order: the verb, what it goes to, and the permissions."""
        found = []
        for entry in self.tenant.journal():
            match entry.request_body:
                case {"scopes": values} | {"scope": values} | {"permissions": values}:
                    names = [v if isinstance(v, str) else v.get("value") or v["permission_name"] for v in values]
                    found.append(f"{entry.method} {entry.path.split('/')[3]} {','.join(names)}")
        return found


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """The scene."""
    return SEED


@pytest.fixture
def bench(tenant: LocalTenant) -> Bench:
    """What a preview has seen, of a tenant that takes no list for a grant which names what its API lacks."""
    tenant.options = replace(tenant.options, grants_within_api=True)  # as the vendor's support describes
    return Bench(tenant)


class TestOneReadOneWrite:
    """What is sent when nothing goes wrong."""

    def test_a_change_is_one_read_and_one_write(self, bench: Bench) -> None:
        """Both have their places in the rate limit before the lock is taken; what others own stays, in its place."""
        applied = bench.apply()

        assert bench.steps == [
            *("reserve 2", f"lock {ORDERS}"),
            "GET /api/v2/resource-servers/https:%2F%2Forders.example.com",
            f"PATCH /api/v2/resource-servers/{ORDERS_ID}",
            *("unlock", "release"),
        ]
        assert list(held(bench.tenant).api) == [*BEFORE, NEW]
        assert applied.api.permissions == held(bench.tenant).api == {**BEFORE, NEW: "New"}

    def test_without_a_difference_nothing_is_written(self, bench: Bench) -> None:
        """An API that is as it shall be is read once and left alone; order is no difference."""
        applied = bench.apply(replace(ADD, desired=dict(reversed(OURS.items()))))

        assert [entry.method for entry in bench.tenant.journal()] == ["GET"]
        assert not applied.plan.changes

    def test_a_plan_is_the_one_that_was_assessed(self, bench: Bench) -> None:
        """What a preview assesses is what is then applied."""
        intent = replace(DROP, desired={**DROP.desired, NEW: "New"})
        assessed = bench.assess(intent)

        applied = bench.apply(intent)

        assert applied.plan == assessed.plan
        assert applied.api.permissions == assessed.plan.result


class TestMovingAccess:
    """Renames and `revoke`, step by step: a list names nothing that is not on the API at that moment."""

    def test_a_rename_adds_hands_over_takes_and_deletes(self, bench: Bench) -> None:
        """A rename is one PATCH that adds, the hand-over to those who hold the old name, and one PATCH that deletes."""
        applied = bench.apply(RENAME)

        assert bench.writes() == [
            f"PATCH resource-servers {READ},{THEIRS},{WRITE},{EDIT},{DELETE}",
            f"POST roles {EDIT}",
            f"PATCH client-grants {WRITE},{THEIRS},{DELETE},{EDIT}",
            f"DELETE roles {WRITE}",
            f"PATCH client-grants {THEIRS},{DELETE},{EDIT}",
            f"PATCH resource-servers {READ},{THEIRS},{EDIT},{DELETE}",
        ]
        assert [holder.id for holder in applied.moved] == [ROLE, GRANT]

    def test_revoke_takes_before_it_deletes(self, bench: Bench) -> None:
        """Under `revoke` the permission is taken from roles and grants first, then deleted with one PATCH."""
        applied = bench.apply(REVOKE)

        assert bench.writes() == [
            f"DELETE roles {DELETE}",
            f"PATCH client-grants {WRITE},{THEIRS}",
            f"PATCH resource-servers {READ},{THEIRS},{WRITE}",
        ]
        assert [holder.id for holder in applied.moved] == [ROLE, GRANT]

    @pytest.mark.parametrize(("method", "path"), [("DELETE", "/roles/"), ("GET", "/client-grants/")])
    def test_a_holder_that_is_deleted_meanwhile_stops_nothing(self, bench: Bench, method: str, path: str) -> None:
        """Its access has gone with it."""
        bench.tenant.add_fault(Fault("status", method=method, path=path, status=404))

        assert bench.apply(REVOKE).api.permissions == {READ: "Read orders", THEIRS: BEFORE[THEIRS], WRITE: ""}

    @pytest.mark.parametrize(
        ("intent", "edit"),
        [(RENAME, delete(WRITE)), (REVOKE, describe(DELETE, "Described anew"))],
        ids=["rename", "revoke"],
    )
    def test_a_conflict_is_raised_before_access_is_moved(self, bench: Bench, intent: Intent, edit: Edit) -> None:
        """Where somebody has changed what is to go, nobody has gained or lost anything by the time that is said."""
        edit_now(bench.tenant, edit)
        bench.tenant.clear_journal()

        with pytest.raises(PermissionsError, match=f"conflict on {ORDERS}(.|\n)*Nothing was written"):
            bench.apply(intent)

        assert bench.writes() == []

    def test_what_comes_back_before_the_write_keeps_its_holders(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is not deleted: nobody has taken it from them, because it was not there to begin with."""
        edit_now(bench.tenant, delete(DELETE))
        lock = bench._lock

        def lock_late(name: str) -> AbstractContextManager[None]:
            edit_now(bench.tenant, add(DELETE, BEFORE[DELETE]))
            give_role_now(bench.tenant, DELETE)
            return lock(name)

        monkeypatch.setattr(bench, "_lock", lock_late)

        with pytest.raises(PermissionsError, match=f'somebody has added "{DELETE}" during this operation'):
            bench.apply(REVOKE)

        assert DELETE in held(bench.tenant).api
        assert DELETE in held(bench.tenant).role

    @pytest.mark.parametrize(
        ("fault", "message"),
        [
            (
                Fault("status", method="POST", path="/roles/", status=201, body="{}"),
                f'role Admin .* holds other permissions than were written; these differ: "{EDIT}"',
            ),
            (
                Fault("status", method="PATCH", path="/client-grants/", status=200, body=json.dumps(GRANTED)),
                f'client grant Shop .* holds other permissions than were written; these differ: "{EDIT}"',
            ),
        ],
        ids=["role", "client grant"],
    )
    def test_a_holder_that_does_not_take_what_it_is_given_stops_a_rename(
        self, bench: Bench, fault: Fault, message: str
    ) -> None:
        """Before anything is taken from anybody, the holder is looked at again."""
        bench.tenant.add_fault(fault)

        with pytest.raises(PermissionsError, match=message):
            bench.apply(RENAME)

        assert set(BEFORE) <= set(held(bench.tenant).api)
        assert set(BEFORE) <= held(bench.tenant).role

    @pytest.mark.parametrize("intent", [REVOKE, RENAME], ids=["revoke", "rename"])
    def test_a_grant_that_names_a_dead_permission_is_told(self, bench: Bench, intent: Intent) -> None:
        """Such a grant cannot be edited by anybody: the message names it and what is dead, and nothing is deleted.

        Once that is put right, the next attempt finishes.
        """
        bench.tenant.options = replace(bench.tenant.options, grants_within_api=False)
        grant_now(bench.tenant, [WRITE, DELETE, "dead:orders"])
        bench.tenant.options = replace(bench.tenant.options, grants_within_api=True)

        with pytest.raises(ManagementApiError, match='client grant Shop names "dead:orders", which the API does not'):
            bench.apply(intent)

        assert set(BEFORE) <= set(held(bench.tenant).api)
        grant_now(bench.tenant, [WRITE, DELETE])
        assert bench.apply(intent).api.permissions == compute_plan(intent, BEFORE).result


def test_an_unsafe_plan_is_refused_before_writing(bench: Bench) -> None:
    """What the policy does not allow is not written; the message names the API and every objection."""
    intent = replace(ADD, desired={}, policy=Policy(removal=Removal.REVOKE, max_removals=0))

    with pytest.raises(PermissionsError) as raised:
        bench.apply(intent)

    said = str(raised.value)
    assert said.startswith(f"refused on {ORDERS}:\n")
    for objection in ("maxRemovals allows 0", "3 of the API's 4 permissions, 75%", "approvedRemovals[0]"):
        assert objection in said
    assert bench.writes() == []


def test_who_came_to_hold_it_since_the_preview_counts(bench: Bench) -> None:
    """Under `refuse_if_held` holders are looked up anew before the write."""
    edit_now(bench.tenant, add("idle"))
    bench.seen = bench.client.get_api(ORDERS)
    policy = Policy(removal=Removal.REFUSE_IF_HELD)
    intent = replace(ADD, desired=OURS, prior=frozenset({*OURS, "idle"}), policy=policy)
    assert "role Admin" not in "".join(bench.assess(intent).objections)
    give_role_now(bench.tenant, "idle")

    with pytest.raises(PermissionsError, match="idle: role Admin"):
        bench.apply(intent)

    assert "idle" in held(bench.tenant).api


def test_a_system_api_is_refused(bench: Bench) -> None:
    """One of Auth0's own APIs is not written to, also where nothing is to change; nobody asks who holds what."""
    api = f"{bench.tenant.domain}/api/v2/"
    bench.seen = bench.client.get_api(api)
    bench.steps.clear()
    intent = replace(ADD, api=api, desired=bench.seen.permissions)

    assert bench.assess(replace(intent, desired={}, prior=frozenset(intent.desired))).impact is None
    assert bench.steps == []
    with pytest.raises(PermissionsError, match="one of Auth0's own APIs"):
        bench.apply(intent)


class TestFailures:
    """Writes that are refused, and those of which nobody knows at first whether they were carried out."""

    @pytest.mark.parametrize(
        ("faults", "writes", "pauses"),
        [
            pytest.param([LOST_BUT_DONE], 1, [0.5], id="done: the look finds it, and it is not repeated"),
            pytest.param([replace(LOST, times=2), LOST_BUT_DONE], 3, [0.5, 1.0, 2.0], id="not done: it is missing"),
            pytest.param([LIMITED], 2, [7.0], id="refused by the rate limit, which names the pause"),
        ],
    )
    def test_the_next_attempt_starts_with_a_look(
        self, bench: Bench, faults: list[Fault], writes: int, pauses: list[float]
    ) -> None:
        """Whatever became of the write, the operation ends well, and its plan is the first one."""
        after = 0
        for fault in faults:
            bench.tenant.add_fault(replace(fault, after=after))
            after += fault.times or 0

        applied = bench.apply()

        sent = [entry.method for entry in bench.tenant.journal()]
        assert sent.count("PATCH") == writes
        assert sent.count("GET") == len(pauses) + 1
        assert bench.site.time.slept[: len(pauses)] == pauses
        assert applied.plan.changes == (Change(NEW, None, "New"),)
        assert applied.api.permissions == held(bench.tenant).api == {**BEFORE, NEW: "New"}

    @pytest.mark.parametrize(
        ("fault", "writes", "message"),
        [
            pytest.param(LOST, MAX_ATTEMPTS, "the connection was dropped", id="lost four times"),
            pytest.param(LIMITED, MAX_ATTEMPTS, "429 Too Many Requests", id="refused four times"),
            pytest.param(Fault("status", method="PATCH", status=403), 1, "403 Forbidden", id="refused for good"),
        ],
    )
    def test_it_gives_up(self, bench: Bench, fault: Fault, writes: int, message: str) -> None:
        """The last error is raised, and the API holds the old set."""
        bench.tenant.add_fault(replace(fault, times=None))

        with pytest.raises(ManagementApiError, match=message):
            bench.apply()

        assert len(bench.writes()) == writes
        assert held(bench.tenant).api == BEFORE

    def test_a_lost_write_is_reported_where_the_look_fails_too(self, bench: Bench) -> None:
        """Where nobody can look whether a lost write was carried out, the lost write is the news."""
        bench.tenant.add_fault(LOST_BUT_DONE)
        bench.tenant.add_fault(Fault("status", method="GET", status=500, after=1, times=None))

        with pytest.raises(ManagementApiError, match=r"PATCH .* the connection was dropped") as raised:
            bench.apply()

        assert not raised.value.nothing_was_written

    @pytest.mark.parametrize(
        ("answered", "differing"),
        [
            pytest.param(BEFORE, f'"{NEW}"', id="one is missing"),
            pytest.param({**BEFORE, NEW: "N", "x\n": ""}, f'"{NEW}", "x\\n"', id="another text, and one too many"),
        ],
    )
    def test_an_answer_that_is_not_what_was_sent_fails(
        self, bench: Bench, answered: Permissions, differing: str
    ) -> None:
        """What the write answers is compared with what was meant; difference and next step stand on one line."""
        scopes = [{"value": value, "description": text} for value, text in answered.items()]
        body = json.dumps({"id": ORDERS_ID, "identifier": ORDERS, "name": "Orders", "scopes": scopes})
        bench.tenant.add_fault(Fault("status", method="PATCH", status=200, body=body))

        with pytest.raises(PermissionsError) as raised:
            bench.apply()

        (line,) = str(raised.value).splitlines()
        assert line.startswith(ORDERS)
        assert f"these differ: {differing}." in line
        assert "pulumi refresh" in line
