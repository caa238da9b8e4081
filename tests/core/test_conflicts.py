"""What was shown against what is about to be written, whatever rivals have done in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, Basis, raise_on_conflict, unexpected_changes
from pulumi_auth0_permissions.core.errors import Conflict
from pulumi_auth0_permissions.core.model import Change, Kind, Permissions, Unmanaged, only, without
from strategies import Situation, edited, pool_sets, renaming_situations, situations, underway


def shown_in(situation: Situation) -> ApprovedChanges:
    """Return what a preview of the situation shows."""
    return ApprovedChanges(situation.plan().changes)


@given(renaming_situations(), st.data())
def test_nothing_is_beyond_its_own_plan(situation: Situation, data: st.DataObject) -> None:
    """While nobody else writes, nothing goes unexpected_changes what was shown, in whatever order the API lists things."""
    listed = list(situation.observed.items())
    same = dict(listed if situation.renames else data.draw(st.permutations(listed)))

    assert unexpected_changes(situation.plan(same), shown_in(situation)) == ()


@given(renaming_situations(), st.data())
def test_nothing_is_deleted_that_was_not_shown(situation: Situation, data: st.DataObject) -> None:
    """Whatever a rival does after the preview: what goes without a conflict was shown going, as it was shown."""
    now = data.draw(edited(situation.observed))
    plan = situation.plan(now)
    removals_shown = [change.before for change in shown_in(situation).changes if change.removes is not None]

    if not unexpected_changes(plan, shown_in(situation)):
        for value in plan.removes:
            assert (value, now[value]) in removals_shown


@given(situations, st.data())
def test_no_edit_of_a_rival_is_undone(situation: Situation, data: st.DataObject) -> None:
    """Whatever a rival adds, deletes or describes anew after the preview is on the API, or not, after the write too.

    Unless the write is stopped as a conflict.
    """
    before, now = situation.observed, data.draw(edited(situation.observed))
    plan = situation.plan(now)
    seen, after = now, plan.result

    if not unexpected_changes(plan, shown_in(situation)):
        theirs = {value for value in before | seen if before.get(value) != seen.get(value)}
        assert {value: after.get(value) for value in theirs} == {value: seen.get(value) for value in theirs}


@given(underway(), st.data())
def test_no_edit_of_a_rival_is_undone_by_a_rename(situation: Situation, data: st.DataObject) -> None:
    """The same with renames: nothing of a rival's is undone; what the rename was shown to bring is there."""
    before, now = situation.observed, data.draw(edited(situation.observed))
    plan = situation.plan(now)
    seen, after = now, plan.result

    if not unexpected_changes(plan, shown_in(situation)):
        theirs = {value for value in before | seen if before.get(value) != seen.get(value)}
        assert {value: after.get(value) for value in theirs} == {value: seen.get(value) for value in theirs}


@given(renaming_situations(), st.data())
def test_only_what_was_shown_happens(situation: Situation, data: st.DataObject) -> None:
    """Without a conflict, the write touches nothing but the permissions that the preview spoke of."""
    now = data.draw(edited(situation.observed))
    plan, shown = situation.plan(now), shown_in(situation)
    spoken_of = {p[0] for change in shown.changes for p in (change.before, change.after) if p}

    if not unexpected_changes(plan, shown):
        assert without(plan.result, spoken_of) == without(now, spoken_of)


@given(situations, st.data())
def test_what_a_rival_has_done_already_is_no_conflict(situation: Situation, data: st.DataObject) -> None:
    """Where others have done a part of what was shown, the rest is done, and the result is the one shown."""
    plan = situation.plan()
    done = [change for change in plan.changes if data.draw(st.booleans())]
    gone = {change.value for change in done}
    now = {**without(situation.observed, gone), **dict(change.after for change in done if change.after)}

    rest = situation.plan(now)

    assert unexpected_changes(rest, ApprovedChanges(plan.changes)) == ()
    assert len(rest.changes) == len(plan.changes) - len(done)
    assert rest.result == plan.result


@given(situations, pool_sets)
def test_what_a_rival_adds_of_its_own_survives_without_a_conflict(situation: Situation, theirs: Permissions) -> None:
    """Under `keep`, additions of others that are none of our business neither stop the write nor are lost."""
    ours = {*situation.desired, *situation.prior, *situation.observed}
    keeping = Situation(situation.desired, situation.prior, situation.observed, Unmanaged.KEEP)
    additions = without(theirs, ours)

    plan = keeping.plan({**keeping.observed, **additions})

    assert unexpected_changes(plan, shown_in(keeping)) == ()
    assert only(plan.result, additions) == additions


READ, WRITE = ("read", "Read"), ("write", "Write")


@pytest.mark.parametrize(
    ("observed", "now", "surprise"),
    [
        pytest.param([READ], [], Change.between(None, READ), id="deleted what we keep"),
        pytest.param([READ], [("read", "x")], Change.between(("read", "x"), READ), id="described anew"),
        pytest.param([], [("read", "x")], Change.between(("read", "x"), READ), id="added it otherwise"),
        pytest.param([READ], [READ, WRITE], Change.between(WRITE, None), id="added what we own and no longer declare"),
        pytest.param(
            [READ, WRITE],
            [READ, ("write", "x")],
            Change("write", "x", None),
            id="described anew what is to be deleted",
        ),
    ],
)
def test_undoing_a_rival_is_a_conflict(
    observed: list[tuple[str, str]], now: list[tuple[str, str]], surprise: Change
) -> None:
    """A write that would undo what somebody did after the preview goes unexpected_changes what was shown, by exactly that."""
    situation = Situation(dict([READ]), frozenset({"read", "write"}), dict(observed), Unmanaged.REFUSE)

    assert unexpected_changes(situation.plan(dict(now)), shown_in(situation)) == (surprise,)


def test_a_rename_whose_old_permission_has_gone_is_a_conflict() -> None:
    """Adding the new name alone is not what was shown: those who held the old one would hold neither."""
    situation = Situation(dict([WRITE]), frozenset({"read"}), dict([READ]), Unmanaged.REFUSE, {"read": "write"})

    assert unexpected_changes(situation.plan({}), shown_in(situation)) == (Change.between(None, WRITE),)


def test_only_additions_are_free_where_the_inputs_were_not_known() -> None:
    """Additions pass that a preview could not know of; a deletion or a description does not."""
    situation = Situation(
        dict([READ]),
        frozenset({"write", "old"}),
        dict([WRITE, ("old", "")]),
        Unmanaged.REFUSE,
    )
    described = {"read": "x"}
    unseen = ApprovedChanges((), additions_are_free=True)

    assert [change.kind for change in unexpected_changes(situation.plan(), unseen)] == [Kind.DELETE, Kind.DELETE]
    assert [change.kind for change in unexpected_changes(situation.plan(described), unseen)] == [Kind.UPDATE]
    assert unexpected_changes(situation.plan({}), unseen) == ()
    assert [change.kind for change in unexpected_changes(situation.plan({}), ApprovedChanges(()))] == [Kind.CREATE]


@pytest.mark.parametrize(
    ("basis", "why", "way_out"),
    [
        (
            Basis.PREVIEW,
            "its permissions were changed by somebody else since this preview",
            "Run `pulumi up` again to see",
        ),
        (
            Basis.UNKNOWN,
            "what it depends on was not known yet when the preview ran",
            "Run `pulumi up` again: its preview will show the plan.",
        ),
    ],
)
def test_a_conflict_says_what_where_and_what_to_run(basis: Basis, why: str, way_out: str) -> None:
    """The message names the API, every thing that was not shown, that nothing was written, and the next step."""
    situation = Situation(dict([READ]), frozenset(), dict([WRITE, ("a\n\x1b[2Kb", "")]), Unmanaged.REMOVE)

    with pytest.raises(Conflict) as raised:
        raise_on_conflict(situation.plan(), ApprovedChanges((), basis), api="https://orders.example.com\n")

    message = str(raised.value)
    assert message.startswith(f"conflict on https://orders.example.com\\n: {why}")
    assert "going on would do 3 things that you were not shown:" in message
    assert message.splitlines()[1:4] == ["  - a\\n\\x1b[2Kb", "  - write", '  + read: "Read"']
    assert "Nothing was written." in message
    assert way_out in message


def test_a_conflict_lists_every_surprise() -> None:
    """However many permissions would go unseen, each of them is listed."""
    many = {f"p{number:03}": "" for number in range(300)}
    situation = Situation({}, frozenset(), many, Unmanaged.REMOVE)

    with pytest.raises(Conflict) as raised:
        raise_on_conflict(situation.plan(), ApprovedChanges(()), api="api")

    assert [line for line in str(raised.value).splitlines() if line.startswith("  - ")] == [
        f"  - {value}" for value in many
    ]
