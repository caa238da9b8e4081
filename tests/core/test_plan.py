"""The plan without renames, by its laws: minimal, true to what is ours, settled once applied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import Kind, Permissions, Unmanaged, only
from pulumi_auth0_permissions.core.planning import compute_plan
from strategies import POOL, Situation, pool_sets, situations


def strangers(situation: Situation) -> list[str]:
    """Return what is on the API and neither declared nor owned."""
    ours = situation.prior | set(situation.desired)
    return [value for value in situation.observed if value not in ours]


@given(situations)
def test_applied_once_there_is_nothing_left_to_do(situation: Situation) -> None:
    """Planning again for what the plan results in finds no change."""
    plan = situation.plan()

    again = situation.plan(plan.result)

    assert again.is_empty
    assert again.result == plan.result


@given(situations)
def test_recorded_once_there_is_nothing_left_to_do(situation: Situation) -> None:
    """Planning again with what was declared as the prior set finds no change, in any mode."""
    recorded = Situation(situation.desired, frozenset(situation.desired), situation.plan().result, situation.unmanaged)

    assert recorded.plan().is_empty


@given(situations)
def test_only_what_is_ours_is_deleted(situation: Situation) -> None:
    """Nothing goes that we have not owned, unless `remove` owns the whole list; nothing goes that is declared."""
    removed = set(situation.plan().removes)

    assert situation.unmanaged is Unmanaged.REMOVE or removed <= situation.prior
    assert removed.isdisjoint(situation.desired)


@given(situations)
def test_all_that_was_ours_and_is_no_longer_declared_goes(situation: Situation) -> None:
    """What we have owned and do not declare any more is not on the API afterwards."""
    result = situation.plan().result

    assert not [value for value in situation.prior if value in result and value not in situation.desired]


@given(situations)
def test_kept_permissions_keep_their_place(situation: Situation) -> None:
    """What stays stands in the order it had, and what is added follows in the order of the program."""
    result = situation.plan().result
    kept = [value for value in situation.observed if value in result]
    added = [value for value in situation.desired if value not in situation.observed]

    assert list(result) == kept + added


@given(situations)
def test_what_is_not_declared_and_stays_is_written_back_as_it_was(situation: Situation) -> None:
    """A permission of somebody else keeps its value and its description."""
    result = situation.plan().result

    for value, description in situation.observed.items():
        if value in result and value not in situation.desired:
            assert result[value] == description


@given(situations)
def test_the_result_is_what_is_declared_and_what_is_left(situation: Situation) -> None:
    """After the plan the API holds the desired set and what belongs to somebody else, and no more."""
    plan = situation.plan()

    assert plan.result == {**only(situation.observed, (*plan.left_alone, *plan.blocking)), **situation.desired}


@given(situations)
def test_every_change_is_needed(situation: Situation) -> None:
    """There is exactly one change for each permission in which observed and result differ."""
    plan = situation.plan()
    before, after = situation.observed, plan.result
    different = {value for value in before | after if before.get(value) != after.get(value)}

    assert sorted(change.value for change in plan.changes) == sorted(different)


@given(situations)
def test_changes_are_in_their_order(situation: Situation) -> None:
    """A plan's changes are sorted, so that the same situation always reads the same."""
    changes = situation.plan().changes

    assert list(changes) == sorted(changes, key=lambda change: change.sort_key)


@given(situations, st.data())
def test_order_makes_no_difference_to_the_changes(situation: Situation, data: st.DataObject) -> None:
    """However program and API list their permissions, the changes are the same, in the same order."""
    shuffled = Situation(
        dict(data.draw(st.permutations(list(situation.desired.items())))),
        situation.prior,
        dict(data.draw(st.permutations(list(situation.observed.items())))),
        situation.unmanaged,
    )

    assert shuffled.plan().changes == situation.plan().changes
    assert shuffled.plan().result == situation.plan().result


@given(pool_sets, st.sampled_from(Unmanaged), st.data())
def test_order_is_no_difference(observed: Permissions, unmanaged: Unmanaged, data: st.DataObject) -> None:
    """An API that holds what is declared, in another order, needs nothing."""
    desired = dict(data.draw(st.permutations(list(observed.items()))))

    plan = compute_plan(desired=desired, prior=(), observed=observed, unmanaged=unmanaged)

    assert plan.is_empty
    assert plan.unchanged == tuple(observed)
    assert list(plan.result) == list(observed)


@given(situations)
def test_refuse_lists_exactly_the_strangers(situation: Situation) -> None:
    """Under `refuse` everything that is neither declared nor owned stands in the way, in the API's order."""
    plan = situation.plan()

    expected = tuple(strangers(situation)) if situation.unmanaged is Unmanaged.REFUSE else ()
    assert plan.blocking == expected


@given(situations)
def test_keep_leaves_exactly_the_strangers(situation: Situation) -> None:
    """Under `keep` everything that is neither declared nor owned is left alone, in the API's order."""
    plan = situation.plan()

    expected = tuple(strangers(situation)) if situation.unmanaged is Unmanaged.KEEP else ()
    assert plan.left_alone == expected


@given(situations)
def test_remove_owns_the_whole_list(situation: Situation) -> None:
    """Under `remove` the API holds what is declared afterwards, and nothing else."""
    owning = Situation(situation.desired, situation.prior, situation.observed, Unmanaged.REMOVE)

    assert owning.plan().result == situation.desired


@given(situations)
def test_what_is_adopted_was_there_and_was_not_ours(situation: Situation) -> None:
    """Adopted is what the program declares, the API holds already and the resource has not owned."""
    adopted = [value for value in situation.observed if value in situation.desired and value not in situation.prior]

    assert list(situation.plan().adopted) == adopted


@given(situations)
def test_destroying_leaves_what_is_not_ours(situation: Situation) -> None:
    """With nothing declared and `keep`, exactly what we own goes; all else stays as and where it is."""
    plan = compute_plan(desired={}, prior=situation.prior, observed=situation.observed, unmanaged=Unmanaged.KEEP)

    assert list(plan.result) == [value for value in situation.observed if value not in situation.prior]
    assert {change.kind for change in plan.changes} <= {Kind.DELETE}


@pytest.mark.parametrize("value", POOL)
def test_look_alikes_are_not_taken_for_one_another(value: str) -> None:
    """A value declared next to values that look alike adds exactly itself."""
    others = {other: "" for other in POOL if other != value}

    plan = compute_plan(desired=dict.fromkeys(POOL, ""), prior=(), observed=others, unmanaged=Unmanaged.REFUSE)

    assert [(change.kind, change.value) for change in plan.changes] == [(Kind.CREATE, value)]
