"""Reconciling one API: what is sent and in which order, what is refused, what comes of failures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.person import edit_now, give_role_now
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
    held,
)
from faults.site import SCOPES, Site
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges
from pulumi_auth0_permissions.core.errors import Conflict, UnsafePlan, VerificationFailed
from pulumi_auth0_permissions.core.intent import Intent, Policy
from pulumi_auth0_permissions.core.model import Change, Permissions, Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.reconcile import MAX_ATTEMPTS, Applied, Assessment, Reconciler, assess
from support.hand import Edit, add, delete, describe

REST = {READ: "Read orders", WRITE: ""}
ADD = Intent(ORDERS, {**OURS, NEW: "New"}, frozenset(OURS), Unmanaged.KEEP)
DROP = replace(ADD, desired=REST)
REVOKE = replace(DROP, policy=Policy(removal=Removal.REVOKE))
RENAMED = {READ: "Read orders", EDIT: "Edit orders", DELETE: "Delete orders"}
RENAME = replace(ADD, desired=RENAMED, renames={WRITE: EDIT})
LOST, LOST_BUT_DONE = Fault("drop_before", method="PATCH"), Fault("drop_after", method="PATCH")
LIMITED = Fault("rate_limit", method="PATCH", retry_after_s=7)


class Bench:
    """What reconciles the API of the scene; the preview has seen it as it was at the beginning."""

    def __init__(self, tenant: LocalTenant, scopes: Sequence[str] = SCOPES) -> None:
        self.tenant = tenant
        self.site = Site(tenant, scopes)
        self.client = self.site.client()
        self.seen = self.client.get_api(ORDERS)
        self.busy = 0  # how often somebody else holds the lock
        tenant.clear_journal()
        self.site.requests.clear()

    def assess(self, intent: Intent, *, with_impact: bool = True) -> Assessment:
        """Assess an intent as a preview does."""
        return assess(self.client, HolderLookup(self.client), intent, self.seen, with_impact=with_impact)

    def apply(self, intent: Intent = ADD) -> Applied:
        """Apply the intent within what was shown."""
        shown = ApprovedChanges(compute_plan(intent, self.seen.permissions).changes)
        reconciler = Reconciler(self.client, lock=self._lock, note_renames=lambda _api_id, _renames: None)
        return reconciler.apply(intent, shown)

    @contextmanager
    def _lock(self, name: str, wait: bool, /) -> Iterator[bool]:  # noqa: FBT001 - a Lock
        """Note when a lock is held, or waited for."""
        if self.busy and not wait:
            self.busy -= 1
            yield False
            return
        self.site.requests.append(f"{'wait for' if wait else 'lock'} {name}")
        yield True
        self.site.requests.append("unlock")

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
    """What a preview has seen."""
    return Bench(tenant)


@pytest.fixture
def reserving(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes when places in the rate limit are held."""
    reserve = bench.client.reserve

    @contextmanager
    def noting(requests: int) -> Iterator[None]:
        bench.site.requests.append(f"reserve {requests}")
        with reserve(requests):
            yield
        bench.site.requests.append("release")

    monkeypatch.setattr(bench.client, "reserve", noting)


class TestOneReadOneWrite:
    """What is sent when nothing goes wrong."""

    @pytest.mark.usefixtures("reserving")
    def test_a_change_is_one_read_and_one_write(self, bench: Bench) -> None:
        """Both have their places in the rate limit before the first; what others own stays, in its place."""
        applied = bench.apply()

        assert bench.site.requests == [
            "reserve 2",
            f"lock {ORDERS}",
            "GET /api/v2/resource-servers/https:%2F%2Forders.example.com",
            f"PATCH /api/v2/resource-servers/{ORDERS_ID}",
            "unlock",
            "release",
        ]
        assert list(held(bench.tenant).api) == [*BEFORE, NEW]
        assert applied.api.permissions == held(bench.tenant).api == {**BEFORE, NEW: "New"}

    @pytest.mark.usefixtures("reserving")
    def test_who_waits_for_the_lock_keeps_no_place_in_the_rate_limit(self, bench: Bench) -> None:
        """Its holder may need it; and nobody who holds the lock waits for a place."""
        bench.busy = 1

        bench.apply()

        first = ["reserve 2", "release", f"wait for {ORDERS}", "unlock", "reserve 2", f"lock {ORDERS}"]
        assert bench.site.requests[: len(first)] == first

    def test_without_a_difference_nothing_is_written(self, bench: Bench) -> None:
        """An API that is as it shall be is read once and left alone; order is no difference."""
        applied = bench.apply(replace(ADD, desired=dict(reversed(OURS.items()))))

        assert [request.split()[0] for request in bench.site.requests] == ["lock", "GET", "unlock"]
        assert applied.plan.is_empty

    @pytest.mark.parametrize(
        ("removal", "with_impact", "is_looked_up"),
        [
            (Removal.WARN, True, True),
            (Removal.WARN, False, False),
            (Removal.REFUSE, False, False),
            (Removal.REVOKE, False, True),
            (Removal.REFUSE_IF_HELD, False, True),
        ],
    )
    def test_holders_are_looked_up_where_they_are_wanted_or_needed(
        self, bench: Bench, removal: Removal, *, with_impact: bool, is_looked_up: bool
    ) -> None:
        """Where something goes, holders are looked up unless that is switched off and the policy does without."""
        impact = bench.assess(replace(DROP, policy=Policy(removal=removal)), with_impact=with_impact).impact

        assert bool(bench.site.requests) is (impact is not None) is is_looked_up

    def test_a_plan_is_the_one_that_was_assessed(self, bench: Bench) -> None:
        """What a preview assesses is what is then applied."""
        intent = replace(ADD, desired={**REST, NEW: "New"})
        assessed = bench.assess(intent)

        applied = bench.apply(intent)

        assert applied.plan == assessed.plan
        assert applied.api.permissions == assessed.plan.result


class TestMovingAccess:
    """Renames and `revoke`, step by step."""

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

    @pytest.mark.parametrize(
        ("intent", "edit"),
        [(RENAME, delete(WRITE)), (REVOKE, describe(DELETE, "Described anew"))],
        ids=["rename", "revoke"],
    )
    def test_a_conflict_is_raised_before_access_is_moved(self, bench: Bench, intent: Intent, edit: Edit) -> None:
        """Where somebody has changed what is to go, nobody has gained or lost anything by the time that is said."""
        edit_now(bench.tenant, edit)
        bench.tenant.clear_journal()

        with pytest.raises(Conflict, match=f"conflict on {ORDERS}(.|\n)*Nothing was written"):
            bench.apply(intent)

        assert bench.writes() == []

    def test_a_role_that_does_not_take_what_it_is_given_stops_a_rename(self, bench: Bench) -> None:
        """Before anything is taken from anybody, the role is looked at again."""
        bench.tenant.add_fault(Fault("status", method="POST", path="/roles/", status=201, body="{}"))

        with pytest.raises(VerificationFailed, match=f'role Admin .* was given "{EDIT}" and does not hold it'):
            bench.apply(RENAME)

        assert set(BEFORE) <= set(held(bench.tenant).api)
        assert held(bench.tenant).role == set(BEFORE)


@pytest.mark.parametrize("removal", [Removal.WARN, Removal.REVOKE])
def test_an_unsafe_plan_is_refused_before_writing(bench: Bench, removal: Removal) -> None:
    """What the policy does not allow is not written; the message names the API and every objection."""
    intent = replace(ADD, desired={}, policy=Policy(removal=removal, max_removals=0))

    with pytest.raises(UnsafePlan) as raised:
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
    intent = replace(ADD, desired=OURS, prior=frozenset({*OURS, "idle"}))
    intent = replace(intent, policy=Policy(removal=Removal.REFUSE_IF_HELD))
    assert "role Admin" not in "".join(bench.assess(intent).objections)
    give_role_now(bench.tenant, "idle")

    with pytest.raises(UnsafePlan, match="idle: role Admin"):
        bench.apply(intent)

    assert "idle" in held(bench.tenant).api


def test_a_system_api_is_refused(bench: Bench) -> None:
    """One of Auth0's own APIs is not written to, also where nothing is to change; nobody asks who holds what."""
    api = f"{bench.tenant.domain}/api/v2/"
    bench.seen = bench.client.get_api(api)
    bench.site.requests.clear()
    intent = replace(ADD, api=api, desired=bench.seen.permissions)

    assert bench.assess(replace(intent, desired={}, prior=frozenset(intent.desired))).impact is None
    assert bench.site.requests == []
    with pytest.raises(UnsafePlan, match="one of Auth0's own APIs"):
        bench.apply(intent)


class TestFailures:
    """Writes that are refused, and those of which nobody knows at first whether they were carried out."""

    @pytest.mark.parametrize(
        ("faults", "writes", "pauses"),
        [
            pytest.param([LOST_BUT_DONE], 1, [0.5], id="done: the look finds it, and it is not repeated"),
            pytest.param([LOST], 2, [0.5], id="not done: the look finds it missing"),
            pytest.param([replace(LOST, times=2), LOST_BUT_DONE], 3, [0.5, 1.0, 2.0], id="again and again"),
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
        assert bench.site.time.slept == pauses
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

        with pytest.raises(VerificationFailed) as raised:
            bench.apply()

        (line,) = str(raised.value).splitlines()
        assert line.startswith(ORDERS)
        assert f"these differ: {differing}." in line
        assert "pulumi refresh" in line
