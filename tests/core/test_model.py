"""The digest of a set of permissions, and a change as a pair of before and after."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import Change, Kind, Permissions, revision_of, without
from strategies import any_sets, pool_sets


@given(any_sets, any_sets, st.data())
def test_revisions_are_equal_exactly_when_sets_are(one: Permissions, other: Permissions, data: st.DataObject) -> None:
    """Two sets have one revision if, and only if, they are equal, in any order."""
    shuffled = dict(data.draw(st.permutations(list(one.items()))))

    assert (revision_of(one) == revision_of(other)) is (one == other)
    assert revision_of(shuffled) == revision_of(one)


@given(pool_sets.filter(len), st.data())
def test_every_change_of_content_changes_the_revision(permissions: Permissions, data: st.DataObject) -> None:
    """A value taken away or a description that differs by one character makes another revision."""
    one = data.draw(st.sampled_from(list(permissions)))

    assert revision_of(without(permissions, [one])) != revision_of(permissions)
    assert revision_of({**permissions, one: permissions[one] + " "}) != revision_of(permissions)


@pytest.mark.parametrize("other", [{"a": "bc", "d": ""}, {"a": 'b"],["c', "d": ""}])
def test_text_cannot_move_between_value_and_description(other: Permissions) -> None:
    """Sets whose texts run together to the same letters have revisions of their own."""
    assert revision_of({"a": "b", "c": "d"}) != revision_of(other)


def test_the_revision_is_the_same_in_every_version() -> None:
    """The revision of a known set is pinned: promoted receipts of older versions must go on matching."""
    assert revision_of({"write:a": "Write", "read:\u00e9": ""}) == "8db45c9376dcab218e70604900d19dd6"


def test_what_takes_away_comes_first() -> None:
    """Changes are ordered by kind, deletions first, and by value within a kind."""
    ordered = [
        Change("b", "", None),
        Change("c", "", None),
        Change("a", "", "", "x"),
        Change("a", None, ""),
        Change("a", "", "new"),
    ]

    assert sorted([ordered[place] for place in (4, 2, 0, 3, 1)], key=lambda change: change.sort_key) == ordered
    assert [change.kind for change in ordered[1:]] == list(Kind)
