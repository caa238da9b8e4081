"""The reconciler against a Management API in memory: what it sends, what it refuses, what it makes of failures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from core.memory_management import API_ID, IDENTIFIER, Fault, MemoryManagement, an_api, unreachable
from pulumi_auth0_permissions.auth0.errors import (
    Forbidden,
    ManagementApiError,
    NotFound,
    RateLimited,
)
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges
from pulumi_auth0_permissions.core.errors import Conflict, UnsafePlan, VerificationFailed
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.model import Change, Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import Policy
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.reconcile import Applied, Assessment, Reconciler, assess
from pulumi_auth0_permissions.turns import MAX_ATTEMPTS

READ, WRITE, THEIRS = ("read", "Read"), ("write", "Write"), ("theirs", "Theirs")
INTENT = Intent(API_ID, dict([READ, WRITE]), frozenset({"read"}), Unmanaged.KEEP)


class Bench:
    """A reconciler with everything it touches in reach."""

    def __init__(self, *permissions: tuple[str, str], is_system: bool = False) -> None:
        self.management = MemoryManagement(an_api(*permissions, is_system=is_system))
        self.busy = 0  # how often somebody else holds the lock
        self.shown: ApprovedChanges | None = None

    def assess(self, intent: Intent, *, with_impact: bool = True) -> Assessment:
        """Assess an intent as a preview does."""
        client = self.management.client
        return assess(client, HolderLookup(client), intent, self.management.api, with_impact=with_impact)

    def preview(self, intent: Intent = INTENT) -> None:
        """Show the plan; what is applied from now on may not go beyond it."""
        self.shown = ApprovedChanges(self.assess(intent).plan.changes)
        self.management.journal.clear()

    def apply(self, intent: Intent = INTENT) -> Applied:
        """Apply the intent within what was shown."""
        return Reconciler(self.management.client, lock=self.lock).apply(intent, self.shown)

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


def kept(*permissions: tuple[str, str]) -> Bench:
    """Return a bench of which the preview of the usual intent has been shown."""
    bench = Bench(*permissions)
    bench.preview()
    return bench


class TestOneReadOneWrite:
    """What is sent when nothing goes wrong."""

    def test_a_change_is_one_read_and_one_write(self) -> None:
        """A change costs one GET and one PATCH, with both their places in the rate limit taken before the first."""
        bench = kept(READ, THEIRS)

        bench.apply()

        assert bench.management.journal == [
            "reserve 2",
            f"lock {API_ID}",
            "GET api",
            "PATCH read,theirs,write",
            "unlock",
            "release",
        ]

    def test_who_waits_for_the_lock_keeps_no_place_in_the_rate_limit(self) -> None:
        """Its holder may need it; and nobody who holds the lock waits for a place."""
        bench = kept(READ, THEIRS)
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
        """An API that is as it shall be is read and left alone; order and a missing description are no difference."""
        bench = kept(THEIRS, ("write", "Write"), READ)

        applied = bench.apply()

        assert bench.management.asked("GET") == ["GET api"]
        assert not bench.management.asked("PATCH")
        assert applied.plan.is_empty

    def test_kept_permissions_are_sent_as_they_are(self) -> None:
        """What is not ours is written back with its own description, and an empty one where it has none."""
        bench = kept(("bare", ""), ("told ", "With a space "))

        bench.apply()

        assert list(bench.management.api.permissions.items())[:2] == [
            ("bare", ""),
            ("told ", "With a space "),
        ]

    def test_an_api_is_reached_by_its_identifier(self) -> None:
        """Identifier and id name the same API; the write goes to the id."""
        bench = Bench(READ)

        bench.apply(dataclasses.replace(INTENT, api=IDENTIFIER))

        assert bench.management.values == ("read", "write")

    def test_an_api_that_is_not_there_is_said(self) -> None:
        """An API that was deleted is an error, and nothing is written."""
        bench = Bench()

        with pytest.raises(NotFound):
            bench.apply(dataclasses.replace(INTENT, api="elsewhere"))

        assert not bench.management.asked("PATCH")

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
        intent = dataclasses.replace(
            INTENT,
            desired=dict([READ]),
            prior=frozenset({"read", "write"}),
            policy=Policy(removal=removal, approved=frozenset({"write"})),
        )

        assessment = bench.assess(intent, with_impact=with_impact)

        assert (assessment.impact is not None) is is_looked_up
        assert bool(bench.management.asked("GET")) is is_looked_up
        if assessment.impact is not None:
            assert [holder.name for holder in assessment.impact.holders_of("write")] == ["Clerks"]

    def test_nobody_is_looked_up_for_a_system_api(self) -> None:
        """Of an API that cannot be managed, nobody needs to know the holders."""
        bench = Bench(READ, WRITE, is_system=True)
        intent = dataclasses.replace(INTENT, desired={}, prior=frozenset({"read"}))

        assert bench.assess(intent).impact is None
        assert bench.management.journal == []

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

    def test_a_conflict_is_raised_before_writing(self) -> None:
        """Where a rival's change since the preview would be undone, nothing is written and the list stays theirs."""
        bench = kept(READ)
        bench.management.rival(("read", "Theirs now"))

        with pytest.raises(Conflict, match=f"conflict on {IDENTIFIER}.*") as raised:
            bench.apply()

        assert "Nothing was written." in str(raised.value)

        assert not bench.management.asked("PATCH")
        assert bench.management.api.permissions == {"read": "Theirs now"}

    def test_a_rivals_own_permission_is_no_conflict(self) -> None:
        """What a rival adds of its own survives the write."""
        bench = kept(READ)
        bench.management.rival(READ, THEIRS)

        bench.apply()

        assert bench.management.values == ("read", "theirs", "write")

    def test_a_deletion_that_was_not_shown_is_not_made(self) -> None:
        """Under `remove`, what a rival adds after the preview is not deleted unseen."""
        bench = Bench(READ)
        intent = dataclasses.replace(INTENT, unmanaged=Unmanaged.REMOVE)
        bench.preview(intent)
        bench.management.rival(READ, THEIRS)

        with pytest.raises(Conflict, match="- theirs"):
            bench.apply(intent)

        assert bench.management.values == ("read", "theirs")

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

    def test_a_system_api_is_refused(self) -> None:
        """One of Auth0's own APIs is not written to, even where there is nothing to change."""
        bench = Bench(READ, WRITE, is_system=True)

        with pytest.raises(UnsafePlan, match="one of Auth0's own APIs"):
            bench.apply()
        with pytest.raises(UnsafePlan, match="one of Auth0's own APIs"):
            bench.apply(dataclasses.replace(INTENT, desired={}, prior=frozenset({"read"})))

        assert bench.assess(INTENT).objections
        assert not bench.management.asked("PATCH")


class TestLostAnswers:
    """Writes of which nobody knows at first whether they were carried out."""

    def test_a_write_that_was_done_is_not_repeated(self) -> None:
        """Where the answer was lost after the write, a new read finds it done."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.lost(is_done=True)]

        applied = bench.apply()

        sent = [entry.split(" ")[0] for entry in bench.management.journal]
        assert [method for method in sent if method in ("GET", "PATCH")] == ["GET", "PATCH", "GET"]
        assert applied.plan.changes == (Change.between(None, WRITE),)
        assert applied.api.permissions == INTENT.desired

    def test_a_write_that_was_not_done_is_made_again(self) -> None:
        """Where the answer was lost before the write, a new read finds it missing."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.lost(is_done=False)]

        bench.apply()

        assert len(bench.management.asked("PATCH")) == 2
        assert bench.management.values == ("read", "write")

    def test_it_gives_up(self) -> None:
        """After four attempts the last error is told; the API holds the old set."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.lost(is_done=False)] * (MAX_ATTEMPTS + 1)

        with pytest.raises(ManagementApiError, match="the answer was lost"):
            bench.apply()

        assert len(bench.management.asked("PATCH")) == MAX_ATTEMPTS
        assert bench.management.values == ("read",)

    def test_what_a_rival_did_meanwhile_is_planned_for(self) -> None:
        """A second attempt starts from what is there now: a rival's own permission is not overwritten."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.lost(is_done=False)]
        bench.management.before_write = [lambda: bench.management.rival(READ, THEIRS)]

        bench.apply()

        assert bench.management.values == ("read", "theirs", "write")

    def test_what_a_rival_did_meanwhile_may_be_a_conflict(self) -> None:
        """A second attempt keeps to what was shown as the first did."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.lost(is_done=False)]
        bench.management.before_write = [lambda: bench.management.rival(("read", "Theirs now"))]

        with pytest.raises(Conflict) as raised:
            bench.apply()

        assert "What was done by then stays; nothing more was written." in str(raised.value)
        assert bench.management.api.permissions == {"read": "Theirs now"}

    def test_a_lost_write_is_told_where_the_look_fails_too(self) -> None:
        """Where nobody can look whether a lost write was carried out, the lost write is the news."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.lost(is_done=True)]
        bench.management.read_faults = [None, unreachable()]

        with pytest.raises(ManagementApiError, match="the answer was lost") as raised:
            bench.apply()

        assert not raised.value.nothing_was_written

    def test_a_failed_first_look_is_told_as_it_is(self) -> None:
        """Where the API cannot be read at all, that is the error, and nothing is written."""
        bench = kept(READ)
        bench.management.read_faults = [unreachable()]

        with pytest.raises(ManagementApiError, match="no answer"):
            bench.apply()

        assert bench.management.asked("PATCH") == []
        assert bench.management.pauses == []

    @pytest.mark.parametrize("shown", [True, False])
    def test_the_lock_is_let_go_of_after_a_failure(self, *, shown: bool) -> None:
        """However an operation ends, the next writer gets its turn."""
        bench = kept(READ) if shown else Bench(READ)
        bench.management.write_faults = [Fault.lost(is_done=False)] * MAX_ATTEMPTS

        with pytest.raises(ManagementApiError, match="the answer was lost"):
            bench.apply()

        assert bench.management.journal[-1] == "unlock"


class TestRateLimits:
    """Writes that the service refuses since there were too many requests."""

    def test_it_waits_as_long_as_it_is_told_and_looks_again(self) -> None:
        """A 429 names its pause; the next attempt starts with a read."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.rate_limited(7.5)]

        bench.apply()

        assert bench.management.pauses == [7.5]
        assert len(bench.management.asked("GET")) == 2
        assert bench.management.values == ("read", "write")

    def test_it_gives_up(self) -> None:
        """After four refusals the 429 is told."""
        bench = kept(READ)
        bench.management.write_faults = [Fault.rate_limited(1.0)] * MAX_ATTEMPTS

        with pytest.raises(RateLimited):
            bench.apply()

        assert bench.management.pauses == [1.0] * (MAX_ATTEMPTS - 1)


def test_an_error_that_stays_is_not_tried_again() -> None:
    """A refusal that will be the same next time is told at once."""
    bench = kept(READ)
    bench.management.write_faults = [
        Fault(Forbidden(request="PATCH", what="the token may not", next_action="Grant it."))
    ]

    with pytest.raises(Forbidden):
        bench.apply()

    assert len(bench.management.asked("PATCH")) == 1
    assert bench.management.pauses == []


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        pytest.param([READ], 'not there: "write"', id="one is missing"),
        pytest.param([READ, WRITE, ("x\n", "")], 'not sent: "x\\n"', id="one too many"),
        pytest.param([READ, ("write", "W")], 'described differently: "write"', id="another text"),
    ],
)
def test_an_answer_that_is_not_what_was_sent_fails(answered: list[tuple[str, str]], said: str) -> None:
    """What the write answers is compared with what was meant, and the difference is said with the next step."""
    bench = kept(READ)
    bench.management.answer = lambda api: dataclasses.replace(api, permissions=dict(answered))

    with pytest.raises(VerificationFailed) as raised:
        bench.apply()

    message = str(raised.value)
    assert said in message
    assert IDENTIFIER in message
    assert "pulumi refresh" in message
    assert message.splitlines() == [message]


def the_rivals_write(*permissions: tuple[str, str], seconds_ago: int = 0) -> dict[str, object]:
    """Return the log's entry of a rival's write to the API."""
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


def test_a_rivals_write_that_ours_overwrote_is_told() -> None:
    """Where the log shows a write between our read and our write, the operation says whose it was and what was lost."""
    bench = kept(READ)
    bench.management.scopes = frozenset({"update:resource_servers", "read:logs"})
    bench.management.log = [the_rivals_write(READ, THEIRS)]
    bench.management.before_write = [lambda: bench.management.rival(READ, THEIRS)]

    (said,) = bench.apply().rivals

    assert "eve@example.com wrote to this API" in said
    assert '"theirs"' in said
    assert bench.management.values == ("read", "write")


def test_a_rivals_write_that_we_have_read_is_not_told() -> None:
    """A write whose result our read brought was not overwritten."""
    bench = Bench(READ, THEIRS)
    bench.management.scopes = frozenset({"update:resource_servers", "read:logs"})
    bench.management.log = [the_rivals_write(READ, THEIRS, seconds_ago=2), the_rivals_write(READ, seconds_ago=3)]

    assert bench.apply().rivals == ()


@pytest.mark.parametrize("scopes", [None, frozenset({"update:resource_servers"})])
def test_without_the_scope_nobody_looks_into_the_log(scopes: frozenset[str] | None) -> None:
    """A token that may not read the log costs no request for it."""
    bench = kept(READ)
    bench.management.scopes = scopes
    bench.management.log = [the_rivals_write(READ, THEIRS)]

    assert bench.apply().rivals == ()
    assert bench.management.asked("GET") == ["GET api"]


def test_removal_of_what_is_held_is_refused_with_the_holder() -> None:
    """Under `refuse_if_held` the look-up is made before the write, and its findings stand against it."""
    bench = Bench(READ, WRITE)
    bench.management.give("rol_1", "write")
    intent = Intent(
        API_ID,
        dict([READ]),
        frozenset({"read", "write"}),
        policy=Policy(removal=Removal.REFUSE_IF_HELD),
    )

    with pytest.raises(UnsafePlan, match="write: role Clerks"):
        bench.apply(intent)

    assert not bench.management.asked("PATCH")
