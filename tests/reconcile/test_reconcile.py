"""Reconciling against a Management API in memory: what is sent, what is refused, what comes of failures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from pulumi_auth0_permissions.auth0.errors import Forbidden, ManagementApiError, NotFound
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges
from pulumi_auth0_permissions.core.errors import Conflict, UnsafePlan, VerificationFailed
from pulumi_auth0_permissions.core.intent import Intent, Policy
from pulumi_auth0_permissions.core.model import Change, Removal, Unmanaged
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.reconcile import Applied, Assessment, Reconciler, assess
from pulumi_auth0_permissions.turns import MAX_ATTEMPTS
from reconcile.memory import API_ID, IDENTIFIER, Fault, MemoryManagement, an_api, unreachable

READ, WRITE, THEIRS = ("read", "Read"), ("write", "Write"), ("theirs", "Theirs")
INTENT = Intent(API_ID, dict([READ, WRITE]), frozenset({"read"}), Unmanaged.KEEP)
LOST, LOST_BUT_DONE = Fault.lost(is_done=False), Fault.lost(is_done=True)
FORBIDDEN = Fault(Forbidden(request="PATCH", what="the token may not", next_action="Grant it."))


class Bench:
    """A tenant in memory, and what reconciles it."""

    def __init__(self, *permissions: tuple[str, str], is_system: bool = False) -> None:
        self.management = MemoryManagement(an_api(*permissions, is_system=is_system))
        self.busy = 0  # how often somebody else holds the lock
        self.approved: ApprovedChanges | None = None

    def assess(self, intent: Intent, *, with_impact: bool = True) -> Assessment:
        """Assess an intent as a preview does."""
        client = self.management.client
        return assess(client, HolderLookup(client), intent, self.management.api, with_impact=with_impact)

    def preview(self, intent: Intent = INTENT) -> None:
        """Show the plan; what is applied from now on may not go beyond it."""
        self.approved = ApprovedChanges(self.assess(intent).plan.changes)
        self.management.journal.clear()

    def apply(self, intent: Intent = INTENT) -> Applied:
        """Apply the intent within what was shown."""
        return Reconciler(self.management.client, lock=self.lock).apply(intent, self.approved)

    @contextmanager
    def lock(self, name: str, wait: bool, /) -> Iterator[bool]:  # noqa: FBT001 - a Lock
        """Note when a lock is held, or waited for."""
        if self.busy and not wait:
            self.busy -= 1
            yield False
            return
        self.management.journal.append(f"{'wait for' if wait else 'lock'} {name}")
        try:
            yield True
        finally:
            self.management.journal.append("unlock")


def previewed(*permissions: tuple[str, str]) -> Bench:
    """Return a bench of which the preview of the usual intent has been shown."""
    bench = Bench(*permissions)
    bench.preview()
    return bench


class TestOneReadOneWrite:
    """What is sent when nothing goes wrong."""

    @pytest.mark.parametrize("api", [API_ID, IDENTIFIER])
    def test_a_change_is_one_read_and_one_write(self, api: str) -> None:
        """Both have their places in the rate limit before the first; what others own stays, in its place."""
        bench = previewed(("bare ", ""), READ, THEIRS)

        applied = bench.apply(dataclasses.replace(INTENT, api=api))

        assert bench.management.journal == [
            "reserve 2",
            f"lock {api}",
            "GET api",
            "PATCH bare ,read,theirs,write",
            "unlock",
            "release",
        ]
        assert applied.api.permissions == bench.management.api.permissions == dict([("bare ", ""), READ, THEIRS, WRITE])

    def test_who_waits_for_the_lock_keeps_no_place_in_the_rate_limit(self) -> None:
        """Its holder may need it; and nobody who holds the lock waits for a place."""
        bench = previewed(READ, THEIRS)
        bench.busy = 1

        bench.apply()

        assert bench.management.journal[:6] == [
            "reserve 2",
            "release",
            f"wait for {API_ID}",
            "unlock",
            "reserve 2",
            f"lock {API_ID}",
        ]

    def test_without_a_difference_nothing_is_written(self) -> None:
        """An API that is as it shall be is read and left alone; order is no difference."""
        bench = previewed(THEIRS, WRITE, READ)

        applied = bench.apply()

        assert bench.management.asked("GET") == ["GET api"]
        assert not bench.management.asked("PATCH")
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
        self, removal: Removal, *, with_impact: bool, is_looked_up: bool
    ) -> None:
        """Where something goes, holders are looked up unless that is switched off and the policy does without."""
        bench = Bench(READ, WRITE, THEIRS)
        bench.management.give("rol_1", "write")
        policy = Policy(removal=removal, approved=frozenset({"write"}))
        intent = Intent(API_ID, dict([READ]), frozenset({"read", "write"}), Unmanaged.KEEP, policy=policy)

        impact = bench.assess(intent, with_impact=with_impact).impact

        assert bool(bench.management.asked("GET")) is is_looked_up
        assert [holder.name for holder in impact.holders_of("write")] == ["Clerks"] if impact else not is_looked_up

    def test_a_plan_is_the_one_that_was_assessed(self) -> None:
        """What a preview assesses is what is then applied."""
        bench = Bench(READ, THEIRS, ("old", ""))
        intent = dataclasses.replace(INTENT, prior=frozenset({"old"}))
        assessed = bench.assess(intent)

        applied = bench.apply(intent)

        assert applied.plan == assessed.plan
        assert applied.api.permissions == assessed.plan.result


class TestRefusals:
    """What stops an operation before anything is written."""

    @pytest.mark.parametrize(
        ("theirs", "unmanaged", "message"),
        [
            ([("read", "Theirs now")], Unmanaged.KEEP, "Nothing was written"),
            ([READ, THEIRS], Unmanaged.REMOVE, "- theirs"),
        ],
        ids=["a change that would be undone", "a deletion that was not shown"],
    )
    def test_a_conflict_is_raised_before_writing(
        self, theirs: list[tuple[str, str]], unmanaged: Unmanaged, message: str
    ) -> None:
        """Where somebody has changed the list since the preview, it stays theirs."""
        bench = Bench(READ)
        intent = dataclasses.replace(INTENT, unmanaged=unmanaged)
        bench.preview(intent)
        bench.management.rival(*theirs)

        with pytest.raises(Conflict, match=f"conflict on {IDENTIFIER}") as raised:
            bench.apply(intent)

        assert message in str(raised.value)
        assert bench.management.api.permissions == dict(theirs)

    def test_what_somebody_adds_is_no_conflict(self) -> None:
        """It survives the write."""
        bench = previewed(READ)
        bench.management.rival(READ, THEIRS)

        bench.apply()

        assert bench.management.values == ("read", "theirs", "write")

    def test_an_unsafe_plan_is_refused_before_writing(self) -> None:
        """What the policy does not allow is not written; the message names the API and every objection."""
        bench = Bench(READ, WRITE, THEIRS)
        intent = Intent(API_ID, dict([READ]), policy=Policy(max_removals=0), prior=frozenset({"write"}))

        with pytest.raises(UnsafePlan) as raised:
            bench.apply(intent)

        first, *others = str(raised.value).splitlines()
        assert first == f"refused on {IDENTIFIER}:"
        assert len(others) == 3  # two objections, and the command to approve
        assert not bench.management.asked("PATCH")

    def test_removal_of_what_is_held_is_refused_with_the_holder(self) -> None:
        """Under `refuse_if_held` holders are looked up before the write."""
        bench = Bench(READ, WRITE)
        bench.management.give("rol_1", "write")
        policy = Policy(removal=Removal.REFUSE_IF_HELD)

        with pytest.raises(UnsafePlan, match="write: role Clerks"):
            bench.apply(Intent(API_ID, dict([READ]), frozenset({"read", "write"}), policy=policy))

        assert not bench.management.asked("PATCH")

    @pytest.mark.parametrize("desired", [{}, dict([READ, WRITE])], ids=["to be changed", "nothing to change"])
    def test_a_system_api_is_refused(self, desired: dict[str, str]) -> None:
        """One of Auth0's own APIs is not written to, and nobody needs to know who holds what."""
        bench = Bench(READ, WRITE, is_system=True)
        intent = dataclasses.replace(INTENT, desired=desired)

        assert bench.assess(intent).impact is None
        assert bench.management.journal == []
        with pytest.raises(UnsafePlan, match="one of Auth0's own APIs"):
            bench.apply(intent)
        assert not bench.management.asked("PATCH")


class TestFailures:
    """Writes that are refused, and those of which nobody knows at first whether they were carried out."""

    @pytest.mark.parametrize(
        ("faults", "writes", "pauses"),
        [
            pytest.param([LOST_BUT_DONE], 1, [0.5], id="done: the look finds it, and it is not repeated"),
            pytest.param([LOST], 2, [0.5], id="not done: the look finds it missing"),
            pytest.param([LOST, LOST, LOST_BUT_DONE], 3, [0.5, 1.0, 2.0], id="again and again"),
            pytest.param([Fault.rate_limited(7.5)], 2, [7.5], id="refused by the rate limit, which names the pause"),
        ],
    )
    def test_the_next_attempt_starts_with_a_look(self, faults: list[Fault], writes: int, pauses: list[float]) -> None:
        """Whatever became of the write, the operation ends well, and its plan is the first one."""
        bench = previewed(READ)
        bench.management.write_faults = [*faults]

        applied = bench.apply()

        assert len(bench.management.asked("PATCH")) == writes
        assert len(bench.management.asked("GET")) == len(pauses) + 1
        assert bench.management.pauses == pauses
        assert applied.plan.changes == (Change(WRITE[0], None, WRITE[1]),)
        assert applied.api.permissions == bench.management.api.permissions == INTENT.desired

    @pytest.mark.parametrize(
        ("faults", "writes", "message"),
        [
            pytest.param([LOST] * MAX_ATTEMPTS, MAX_ATTEMPTS, "the answer was lost", id="lost four times"),
            pytest.param([Fault.rate_limited(1.0)] * MAX_ATTEMPTS, MAX_ATTEMPTS, "too many", id="refused four times"),
            pytest.param([FORBIDDEN], 1, "the token may not", id="refused for good"),
        ],
    )
    def test_it_gives_up(self, faults: list[Fault], writes: int, message: str) -> None:
        """The last error is raised, the API holds the old set, and the next writer gets its turn."""
        bench = previewed(READ)
        bench.management.write_faults = [*faults]

        with pytest.raises(ManagementApiError, match=message):
            bench.apply()

        assert len(bench.management.asked("PATCH")) == writes
        assert bench.management.values == ("read",)
        assert bench.management.journal[-1] == "unlock"

    @pytest.mark.parametrize("api", [API_ID, "elsewhere"])
    def test_an_api_that_cannot_be_read_is_an_error(self, api: str) -> None:
        """Nothing is written, and nothing is tried again: the client has done that."""
        bench = previewed(READ)
        bench.management.read_faults = [unreachable()] if api == API_ID else []

        with pytest.raises(ManagementApiError if api == API_ID else NotFound):
            bench.apply(dataclasses.replace(INTENT, api=api))

        assert bench.management.asked("PATCH") == []
        assert bench.management.pauses == []

    def test_a_lost_write_is_reported_where_the_look_fails_too(self) -> None:
        """Where nobody can look whether a lost write was carried out, the lost write is the news."""
        bench = previewed(READ)
        bench.management.write_faults = [LOST_BUT_DONE]
        bench.management.read_faults = [None, unreachable()]

        with pytest.raises(ManagementApiError, match="the answer was lost") as raised:
            bench.apply()

        assert not raised.value.nothing_was_written

    def test_what_somebody_did_meanwhile_is_planned_for(self) -> None:
        """A second attempt starts from what is there now: somebody else's permission is not overwritten."""
        bench = previewed(READ)
        bench.management.write_faults = [LOST]
        bench.management.before_write = [lambda: bench.management.rival(READ, THEIRS)]

        bench.apply()

        assert bench.management.values == ("read", "theirs", "write")

    def test_what_somebody_did_meanwhile_may_be_a_conflict(self) -> None:
        """A second attempt keeps to what was shown as the first did."""
        bench = previewed(READ)
        bench.management.write_faults = [LOST]
        bench.management.before_write = [lambda: bench.management.rival(("read", "Theirs now"))]

        with pytest.raises(Conflict, match="What was done by then stays; nothing more was written"):
            bench.apply()

        assert bench.management.api.permissions == {"read": "Theirs now"}


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        pytest.param([READ], 'not there: "write"', id="one is missing"),
        pytest.param([READ, WRITE, ("x\n", "")], 'not sent: "x\\n"', id="one too many"),
        pytest.param([READ, ("write", "W")], 'described differently: "write"', id="another text"),
    ],
)
def test_an_answer_that_is_not_what_was_sent_fails(answered: list[tuple[str, str]], message: str) -> None:
    """What the write answers is compared with what was meant; the difference and the next step stand on one line."""
    bench = previewed(READ)
    bench.management.answer = lambda api: dataclasses.replace(api, permissions=dict(answered))

    with pytest.raises(VerificationFailed) as raised:
        bench.apply()

    (line,) = str(raised.value).splitlines()
    assert message in line
    assert IDENTIFIER in line
    assert "pulumi refresh" in line


class TestTheLog:
    """What the tenant's log says of writes between the last read and the write."""

    @staticmethod
    def entry(*permissions: tuple[str, str], seconds_ago: int = 0) -> dict[str, object]:
        """Return the log's entry of somebody's write to the API."""
        return {
            "type": "sapi",
            "date": (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat(),
            "client_id": "dashboard",
            "details": {
                "request": {
                    "path": f"/api/v2/resource-servers/{API_ID}",
                    "body": {"scopes": [{"value": value, "description": text} for value, text in permissions]},
                    "auth": {"user": {"email": "eve@example.com"}},
                }
            },
        }

    def bench(self, *log: dict[str, object], scopes: frozenset[str] | None = frozenset({"read:logs"})) -> Bench:
        """Return a bench with that log, newest entry first, and a token of these scopes."""
        bench = previewed(READ)
        bench.management.log = [*log]
        bench.management.scopes = scopes if scopes is None else scopes | {"update:resource_servers"}
        return bench

    def test_a_write_that_ours_overwrote_is_reported(self) -> None:
        """The sentence says whose it was and what was lost."""
        (sentence,) = self.bench(self.entry(READ, THEIRS)).apply().rivals

        assert "eve@example.com wrote to this API" in sentence
        assert 'theirs included "theirs" and lacked "write"' in sentence

    def test_what_our_read_brought_was_not_overwritten(self) -> None:
        """Nor was what came before it; nor is an entry about something else a write to this API."""
        odd: list[dict[str, object]] = [
            {"type": "s"},
            {"type": "sapi", "date": "soon", "details": {"request": {"path": "", "body": {}}}},
            {**self.entry(THEIRS), "date": "soon"},
            {**self.entry(THEIRS), "details": {"request": {"path": "/api/v2/roles/1", "body": {"scopes": []}}}},
        ]
        seen = [self.entry(READ, seconds_ago=2), self.entry(READ, THEIRS, seconds_ago=3)]

        assert self.bench(self.entry(READ, WRITE), *odd, *seen, self.entry(THEIRS, seconds_ago=60)).apply().rivals == ()

    @pytest.mark.parametrize("scopes", [None, frozenset[str]()])
    def test_without_the_scope_nobody_looks(self, scopes: frozenset[str] | None) -> None:
        """A token that may not read the log costs no request for it."""
        bench = self.bench(self.entry(READ, THEIRS), scopes=scopes)

        assert bench.apply().rivals == ()
        assert bench.management.asked("GET") == ["GET api"]
