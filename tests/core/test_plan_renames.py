"""The plan with renames, by its laws: one move, in place, in two steps that can be taken up again."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import assume, given

from pulumi_auth0_permissions.core.model import Change, Kind, Unmanaged, only
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from strategies import Situation, renaming_situations, underway

OLD, NEW = ("old", "Old"), ("new", "New")


def renaming(
    *observed: tuple[str, str], prior: tuple[str, ...] = ("old",), unmanaged: Unmanaged = Unmanaged.KEEP
) -> Plan:
    """Plan to rename `old` to `new`, which is all that is declared."""
    return compute_plan(
        desired=dict([NEW]),
        prior=prior,
        observed=dict(observed),
        unmanaged=unmanaged,
        renames={"old": "new"},
    )


@given(underway())
def test_the_new_name_takes_the_place_of_the_old(situation: Situation) -> None:
    """Afterwards a new permission stands where its old one stood among those that stay."""
    result = list(situation.plan().result)

    renamed = [situation.renames.get(value, value) for value in situation.observed]
    kept = [value for value in renamed if value in result]
    assert result[: len(kept)] == kept
    assert set(result).isdisjoint(situation.renames)


@given(renaming_situations())
def test_applied_once_there_is_nothing_left_to_do(situation: Situation) -> None:
    """Planning again for what the plan results in finds no change, though the entries are still there."""
    plan = situation.plan()
    assume(not plan.collisions)

    assert situation.plan(plan.result).is_empty


@given(renaming_situations())
def test_recorded_once_the_entries_have_no_effect(situation: Situation) -> None:
    """Once the new set is recorded, a plan with the entries and one without them are the same, whatever is there."""
    recorded = dataclasses.replace(situation, prior=frozenset(situation.desired))

    assert recorded.plan() == dataclasses.replace(recorded, renames={}).plan()


@given(renaming_situations())
def test_only_what_is_ours_or_named_is_removed(situation: Situation) -> None:
    """A value goes if we have owned it, if the program renames it by name, or if `remove` owns the whole list."""
    removed = set(situation.plan().removes)

    assert situation.unmanaged is Unmanaged.REMOVE or removed <= situation.prior | set(situation.renames)
    assert removed.isdisjoint(situation.desired)


@given(renaming_situations())
def test_the_result_is_what_is_declared_and_what_is_left(situation: Situation) -> None:
    """Renames or not, afterwards the API holds the desired set and what belongs to somebody else."""
    plan = situation.plan()

    assert plan.result == {**only(situation.observed, (*plan.left_alone, *plan.blocking)), **situation.desired}


@given(underway())
def test_the_first_step_holds_the_result_and_all_that_goes(situation: Situation) -> None:
    """While access moves, the API holds everything of the result and everything that is still to go, as it was."""
    plan = situation.plan()

    assert plan.interim == {**plan.result, **only(situation.observed, plan.removes)}


@given(underway())
def test_the_first_step_puts_the_new_name_right_behind_the_old(situation: Situation) -> None:
    """While access moves, each new permission follows its old one: the mark of a rename that is under way."""
    values = list(situation.plan().interim)

    for old, new in situation.renames.items():
        assert values.index(new) == values.index(old) + 1


@given(underway())
def test_an_interrupted_rename_plans_exactly_the_rest(situation: Situation) -> None:
    """From the first step on, what is left is the rename and the deletions that were planned, to the same result."""
    plan = situation.plan()

    rest = situation.plan(plan.interim)

    assert [(change.kind, change.existing) for change in rest.changes] == [
        (change.kind, change.existing) for change in plan.changes if change.kind in (Kind.DELETE, Kind.RENAME)
    ]
    assert list(rest.result.items()) == list(plan.result.items())
    assert not rest.collisions


@given(underway())
def test_a_rename_interrupted_twice_is_where_it_was(situation: Situation) -> None:
    """Taking the first step again changes nothing on the API."""
    interim = situation.plan().interim

    assert list(situation.plan(interim).interim.items()) == list(interim.items())


@pytest.mark.parametrize("unmanaged", [Unmanaged.KEEP, Unmanaged.REFUSE])
def test_a_rename_onto_a_permission_of_ours_is_a_collision(unmanaged: Unmanaged) -> None:
    """A rename onto a permission that the resource has owned is refused, even where it stands right behind."""
    plan = renaming(OLD, NEW, prior=("old", "new"), unmanaged=unmanaged)

    assert plan.collisions == (Change.between(OLD, NEW),)
    assert not plan.of_kind(Kind.RENAME)


def test_owning_the_whole_list_does_not_stop_an_interrupted_rename() -> None:
    """Under `remove` a refresh makes all that is there ours, the first step of a rename included: it goes on."""
    plan = renaming(OLD, NEW, prior=("old", "new"), unmanaged=Unmanaged.REMOVE)

    assert plan.changes == (Change.between(OLD, NEW),)
    assert not plan.collisions


@pytest.mark.parametrize(
    "observed",
    [
        (NEW, OLD),
        (OLD, ("between", ""), NEW),
        (OLD, ("new", "Something else")),
        (OLD, ("new", "")),
    ],
    ids=["before the old one", "further behind", "described differently", "not described"],
)
@pytest.mark.parametrize("unmanaged", Unmanaged)
def test_a_rename_onto_a_permission_with_a_life_of_its_own_is_a_collision(
    observed: tuple[tuple[str, str], ...], unmanaged: Unmanaged
) -> None:
    """A permission that is not exactly what a first step leaves is somebody's, and nothing is renamed onto it."""
    plan = renaming(*observed, unmanaged=unmanaged)

    assert [change.value for change in plan.collisions] == ["old"]
    assert not plan.of_kind(Kind.RENAME)


def test_an_interrupted_rename_without_a_description_is_taken_up() -> None:
    """Where the new permission is declared without a text, an absent description is what a first step leaves."""
    plan = compute_plan(
        desired={"new": ""},
        prior=("old",),
        observed=dict([OLD, ("new", "")]),
        renames={"old": "new"},
    )

    assert [change.kind for change in plan.changes] == [Kind.RENAME]
    assert list(plan.result) == ["new"]


def test_a_first_adoption_may_rename() -> None:
    """A permission that is not ours yet is renamed where the program names it: that is a declaration too."""
    plan = renaming(OLD, prior=(), unmanaged=Unmanaged.REFUSE)

    assert plan.changes == (Change.between(OLD, NEW),)
    assert not plan.blocking


@pytest.mark.parametrize("unmanaged", [Unmanaged.KEEP, Unmanaged.REFUSE])
@pytest.mark.parametrize("observed", [(NEW, OLD), (OLD, NEW), (OLD,)], ids=["behind", "before", "alone"])
def test_an_old_name_that_comes_back_after_the_rename_is_somebody_elses(
    observed: tuple[tuple[str, str], ...], unmanaged: Unmanaged
) -> None:
    """With the rename done, a permission of the old name is a stranger like any other, and stays."""
    plan = renaming(*observed, prior=("new",), unmanaged=unmanaged)

    assert (*plan.left_alone, *plan.blocking) == ("old",)
    assert not plan.collisions
    assert "old" in plan.result
