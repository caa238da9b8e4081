"""The comparison itself: what counts as what, which APIs belong together, and what nobody may overlook."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth0_permissions_cli.matrix.comparison import Drift, Live, Matrix, Observed, Status, build_matrix
from auth0_permissions_cli.stacks.state import StackSnapshot
from matrix.states import Held, snapshot

READ, WRITE = {"read": "Read"}, {"write": "Write"}


def statuses(matrix: Matrix, value: str, api: int = 0) -> list[str]:
    """Return what the stacks' cells of a permission say."""
    row = next(row for row in matrix.apis[api].rows if row.value == value)
    return [cell.status.value for cell in row.cells]


def live(one: StackSnapshot, there: dict[str, str] | None) -> Live:
    """Return a tenant whose APIs hold this; ``None``: that has them no more."""
    return {(one.name, api.urn): Observed(there) for api in one.apis}


class TestCells:
    """What one cell says."""

    def test_every_status(self) -> None:
        """Managed, missing, unmanaged, described differently and without the API are told apart."""
        matrix = build_matrix(
            [
                snapshot("a", Held("orders", READ)),
                snapshot("b", Held("orders", {})),
                snapshot("c", Held("orders", {}, READ)),
                snapshot("d", Held("orders", {"read": "Look at"})),
                snapshot("e"),
            ]
        )

        assert statuses(matrix, "read") == ["present", "missing", "unmanaged", "different", "no_api"]

    def test_the_first_stack_that_has_it_is_what_descriptions_are_compared_with(self) -> None:
        """A permission that the first stack lacks is compared with the next one that has it."""
        matrix = build_matrix(
            [
                snapshot("a", Held("orders", {})),
                snapshot("b", Held("orders", {"read": "One"})),
                snapshot("c", Held("orders", {"read": "Two"})),
                snapshot("d", Held("orders", {"read": "One"})),
            ]
        )

        assert statuses(matrix, "read") == ["missing", "present", "different", "present"]
        assert matrix.apis[0].rows[0].texts == ("One", "Two")

    def test_unmanaged_in_other_words_is_a_difference(self) -> None:
        """Unmanaged permissions with two descriptions differ as well."""
        matrix = build_matrix(
            [snapshot("a", Held("orders", {}, READ)), snapshot("b", Held("orders", {}, {"read": "Look"}))]
        )

        assert matrix.differing == 1

    def test_what_another_resource_of_the_stack_manages_is_not_unmanaged(self) -> None:
        """Two resources on one API: each table has its own permissions, not the other's as nobody's."""
        one = Held("one", READ, WRITE, identifier="https://shared")
        two = Held("two", WRITE, READ, identifier="https://shared")
        matrix = build_matrix([snapshot("a", one, two)])

        assert [[row.value for row in api.rows] for api in matrix.apis] == [["read"], ["write"]]

    def test_a_stack_without_the_api_makes_no_row_differ(self) -> None:
        """An API that a stack lacks is one difference, not one for each of its permissions."""
        matrix = build_matrix([snapshot("a", Held("orders", {**READ, **WRITE})), snapshot("b")])

        assert matrix.differs
        assert matrix.differing == 0
        assert not matrix.apis[0].is_everywhere
        assert matrix.counts[1]["no_api"] == 2


class TestMatching:
    """Which APIs of the stacks belong together."""

    def test_by_identifier_where_names_tell_nothing(self) -> None:
        """Different names with one identifier are one API, under the first stack's name."""
        matrix = build_matrix(
            [
                snapshot("a", Held("orders-a", READ, identifier="https://orders")),
                snapshot("b", Held("orders-b", READ, identifier="https://orders")),
            ]
        )

        assert [(api.name, api.is_everywhere) for api in matrix.apis] == [("orders-a", True)]

    def test_a_name_wins_over_an_identifier(self) -> None:
        """Names that fit are not torn apart by an identifier that another API has elsewhere."""
        matrix = build_matrix(
            [
                snapshot("a", Held("one", READ, identifier="x"), Held("two", READ, identifier="y")),
                snapshot("b", Held("one", READ, identifier="y"), Held("two", READ, identifier="x")),
            ]
        )

        assert [[state.identifier for state in api.states if state] for api in matrix.apis] == [["x", "y"], ["y", "x"]]

    def test_components_may_repeat_a_name(self) -> None:
        """Two resources of one name under components of two types are two APIs in every stack."""

        def stack(name: str) -> StackSnapshot:
            made = snapshot(name, Held("orders", READ, identifier=f"{name}/one"), Held("orders", WRITE))
            parents = ("my:shop:One", "my:shop:Two")
            apis = (
                replace(api, urn=api.urn.replace("pulumi-python:", f"{parent}$pulumi-python:"))
                for api, parent in zip(made.apis, parents, strict=True)
            )
            return replace(made, apis=tuple(apis))

        matrix = build_matrix([stack("a"), stack("b")])

        assert [[row.value for row in api.rows] for api in matrix.apis] == [["read"], ["write"]]
        assert not matrix.differs


class TestDrift:
    """What a look at the tenants adds."""

    @pytest.mark.parametrize(
        ("there", "value", "drift", "text"),
        [
            ({}, "read", Drift.GONE, None),
            ({**READ, **WRITE}, "write", Drift.APPEARED, "Write"),
            ({"read": "Look"}, "read", Drift.REDESCRIBED, "Look"),
            (None, "read", Drift.GONE, None),
        ],
        ids=["gone", "appeared", "other words", "no API"],
    )
    def test_each_kind(self, there: dict[str, str] | None, value: str, drift: Drift, text: str | None) -> None:
        """What is gone, appeared or is described otherwise is told, and makes a difference."""
        one = snapshot("a", Held("orders", READ))
        matrix = build_matrix([one], live(one, there))

        (row,) = (row for row in matrix.apis[0].rows if row.value == value)
        assert (row.cells[0].drift, row.cells[0].live_description) == (drift, text)
        assert row.differs
        assert matrix.counts[0]["drifted"] == 1

    def test_a_vanished_api_is_told_even_without_permissions(self) -> None:
        """An API that is gone is a difference also where it had no permissions to miss."""
        one = snapshot("a", Held("orders", {}))
        matrix = build_matrix([one], live(one, None))

        assert matrix.apis[0].gone == (True,)
        assert matrix.differs

    def test_what_was_not_looked_at_does_not_pass_for_unchanged(self) -> None:
        """A look that leaves an API out is an error."""
        one = snapshot("a", Held("orders", READ))
        with pytest.raises(KeyError):
            build_matrix([one], {})


class TestFilter:
    """Only differences."""

    def test_equal_rows_and_apis_go_and_counts_stay(self) -> None:
        """What is equal everywhere is left out, while the counts still tell of all."""
        matrix = build_matrix(
            [
                snapshot("a", Held("orders", {**READ, **WRITE}), Held("same", READ)),
                snapshot("b", Held("orders", READ), Held("same", READ)),
            ]
        )
        filtered = matrix.only_differences()

        assert [(api.name, [row.value for row in api.rows]) for api in filtered.apis] == [("orders", ["write"])]
        assert (filtered.counts, filtered.total, filtered.differing) == (matrix.counts, 3, 1)


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["", "t"]))),
        min_size=1,
        max_size=4,
    )
)
def test_cells_always_agree_with_the_stacks(held: list[dict[str, dict[str, str]]]) -> None:
    """Whatever the stacks hold: each cell says what its stack has, and the counts add up."""
    snapshots = [
        snapshot(f"s{number}", *(Held(name, managed) for name, managed in apis.items()))
        for number, apis in enumerate(held)
    ]
    matrix = build_matrix(snapshots)

    for api in matrix.apis:
        for place, apis in enumerate(held):
            told = {row.value for row in api.rows if row.cells[place].status in (Status.PRESENT, Status.DIFFERENT)}
            assert told == set(apis.get(api.name, {}))
        for row in api.rows:
            have = [apis[api.name].get(row.value) for apis in held if api.name in apis]
            assert row.differs is (len(set(have)) > 1)
    for counts in matrix.counts:
        assert sum(counts.values()) - counts["drifted"] == matrix.total
