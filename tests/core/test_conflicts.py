"""What was shown against what is about to be written, whatever rivals have done in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.changes import Change, Kind
from pulumi_auth0_permissions.core.conflicts import Basis, Shown, beyond, raise_on_conflict
from pulumi_auth0_permissions.core.errors import Conflict
from pulumi_auth0_permissions.core.modes import Unmanaged
from pulumi_auth0_permissions.core.permissions import Permission, PermissionSet
from strategies import Situation, edited, pool_sets, renaming_situations, situations, underway


def shown_in(situation: Situation) -> Shown:
    """Return what a preview of the situation shows."""
    return Shown(situation.plan().changes)


@given(renaming_situations(), st.data())
def test_nothing_is_beyond_its_own_plan(situation: Situation, data: st.DataObject) -> None:
    """While nobody else writes, nothing goes beyond what was shown, in whatever order the API lists things."""
    listed = data.draw(st.permutations(list(situation.observed))) if not situation.renames else situation.observed
    same = PermissionSet(Permission(permission.value, permission.description or None) for permission in listed)

    assert beyond(situation.plan(same), shown_in(situation)) == ()


@given(renaming_situations(), st.data())
def test_nothing_is_deleted_that_was_not_shown(situation: Situation, data: st.DataObject) -> None:
    """Whatever a rival does after the preview: what goes without a conflict was shown going, as it was shown."""
    now = data.draw(edited(situation.observed))
    plan = situation.plan(now)
    removals_shown = [change.existing for change in shown_in(situation).changes if change.removes is not None]

    if not beyond(plan, shown_in(situation)):
        for value in plan.removes:
            going = now.get(value)
            assert going is not None
            assert any(existing and existing.says_the_same_as(going) for existing in removals_shown)


@given(situations, st.data())
def test_no_edit_of_a_rival_is_undone(situation: Situation, data: st.DataObject) -> None:
    """Whatever a rival adds, deletes or describes anew after the preview is on the API, or not, after the write too.

    Unless the write is stopped as a conflict.
    """
    before, now = situation.observed.as_map(), data.draw(edited(situation.observed))
    plan = situation.plan(now)
    seen, after = now.as_map(), plan.result.as_map()

    if not beyond(plan, shown_in(situation)):
        theirs = {value for value in before | seen if before.get(value) != seen.get(value)}
        assert {value: after.get(value) for value in theirs} == {value: seen.get(value) for value in theirs}


@given(underway(), st.data())
def test_no_edit_of_a_rival_is_undone_by_a_rename(situation: Situation, data: st.DataObject) -> None:
    """The same with renames: nothing of a rival's is undone; what the rename was shown to bring is there."""
    before, now = situation.observed.as_map(), data.draw(edited(situation.observed))
    plan = situation.plan(now)
    seen, after = now.as_map(), plan.result.as_map()

    if not beyond(plan, shown_in(situation)):
        theirs = {value for value in before | seen if before.get(value) != seen.get(value)}
        assert {value: after.get(value) for value in theirs} == {value: seen.get(value) for value in theirs}


@given(renaming_situations(), st.data())
def test_only_what_was_shown_happens(situation: Situation, data: st.DataObject) -> None:
    """Without a conflict, the write touches nothing but the permissions that the preview spoke of."""
    now = data.draw(edited(situation.observed))
    plan, shown = situation.plan(now), shown_in(situation)
    spoken_of = {p.value for change in shown.changes for p in (change.existing, change.new) if p}

    if not beyond(plan, shown):
        assert plan.result.without(spoken_of) == now.without(spoken_of)


@given(situations, st.data())
def test_what_a_rival_has_done_already_is_no_conflict(situation: Situation, data: st.DataObject) -> None:
    """Where others have done a part of what was shown, the rest is done, and the result is the one shown."""
    plan = situation.plan()
    done = [change for change in plan.changes if data.draw(st.booleans())]
    gone = {change.value for change in done}
    now = PermissionSet(
        [*(p for p in situation.observed if p.value not in gone), *(change.new for change in done if change.new)]
    )

    rest = situation.plan(now)

    assert beyond(rest, Shown(plan.changes)) == ()
    assert len(rest.changes) == len(plan.changes) - len(done)
    assert rest.result == plan.result


@given(situations, pool_sets)
def test_what_a_rival_adds_of_its_own_survives_without_a_conflict(situation: Situation, theirs: PermissionSet) -> None:
    """Under `keep`, additions of others that are none of our business neither stop the write nor are lost."""
    ours = {*situation.desired.values(), *situation.prior, *situation.observed.values()}
    keeping = Situation(situation.desired, situation.prior, situation.observed, Unmanaged.KEEP)
    additions = theirs.without(ours)

    plan = keeping.plan(PermissionSet([*keeping.observed, *additions]))

    assert beyond(plan, shown_in(keeping)) == ()
    assert plan.result.only(additions.values()) == additions


READ, WRITE = Permission("read", "Read"), Permission("write", "Write")


@pytest.mark.parametrize(
    ("observed", "now", "surprise"),
    [
        pytest.param([READ], [], Change(None, READ), id="deleted what we keep"),
        pytest.param([READ], [Permission("read", "x")], Change(Permission("read", "x"), READ), id="described anew"),
        pytest.param([], [Permission("read", "x")], Change(Permission("read", "x"), READ), id="added it otherwise"),
        pytest.param([READ], [READ, WRITE], Change(WRITE, None), id="added what we own and no longer declare"),
        pytest.param(
            [READ, WRITE],
            [READ, Permission("write", "x")],
            Change(Permission("write", "x"), None),
            id="described anew what is to be deleted",
        ),
    ],
)
def test_undoing_a_rival_is_a_conflict(observed: list[Permission], now: list[Permission], surprise: Change) -> None:
    """A write that would undo what somebody did after the preview goes beyond what was shown, by exactly that."""
    situation = Situation(
        PermissionSet([READ]), frozenset({"read", "write"}), PermissionSet(observed), Unmanaged.REFUSE
    )

    assert beyond(situation.plan(PermissionSet(now)), shown_in(situation)) == (surprise,)


def test_a_rename_whose_old_permission_has_gone_is_a_conflict() -> None:
    """Adding the new name alone is not what was shown: those who held the old one would hold neither."""
    situation = Situation(
        PermissionSet([WRITE]), frozenset({"read"}), PermissionSet([READ]), Unmanaged.REFUSE, {"read": "write"}
    )

    assert beyond(situation.plan(PermissionSet()), shown_in(situation)) == (Change(None, WRITE),)


def test_only_additions_are_free_where_the_inputs_were_not_known() -> None:
    """Additions pass that a preview could not know of; a deletion or a description does not."""
    situation = Situation(
        PermissionSet([READ]),
        frozenset({"write", "old"}),
        PermissionSet([WRITE, Permission("old")]),
        Unmanaged.REFUSE,
    )
    described = PermissionSet([Permission("read", "x")])
    unseen = Shown((), additions_are_free=True)

    assert [change.kind for change in beyond(situation.plan(), unseen)] == [Kind.DELETE, Kind.DELETE]
    assert [change.kind for change in beyond(situation.plan(described), unseen)] == [Kind.UPDATE]
    assert beyond(situation.plan(PermissionSet()), unseen) == ()
    assert [change.kind for change in beyond(situation.plan(PermissionSet()), Shown(()))] == [Kind.CREATE]


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
    situation = Situation(
        PermissionSet([READ]), frozenset(), PermissionSet([WRITE, Permission("a\n\x1b[2Kb")]), Unmanaged.REMOVE
    )

    with pytest.raises(Conflict) as raised:
        raise_on_conflict(situation.plan(), Shown((), basis), api="https://orders.example.com\n")

    message = str(raised.value)
    assert message.startswith(f"conflict on https://orders.example.com\\n: {why}")
    assert "going on would do 3 things that you were not shown:" in message
    assert message.splitlines()[1:4] == ["  - a\\n\\x1b[2Kb", "  - write", '  + read: "Read"']
    assert "Nothing was written." in message
    assert way_out in message


def test_a_conflict_lists_every_surprise() -> None:
    """However many permissions would go unseen, each of them is listed."""
    many = PermissionSet(Permission(f"p{number:03}") for number in range(300))
    situation = Situation(PermissionSet(), frozenset(), many, Unmanaged.REMOVE)

    with pytest.raises(Conflict) as raised:
        raise_on_conflict(situation.plan(), Shown(()), api="api")

    assert [line for line in str(raised.value).splitlines() if line.startswith("  - ")] == [
        f"  - {value}" for value in many.values()
    ]
