"""The plan, by its laws: whatever is desired, prior and observed, in any mode, with and without renames."""

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import Change, Intent, Kind, Permissions, Unmanaged, only
from pulumi_auth0_permissions.core.ownership import Declaration, Siblings, siblings_among
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.renames import likely_renames
from strategies import POOL, Situation, plan_of, renaming_situations, situations, underway

any_situations = situations | renaming_situations()


class TestLaws:
    """What holds for every plan."""

    @given(any_situations)
    def test_applied_once_there_is_nothing_left_to_do(self, situation: Situation) -> None:
        """Planning again for what the plan results in finds no change, though entries of `renames` are still there."""
        plan = situation.plan()
        assume(not plan.blocked_renames)

        again = situation.plan(plan.result)

        assert not again.changes
        assert again.result == plan.result

    @given(any_situations)
    def test_only_what_is_ours_or_renamed_is_removed(self, situation: Situation) -> None:
        """A value goes if we have owned it, if the program renames it by name, or if `remove` owns the whole list."""
        removed = set(situation.plan().removes)

        assert situation.unmanaged is Unmanaged.REMOVE or removed <= situation.prior | set(situation.renames)
        assert removed.isdisjoint(situation.desired)

    @given(any_situations)
    def test_the_result_is_what_is_declared_and_what_is_left(self, situation: Situation) -> None:
        """Afterwards the API holds the desired set and, as they were, unmanaged permissions; no more."""
        plan = situation.plan()

        left = only(situation.observed, (*plan.left_alone, *plan.blocking))
        assert plan.result == {**left, **situation.desired}

    @given(situations)
    def test_kept_permissions_keep_their_place(self, situation: Situation) -> None:
        """What stays stands in the order it had, and what is added follows, sorted."""
        result = situation.plan().result
        kept = [value for value in situation.observed if value in result]
        added = sorted(value for value in situation.desired if value not in situation.observed)

        assert list(result) == kept + added

    @given(situations)
    def test_every_change_is_needed(self, situation: Situation) -> None:
        """There is exactly one change for each permission in which observed and result differ, in a fixed order."""
        plan = situation.plan()
        before, after = situation.observed, plan.result
        different = {value for value in before | after if before.get(value) != after.get(value)}

        assert sorted(change.value for change in plan.changes) == sorted(different)
        order = list(Kind)  # what takes away comes first
        assert list(plan.changes) == sorted(plan.changes, key=lambda change: (order.index(change.kind), change.value))

    @given(situations, st.data())
    def test_order_makes_no_difference(self, situation: Situation, data: st.DataObject) -> None:
        """However program and API list their permissions, the changes are the same, in the same order."""
        desired, observed = (
            dict(data.draw(st.permutations(list(listed.items())))) for listed in (situation.desired, situation.observed)
        )
        shuffled = dataclasses.replace(situation, desired=desired, observed=observed)

        assert shuffled.plan().changes == situation.plan().changes
        assert shuffled.plan().result == situation.plan().result

    @given(situations)
    def test_the_mode_decides_what_becomes_of_what_was_not_ours(self, situation: Situation) -> None:
        """Declared, it is adopted; else `refuse` stops the plan, `keep` leaves it alone, and `remove` takes it."""
        plan = situation.plan()
        there = [value for value in situation.observed if value in situation.desired]
        rest = tuple(value for value in situation.observed if value not in situation.prior | set(situation.desired))

        assert list(plan.adopted) == [value for value in there if value not in situation.prior]
        assert plan.blocking == (rest if situation.unmanaged is Unmanaged.REFUSE else ())
        assert plan.left_alone == (rest if situation.unmanaged is Unmanaged.KEEP else ())
        assert situation.unmanaged is not Unmanaged.REMOVE or plan.result == situation.desired


class TestRenames:
    """A rename is one move, in place, in two steps that can be taken up again."""

    @given(underway())
    def test_the_new_name_takes_the_place_of_the_old(self, situation: Situation) -> None:
        """Afterwards a new permission stands where its old one stood among those that stay."""
        result = list(situation.plan().result)

        renamed = [situation.renames.get(value, value) for value in situation.observed]
        kept = [value for value in renamed if value in result]
        assert result[: len(kept)] == kept
        assert set(result).isdisjoint(situation.renames)

    @given(underway())
    def test_the_first_step_holds_the_result_and_all_that_goes(self, situation: Situation) -> None:
        """While access moves, all that is still to go is there, and each new permission right behind its old one."""
        plan = situation.plan()
        values = list(plan.interim)

        assert plan.interim == {**plan.result, **only(situation.observed, plan.removes)}
        assert all(values.index(new) == values.index(old) + 1 for old, new in situation.renames.items())

    @given(underway())
    def test_an_interrupted_rename_plans_exactly_the_rest(self, situation: Situation) -> None:
        """After the first step, renames and deletions are left, to the same result; taken again, it changes nothing."""
        plan = situation.plan()

        rest = situation.plan(plan.interim)

        takes_away = [(change.kind, change.existing) for change in plan.changes if change.removes is not None]
        assert [(change.kind, change.existing) for change in rest.changes] == takes_away
        assert list(rest.result.items()) == list(plan.result.items())
        assert list(rest.interim.items()) == list(plan.interim.items())
        assert not rest.blocked_renames

    @pytest.mark.parametrize("unmanaged", Unmanaged)
    @pytest.mark.parametrize(
        ("observed", "prior"),
        [
            pytest.param({"new": "New", "old": "Old"}, ("old",), id="before the old one"),
            pytest.param({"old": "Old", "between": "", "new": "New"}, ("old",), id="further behind"),
            pytest.param({"old": "Old", "new": "Something else"}, ("old",), id="described differently"),
            pytest.param({"old": "Old", "new": ""}, ("old",), id="not described"),
            pytest.param({"old": "Old", "new": "New"}, ("old", "new"), id="right behind, but owned"),
        ],
    )
    def test_nothing_is_renamed_onto_a_permission_with_a_life_of_its_own(
        self, observed: Permissions, prior: tuple[str, ...], unmanaged: Unmanaged
    ) -> None:
        """A permission that is not exactly what a first step leaves is somebody's, and stops the rename.

        Under `remove`, having owned it means nothing: there a refresh makes all ours, a first step included.
        """
        plan = renaming(observed, prior=prior, unmanaged=unmanaged)

        is_blocked = prior == ("old",) or unmanaged is not Unmanaged.REMOVE
        assert ["already has a permission" in why for why in plan.blocked_renames] == [True] * is_blocked
        assert any(change.kind is Kind.RENAME for change in plan.changes) is not is_blocked

    def test_a_first_adoption_may_rename(self) -> None:
        """A permission that is not ours yet is renamed where the program names it: that is a declaration too."""
        plan = renaming({"old": "Old"}, prior=(), unmanaged=Unmanaged.REFUSE)

        assert plan.changes == (Change("old", "Old", "New", "new"),)
        assert not plan.blocking
        assert renaming({"old": "Old"}, prior=(), unmanaged=Unmanaged.KEEP).left_alone == ("old",)  # somebody else's

    @pytest.mark.parametrize("values", [("new", "old"), ("old", "new"), ("old",)])
    def test_an_old_name_that_comes_back_after_the_rename_is_unmanaged(self, values: tuple[str, ...]) -> None:
        """With the rename done, a permission of the old name is unmanaged like any other, and stays."""
        for unmanaged in (Unmanaged.KEEP, Unmanaged.REFUSE):
            plan = renaming({value: value.title() for value in values}, prior=("new",), unmanaged=unmanaged)

            assert (*plan.left_alone, *plan.blocking) == ("old",)
            assert not plan.blocked_renames
            assert "old" in plan.result

    def test_an_interrupted_rename_is_finished_or_taken_back(self) -> None:
        """A rename that is known to be cut short goes on, or back, by what is declared; a third name stops it."""
        there, known = {"new": "", "between": "", "old": ""}, {"unfinished": {"old": "new"}}
        finished, taken_back, to_a_third = (
            plan_of(there, {value: ""}, prior=["old"], unmanaged=Unmanaged.KEEP, renames=renames, **known)
            for value, renames in (("new", {}), ("old", {}), ("third", {"old": "third"}))
        )

        for plan, old, new in ((finished, "old", "new"), (taken_back, "new", "old")):
            assert plan.changes == (Change(old, "", "", new),)  # the same to a review of before the interruption
            assert plan.changes[0].details == ("resolves an interrupted rename",)
        assert (list(finished.result), list(taken_back.result)) == (["between", "new"], ["old", "between"])
        assert not finished.blocked_renames + taken_back.blocked_renames
        (said,) = to_a_third.blocked_renames
        assert said.startswith('the rename of "old" to "new" was interrupted')


def renaming(
    observed: Permissions, *, prior: tuple[str, ...] = ("old",), unmanaged: Unmanaged = Unmanaged.KEEP
) -> Plan:
    """Plan to rename `old` to `new`, which is all that is declared."""
    return plan_of(observed, {"new": "New"}, prior=prior, unmanaged=unmanaged, renames={"old": "new"})


def test_without_a_preview_only_what_the_program_has_changed_is_done() -> None:
    """Whatever it drops goes, also if described anew since; what others have changed is left, under any mode."""
    ours, theirs = {"a": "Old", "b": "B", "gone": "Was"}, {"theirs": "", "taken": "Was"}
    intent = Intent("api", {"a": "New", "b": "B", "new": "", "taken": ""}, unmanaged=Unmanaged.REMOVE)
    new = Intent("api", {"a": "A", "b": ""}, renames={"x": "b"}).without_preview({}, {})

    plan = compute_plan(intent.without_preview(ours, theirs), {**ours, **theirs, "b": "Drifted", "gone": "Is"})

    assert [change.value for change in plan.changes] == ["gone", "new", "a", "taken"]
    assert [change.value for change in plan.postponed] == ["theirs", "b"]
    assert compute_plan(new, {"a": "", "x": ""}).changes == (Change("b", None, ""), Change("a", "", "A"))


def test_without_a_preview_a_new_name_is_added_where_the_old_one_is_gone() -> None:
    """Somebody else has deleted it; what the program has added is no less new for that."""
    intent = Intent("api", {"new": "N"}, renames={"old": "new"}).without_preview({"old": "O"}, {"old": "O"})

    plan = compute_plan(intent, {})

    assert (plan.changes, plan.postponed) == ((Change("new", None, "N"),), ())


class TestSiblings:
    """Several resources of one program on one API."""

    @given(any_situations, st.frozensets(st.sampled_from(POOL)))
    def test_what_another_resource_declares_is_never_taken(self, situation: Situation, theirs: frozenset[str]) -> None:
        """Whatever this resource declares, owned and renames: what another one declares stays as it is."""
        others = Siblings(declared=dict.fromkeys(theirs - set(situation.desired), "other"))

        plan = plan_of(
            situation.observed,
            situation.desired,
            prior=situation.prior,
            unmanaged=situation.unmanaged,
            renames=situation.renames,
            siblings=others,
        )

        assert only(plan.result, others.declared) == only(situation.observed, others.declared)
        assert set(plan.blocking).isdisjoint(others.declared)
        given_away = [v for v in situation.observed if v in situation.prior and v in others.declared]
        assert list(plan.handed_over) == given_away

    def test_what_another_resource_owned_is_its_own_to_remove(self) -> None:
        """What a checked resource released is not unmanaged; while one was not checked, nothing stops the plan."""
        own = Declaration("own", "api", frozenset({"a"}), frozenset({"a"}), refuses_unmanaged=True)
        other = Declaration("other", "id", frozenset({"b"}), frozenset({"b", "gone"}))
        elsewhere = Declaration("elsewhere", "another api", frozenset({"c"}))

        checked = siblings_among([own, other, elsewhere], [own, other], {"api", "id"})
        unchecked = siblings_among([own], [own, other], {"api", "id"})

        assert checked == Siblings({"a": "own", "b": "other"}, frozenset({"a", "b", "gone"}), refuse_unmanaged=True)
        assert unchecked == dataclasses.replace(checked, released=frozenset({"a"}), pending=True)
        for siblings, blocking in ((Siblings(), ("gone",)), (checked, ()), (unchecked, ())):
            plan = plan_of({"gone": ""}, {}, prior=(), siblings=siblings)
            assert plan.blocking == blocking


@pytest.mark.parametrize(
    ("gone", "come", "is_pair"),
    [
        pytest.param(("delete:a", "Delete"), ("erase:a", "Delete"), True, id="same description"),
        pytest.param(("read:order", "One"), ("read:orders", "Other"), True, id="nearly the same name"),
        pytest.param(("Caf\u00e9", ""), ("cafe\u0301", ""), True, id="another Unicode form and other letters"),
        pytest.param(("a", ""), ("x", ""), False, id="neither described"),
        pytest.param(("delete:a", "Delete"), ("write:b", "Write"), False, id="different"),
    ],
)
def test_a_deletion_and_an_addition_that_are_alike_are_probably_a_rename(
    gone: tuple[str, str], come: tuple[str, str], *, is_pair: bool
) -> None:
    """By name or by description, the same or nearly the same; each permission once, the surest pairs first."""
    likely = [(gone[0], come[0])] if is_pair else []

    assert likely_renames([Change(*gone, None), Change(come[0], None, come[1])]) == likely
    assert likely_renames([Change("a:1", "Same", None), Change("a:2", "Same", None), Change("A:2", None, "Same")]) == [
        ("a:2", "A:2")
    ]
