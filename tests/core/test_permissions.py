"""The digest of a set of permissions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import REVISION_LENGTH, Permissions, revision_of, without
from strategies import any_sets, pool_sets


@given(any_sets, any_sets)
def test_revisions_are_equal_exactly_when_sets_are(one: Permissions, other: Permissions) -> None:
    """Two sets have one revision if, and only if, they are equal."""
    assert (revision_of(one) == revision_of(other)) is (one == other)


@given(st.data())
def test_equal_sets_have_equal_revisions(data: st.DataObject) -> None:
    """The order does not change the revision."""
    one = data.draw(any_sets)
    shuffled = data.draw(st.permutations(list(one.items())))

    assert revision_of(dict(shuffled)) == revision_of(one)


@given(pool_sets.filter(len), st.data())
def test_every_change_of_content_changes_the_revision(permissions: Permissions, data: st.DataObject) -> None:
    """A value taken away or a description that differs by one character makes another revision."""
    one = data.draw(st.sampled_from(list(permissions)))

    assert revision_of(without(permissions, [one])) != revision_of(permissions)
    assert revision_of({**permissions, one: permissions[one] + " "}) != revision_of(permissions)


def test_text_cannot_move_between_value_and_description() -> None:
    """Sets whose texts run together to the same letters have revisions of their own."""
    one = {"a": "b", "c": "d"}

    assert revision_of(one) != revision_of({"a": "bc", "d": ""})
    assert revision_of(one) != revision_of({"a": 'b"],["c', "d": ""})


def test_the_revision_is_the_same_in_every_version() -> None:
    """The revision of a known set is pinned: promoted receipts of older versions must go on matching."""
    permissions = {"write:a": "Write", "read:\u00e9": ""}

    assert len(revision_of(permissions)) == REVISION_LENGTH
    assert revision_of(permissions) == "8db45c9376dcab218e70604900d19dd6"
