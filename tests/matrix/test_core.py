"""The comparison itself: what counts as what, which APIs belong together, and what nobody may overlook."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth0_permissions_cli.matrix.comparison import Drift, Matrix, Observed, Status, build_matrix, only_differences
from auth0_permissions_cli.stacks.state import StackSnapshot
from matrix.states import Held, snapshot

READ, WRITE = {"read": "Read"}, {"write": "Write"}


def values(matrix: Matrix) -> list[list[str]]:
    """Return the permissions in each API's table."""
    return [[row.permission for row in api.permissions] for api in matrix.apis]


def test_every_status() -> None:
    """Each has its own; a description is compared with that of the first stack that has the permission."""
    held = [
        Held("orders", {}),
        Held("orders", READ),
        Held("orders", {}, READ),
        Held("orders", {"read": "Look at"}),
        Held("orders", READ),
    ]
    matrix = build_matrix([*(snapshot(f"s{number}", one) for number, one in enumerate(held)), snapshot("without")])

    (row,) = matrix.apis[0].permissions
    statuses = [cell.status.value for cell in row.stacks.values()]
    assert statuses == ["missing", "present", "unmanaged", "different", "present", "no_api"]
    assert row.texts == ("Read", "Look at")


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        (Held("orders", {}, READ), Held("orders", {}, {"read": "Look"}), (1, True, True)),
        (Held("orders", READ), Held("others", READ), (0, True, False)),
        (Held("one", READ, identifier="x"), Held("two", READ, identifier="x"), (0, False, True)),
    ],
    ids=["unmanaged in other words", "an API that a stack lacks", "an API under another name"],
)
def test_what_differs(one: Held, two: Held, found: tuple[int, bool, bool]) -> None:
    """An API that a stack lacks is one difference, not one a permission; one identifier is one API."""
    matrix = build_matrix([snapshot("a", one), snapshot("b", two)])

    assert (matrix.differing, matrix.differs, all(api.is_everywhere for api in matrix.apis)) == found


def test_a_name_wins_over_an_identifier() -> None:
    """Names that fit are not torn apart by an identifier that another API has elsewhere."""
    one, two = (
        snapshot(stack, Held("one", READ, identifier=first), Held("two", WRITE, identifier=second))
        for stack, first, second in (("a", "x", "y"), ("b", "y", "x"))
    )

    assert values(build_matrix([one, two])) == [["read"], ["write"]]


def test_what_another_resource_of_the_stack_manages_is_not_unmanaged() -> None:
    """Two resources on one API: each table has its own permissions, not the other's as unmanaged."""
    one = Held("one", READ, WRITE, identifier="https://shared")
    two = Held("two", WRITE, READ, identifier="https://shared")

    assert values(build_matrix([snapshot("a", one, two)])) == [["read"], ["write"]]


def test_components_may_repeat_a_name() -> None:
    """Two resources of one name under components of two types are two APIs in every stack."""

    def stack(name: str) -> StackSnapshot:
        made = snapshot(name, Held("orders", READ, identifier=f"{name}/one"), Held("orders", WRITE))
        urns = [api.urn.replace("pulumi-python:", f"my:shop:{n}$pulumi-python:") for n, api in enumerate(made.apis)]
        return replace(made, apis=tuple(replace(api, urn=urn) for api, urn in zip(made.apis, urns, strict=True)))

    matrix = build_matrix([stack("a"), stack("b")])

    assert values(matrix) == [["read"], ["write"]]
    assert not matrix.differs


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
def test_each_kind_of_drift(there: dict[str, str] | None, value: str, drift: Drift, text: str | None) -> None:
    """What is gone, appeared or is described otherwise is told, and makes a difference."""
    one = snapshot("a", Held("orders", READ))
    matrix = build_matrix([one], {("a", one.apis[0].urn): Observed(there)})

    (row,) = (row for row in matrix.apis[0].permissions if row.permission == value)
    assert (row.stacks["a"].drift, row.stacks["a"].live_description) == (drift, text)
    assert row.differs
    assert matrix.counts["a"]["drifted"] == 1
    (stack,) = matrix.apis[0].stacks.values()
    assert stack is not None
    assert stack.gone is (there is None)


def test_what_was_not_looked_at_does_not_pass_for_unchanged() -> None:
    """A look that leaves an API out is an error; one that is gone is a difference, also without permissions."""
    one = snapshot("a", Held("orders", {}))

    assert build_matrix([one], {("a", one.apis[0].urn): Observed(None)}).differs
    with pytest.raises(KeyError):
        build_matrix([one], {})


def test_of_only_differences_equal_rows_and_apis_go_and_counts_stay() -> None:
    """What is equal everywhere is left out, while the counts still tell of all."""
    one, two = Held("orders", {**READ, **WRITE}), Held("orders", READ)
    matrix = build_matrix([snapshot("a", one, Held("same", READ)), snapshot("b", two, Held("same", READ))])
    filtered = only_differences(matrix)

    assert values(filtered) == [["write"]]
    assert (filtered.counts, filtered.permissions, filtered.differing) == (matrix.counts, 3, 1)


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
            found = {
                row.permission
                for row in api.permissions
                if row.stacks[f"s{place}"].status in (Status.PRESENT, Status.DIFFERENT)
            }
            assert found == set(apis.get(api.resource, {}))
        for row in api.permissions:
            have = [apis[api.resource].get(row.permission) for apis in held if api.resource in apis]
            assert row.differs is (len(set(have)) > 1)
    for counts in matrix.counts.values():
        assert sum(counts.values()) - counts["drifted"] == matrix.permissions
