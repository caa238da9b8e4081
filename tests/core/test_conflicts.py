"""What was approved against what is about to be written, whatever others have done in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, Basis, conflict, unexpected_changes
from pulumi_auth0_permissions.core.model import (
    Change,
    Holder,
    HolderKind,
    Impact,
    Kind,
    Permissions,
    Unmanaged,
    only,
    without,
)
from pulumi_auth0_permissions.core.review import Review
from strategies import Situation, edited, pool_sets, renaming_situations, situations, underway


def approved_in(situation: Situation) -> ApprovedChanges:
    """Return what a preview of the situation shows."""
    return ApprovedChanges((Review("", "api", changes=situation.plan().changes),))


class TestWhateverOthersDo:
    """Others add, delete and describe anew between the preview and the write."""

    @given(renaming_situations(), st.data())
    def test_a_plan_is_within_its_own_preview(self, situation: Situation, data: st.DataObject) -> None:
        """While nobody else writes, nothing is unexpected, in whatever order the API lists things."""
        listed = list(situation.observed.items())
        same = dict(listed if situation.renames else data.draw(st.permutations(listed)))

        assert unexpected_changes(situation.plan(same).changes, approved_in(situation)) == ()

    @given(renaming_situations(), st.data())
    def test_only_what_was_approved_happens(self, situation: Situation, data: st.DataObject) -> None:
        """Without a conflict the write touches no other permission, and deletes only as it was shown going."""
        now, approved = data.draw(edited(situation.observed)), approved_in(situation)
        plan = situation.plan(now)
        shown = approved.reviews[0].changes
        named = {pair[0] for change in shown for pair in ((change.value,), change.after) if pair}
        going = [(change.value, change.existing) for change in shown if change.removes is not None]

        if not unexpected_changes(plan.changes, approved):
            assert without(plan.result, named) == without(now, named)
            assert all((value, now[value]) in going for value in plan.removes)

    @given(situations | underway(), st.data())
    def test_no_edit_of_others_is_undone(self, situation: Situation, data: st.DataObject) -> None:
        """What others add, delete or describe anew after the preview is still so after the write, if there is one."""
        before, now = situation.observed, data.draw(edited(situation.observed))
        plan = situation.plan(now)

        if not unexpected_changes(plan.changes, approved_in(situation)):
            theirs = {value for value in before | now if before.get(value) != now.get(value)}
            assert only(plan.result, theirs) == only(now, theirs)

    @given(situations, st.data())
    def test_what_others_have_done_already_is_no_conflict(self, situation: Situation, data: st.DataObject) -> None:
        """Where others have done a part of what was approved, the rest is done, to the same result."""
        plan = situation.plan()
        done = [change for change in plan.changes if data.draw(st.booleans())]
        gone = {change.value for change in done}
        now = {**without(situation.observed, gone), **dict(change.after for change in done if change.after)}

        rest = situation.plan(now)

        assert unexpected_changes(rest.changes, approved_in(situation)) == ()
        assert len(rest.changes) == len(plan.changes) - len(done)
        assert rest.result == plan.result

    @given(situations, pool_sets)
    def test_what_others_add_of_their_own_survives_without_a_conflict(
        self, situation: Situation, theirs: Permissions
    ) -> None:
        """Under `keep`, additions that are none of our business neither stop the write nor are lost."""
        keeping = Situation(situation.desired, situation.prior, situation.observed, Unmanaged.KEEP)
        additions = without(theirs, {*situation.desired, *situation.prior, *situation.observed})

        plan = keeping.plan({**keeping.observed, **additions})

        assert unexpected_changes(plan.changes, approved_in(keeping)) == ()
        assert only(plan.result, additions) == additions


def test_a_rename_whose_old_permission_has_gone_is_unexpected() -> None:
    """Adding the new name alone is not what was approved: those who held the old one would hold neither."""
    situation = Situation({"new": ""}, frozenset({"old"}), {"old": ""}, Unmanaged.REFUSE, {"old": "new"})

    assert unexpected_changes(situation.plan({}).changes, approved_in(situation)) == (Change("new", None, ""),)


@pytest.mark.parametrize(
    ("now", "kinds"),
    [({"write": "", "old": ""}, [Kind.DELETE, Kind.DELETE]), ({"read": "x"}, [Kind.UPDATE]), ({}, [])],
)
def test_only_additions_are_free_where_the_inputs_were_not_known(now: Permissions, kinds: list[Kind]) -> None:
    """Additions pass that a preview could not know of; a deletion or a description does not."""
    plan = Situation({"read": "Read"}, frozenset({"write", "old"}), now, Unmanaged.REFUSE).plan()

    found = unexpected_changes(plan.changes, ApprovedChanges((), Basis.UNKNOWN))

    assert [change.kind for change in found] == kinds


@pytest.mark.parametrize("basis", Basis)
def test_a_conflict_says_what_where_and_what_to_run(basis: Basis) -> None:
    """The message names the API, everything that was not approved, what was written by then, and the next step."""
    plan = Situation({}, frozenset(), {"a\n\x1b[2Kb": "", "c": ""}, Unmanaged.REMOVE).plan()

    said = conflict(plan, ApprovedChanges((), basis), api="https://orders.example.com\n", underway=True)
    why, unseen, way_out = basis.value

    assert said.splitlines() == [
        f"conflict on https://orders.example.com\\n: {why}, and continuing would make 2 changes {unseen}:",
        "  - a\\n\\x1b[2Kb",
        "  - c",
        f"What was already written stays; nothing more was written. {way_out}",
    ]


def test_holders_that_were_not_shown_are_a_conflict() -> None:
    """Where access moves, a role or grant that came to hold a permission after the preview stops the write."""
    plan = Situation({}, frozenset({"a"}), {"a": ""}, Unmanaged.KEEP).plan()
    roles = [Holder(HolderKind.ROLE, f"rol_{number}", "R\n") for number in range(2)]
    shown = Impact({"a": (roles[0],)})
    approved = ApprovedChanges((Review("", "api", changes=plan.changes, impact=shown),))

    assert conflict(plan, approved, api="api", impact=shown) == ""
    assert conflict(plan, ApprovedChanges((Review("", "api", changes=plan.changes),)), api="api", impact=shown) == ""
    said = conflict(plan, approved, api="api", impact=Impact({"a": tuple(roles)}))

    assert "Nothing was written" in said
    assert said.splitlines()[1:-1] == ["  change what role R\\n (rol_1) may do: a"]
