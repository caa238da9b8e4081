"""Permissions and sets of them: equality, order, digest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.permissions import REVISION_LENGTH, Permission, PermissionSet
from strategies import any_sets, any_values, pool_sets


@given(st.data())
def test_order_is_no_difference(data: st.DataObject) -> None:
    """Two sets that hold the same permissions in another order are equal and have one hash."""
    one = data.draw(any_sets)

    other = PermissionSet(data.draw(st.permutations(list(one))))

    assert one == other
    assert hash(one) == hash(other)


@given(any_values)
def test_a_missing_description_is_no_difference(value: str) -> None:
    """A permission without a description says the same as one with an empty description."""
    absent, empty = Permission(value), Permission(value, "")

    assert absent.says_the_same_as(empty)
    assert PermissionSet([absent]) == PermissionSet([empty])


def test_another_value_or_text_is_a_difference() -> None:
    """Two permissions say the same only if neither value nor description differs."""
    permission = Permission("read:a", "Read")

    assert permission.says_the_same_as(Permission("read:a", "Read"))
    assert not permission.says_the_same_as(Permission("read:b", "Read"))
    assert not permission.says_the_same_as(Permission("read:a", "Reads"))
    assert not permission.says_the_same_as(Permission("read:a"))


@given(any_sets, any_sets)
def test_sets_are_equal_when_their_maps_are(one: PermissionSet, other: PermissionSet) -> None:
    """Sets are equal exactly when the same values have the same descriptions."""
    assert (one == other) is (one.as_map() == other.as_map())


def test_a_value_listed_twice_is_refused() -> None:
    """A list that names a permission twice is no set, even where both entries are the same."""
    with pytest.raises(ValueError, match="'read:a' is listed twice"):
        PermissionSet([Permission("read:a"), Permission("read:a")])


@given(any_sets, any_sets)
def test_revisions_are_equal_exactly_when_sets_are(one: PermissionSet, other: PermissionSet) -> None:
    """Two sets have one revision if, and only if, they are equal."""
    assert (one.revision == other.revision) is (one == other)


@given(st.data())
def test_equal_sets_have_equal_revisions(data: st.DataObject) -> None:
    """Neither order nor a missing description changes the revision."""
    one = data.draw(any_sets)
    shuffled = data.draw(st.permutations([Permission(p.value, p.description or None) for p in one]))

    assert PermissionSet(shuffled).revision == one.revision


@given(pool_sets.filter(len), st.data())
def test_every_change_of_content_changes_the_revision(permissions: PermissionSet, data: st.DataObject) -> None:
    """A value taken away or a description that differs by one character makes another revision."""
    one = data.draw(st.sampled_from(list(permissions)))
    others = [permission for permission in permissions if permission != one]

    assert PermissionSet(others).revision != permissions.revision
    assert PermissionSet([*others, Permission(one.value, one.text + " ")]).revision != permissions.revision


def test_text_cannot_move_between_value_and_description() -> None:
    """Sets whose texts run together to the same letters have revisions of their own."""
    one = PermissionSet.of({"a": "b", "c": "d"})

    assert one.revision != PermissionSet.of({"a": "bc", "d": ""}).revision
    assert one.revision != PermissionSet.of({"a": 'b"],["c', "d": ""}).revision


def test_the_revision_is_the_same_in_every_version() -> None:
    """The revision of a known set is pinned: promoted receipts of older versions must go on matching."""
    permissions = PermissionSet.of({"write:a": "Write", "read:\u00e9": ""})

    assert len(permissions.revision) == REVISION_LENGTH
    assert permissions.revision == "8db45c9376dcab218e70604900d19dd6"
