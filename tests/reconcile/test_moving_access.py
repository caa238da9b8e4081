"""The reconciler where access has to move: renames and `revoke`, step by step, cut short at every request."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from pulumi_auth0_permissions.auth0.errors import Forbidden
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges
from pulumi_auth0_permissions.core.errors import Conflict, UnsafePlan
from pulumi_auth0_permissions.core.intent import Intent, Policy
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.reconcile import Applied, Reconciler, assess
from reconcile.memory import API_ID, CutShort, MemoryManagement, an_api

OLD, NEW, STAYS, THEIRS = ((value, value.title()) for value in ("old", "new", "stays", "theirs"))
RENAME = Intent(
    API_ID,
    dict([NEW, STAYS]),
    frozenset({"old", "stays", "gone"}),
    Unmanaged.KEEP,
    {"old": "new"},
)
REVOKE = Intent(
    API_ID,
    dict([STAYS]),
    frozenset({"old", "stays"}),
    Unmanaged.KEEP,
    policy=Policy(removal=Removal.REVOKE, approved=frozenset({"old", "theirs"})),
)


def tenant() -> MemoryManagement:
    """Return a tenant in which a role and a client grant hold the old permission."""
    management = MemoryManagement(an_api(THEIRS, OLD, STAYS))
    management.give("rol_1", "old", "stays")
    management.give("rol_2", "stays")
    management.give("cgr_1", "stays", "old")
    management.give("cgr_2", "theirs")
    return management


def reconciler(management: MemoryManagement) -> Reconciler:
    """Return a reconciler as a new process would make it."""
    return Reconciler(management.client)


def apply(management: MemoryManagement, intent: Intent) -> Applied:
    """Preview and apply, as one run does."""
    assessment = assess(management.client, HolderLookup(management.client), intent, management.api)
    assert assessment.objections == ()
    management.journal.clear()
    return reconciler(management).apply(intent, ApprovedChanges(assessment.plan.changes))


def writes(management: MemoryManagement) -> list[str]:
    """Return the requests that change something, in order."""
    return [entry for entry in management.journal if entry.split(" ")[0] in {"PATCH", "POST", "DELETE"}]


def test_a_rename_adds_hands_over_takes_and_deletes() -> None:
    """A rename is one PATCH that adds, the hand-over to those who hold the old name, and one PATCH that deletes."""
    management = tenant()

    applied = apply(management, RENAME)

    assert writes(management) == [
        "PATCH theirs,old,new,stays",
        "POST rol_1+new",
        "PATCH cgr_1=stays,old,new",
        "DELETE rol_1-old",
        "PATCH cgr_1=stays,new",
        "PATCH theirs,new,stays",
    ]
    assert [holder.id for holder in applied.moved] == ["rol_1", "cgr_1"]
    assert applied.api == management.api


def test_a_rename_touches_nobody_who_does_not_hold_the_old_name() -> None:
    """Roles and grants that do not hold the old permission are as they were."""
    management = tenant()

    apply(management, RENAME)

    assert management.held_by("rol_1") == ["new", "stays"]
    assert management.held_by("rol_2") == ["stays"]
    assert management.held_by("cgr_1") == ["stays", "new"]
    assert management.held_by("cgr_2") == ["theirs"]


def test_revoke_takes_before_it_deletes() -> None:
    """Under `revoke` the permission is taken from roles and grants first, then deleted with one PATCH."""
    management = tenant()

    applied = apply(management, REVOKE)

    assert writes(management) == ["DELETE rol_1-old", "PATCH cgr_1=stays", "PATCH theirs,stays"]
    assert [holder.id for holder in applied.moved] == ["rol_1", "cgr_1"]


def test_warn_takes_nothing_from_anybody() -> None:
    """Without `revoke` a deletion is one PATCH, and who holds the permission is left to hold it."""
    management = tenant()

    apply(management, Intent(API_ID, dict([STAYS]), frozenset({"old", "stays"}), Unmanaged.KEEP))

    assert writes(management) == ["PATCH theirs,stays"]
    assert management.held_by("cgr_1") == ["stays", "old"]


def requests_of(intent: Intent) -> int:
    """Return how many requests applying the intent takes from beginning to end."""
    management = tenant()
    plan = compute_plan(intent, management.api.permissions)
    reconciler(management).apply(intent, ApprovedChanges(plan.changes))
    return sum(entry.split(" ")[0] in {"GET", "PATCH", "POST", "DELETE"} for entry in management.journal)


@pytest.mark.parametrize("intent", [RENAME, REVOKE], ids=["rename", "revoke"])
@pytest.mark.parametrize("unmanaged", [Unmanaged.KEEP, Unmanaged.REMOVE])
def test_cut_short_at_any_request_the_next_run_finishes(intent: Intent, unmanaged: Unmanaged) -> None:
    """Wherever a run ends, nobody has lost access to what stays, and the next run brings everything to its end."""
    intent = dataclasses.replace(intent, unmanaged=unmanaged)
    finished = tenant()
    apply(finished, intent)

    for requests in range(1, requests_of(intent)):
        management = tenant()
        shown = ApprovedChanges(compute_plan(intent, management.api.permissions).changes)
        management.requests_left = requests
        with pytest.raises(CutShort):
            reconciler(management).apply(intent, shown)
        management.requests_left = None

        assert "stays" in management.values
        if intent.renames:
            assert set(management.held_by("cgr_1")) & {"old", "new"}
            assert set(management.held_by("rol_1")) & {"old", "new"}

        apply(management, intent)
        assert management.api == finished.api
        assert management.grants == finished.grants
        assert {role: management.held_by(role) for role in ("rol_1", "rol_2")} == {
            role: finished.held_by(role) for role in ("rol_1", "rol_2")
        }


def test_a_rename_is_refused_before_anything_where_holders_cannot_be_read() -> None:
    """A token that may not read roles renames nothing, and nothing was written by the time it is said."""
    management = tenant()

    def forbidden() -> list[object]:
        raise Forbidden(request="GET", what="no", next_action="Grant it.", missing_scopes=("read:roles",))

    management.roles = forbidden  # type: ignore[method-assign,assignment]

    with pytest.raises(UnsafePlan, match="read:roles"):
        reconciler(management).apply(RENAME, ApprovedChanges(compute_plan(RENAME, management.api.permissions).changes))

    assert writes(management) == []


def test_a_token_that_cannot_write_holders_is_refused_before_anything() -> None:
    """What the token lacks for the last step is said before the first."""
    management = tenant()
    management.scopes = frozenset({"read:resource_servers", "update:resource_servers", "read:roles", "update:roles"})

    with pytest.raises(UnsafePlan, match="the token lacks update:client_grants"):
        reconciler(management).apply(RENAME, ApprovedChanges(compute_plan(RENAME, management.api.permissions).changes))

    assert writes(management) == []


def test_a_rival_who_takes_the_old_name_away_stops_a_rename() -> None:
    """Where the old permission is gone since the preview, nothing is added, given or taken."""
    management = tenant()
    shown = ApprovedChanges(compute_plan(RENAME, management.api.permissions).changes)
    management.rival(THEIRS, STAYS)

    with pytest.raises(Conflict):
        reconciler(management).apply(RENAME, shown)

    assert writes(management) == []


def test_a_conflict_is_raised_before_access_is_taken() -> None:
    """Under `revoke`, where a rival's change would be undone, nobody has lost anything by the time that is said."""
    management = tenant()
    shown = ApprovedChanges(compute_plan(REVOKE, management.api.permissions).changes)
    management.rival(THEIRS, ("old", "Described anew"), STAYS)

    with pytest.raises(Conflict, match="Nothing was written"):
        reconciler(management).apply(REVOKE, shown)

    assert writes(management) == []


def test_an_unsafe_plan_is_refused_before_access_is_taken() -> None:
    """Under `revoke`, what the policy does not allow takes nothing from anybody."""
    management = tenant()
    intent = dataclasses.replace(
        REVOKE, policy=dataclasses.replace(REVOKE.policy, approved=frozenset(), max_removals=0)
    )

    with pytest.raises(UnsafePlan, match="maxRemovals"):
        reconciler(management).apply(intent, ApprovedChanges(compute_plan(intent, management.api.permissions).changes))

    assert writes(management) == []


def test_a_rival_after_access_was_taken_is_told_what_has_been_done() -> None:
    """A conflict after the first step does not claim that nothing was written."""
    management = tenant()
    shown = ApprovedChanges(compute_plan(REVOKE, management.api.permissions).changes)
    take = management.remove_role_permissions

    def meddling(role_id: str, identifier: str, values: Sequence[str]) -> None:
        take(role_id, identifier, values)
        management.rival(THEIRS, ("old", "Described anew"), STAYS)

    management.remove_role_permissions = meddling  # type: ignore[method-assign]

    with pytest.raises(Conflict, match="What was done by then stays; nothing more was written"):
        reconciler(management).apply(REVOKE, shown)

    assert management.values == ("theirs", "old", "stays")


def test_a_rival_between_the_steps_of_a_rename_stops_it() -> None:
    """Where the new permission is changed between the steps, the old one is not deleted."""
    management = tenant()
    shown = ApprovedChanges(compute_plan(RENAME, management.api.permissions).changes)
    role_permissions = management.role_permissions

    def meddling(role_id: str) -> list[object]:
        if "new" in management.held_by(role_id):
            management.rival(THEIRS, OLD, ("new", "Something else"), STAYS)
        return list(role_permissions(role_id))

    management.role_permissions = meddling  # type: ignore[method-assign,assignment]

    with pytest.raises((Conflict, UnsafePlan)):
        reconciler(management).apply(RENAME, shown)

    assert management.values == ("theirs", "old", "new", "stays")
