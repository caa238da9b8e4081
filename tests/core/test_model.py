"""The digest of a set of permissions, and a change as a pair of before and after."""

from __future__ import annotations

from pulumi_auth0_permissions.core.model import Change, Kind, Permissions, revision_of

SETS: list[Permissions] = [
    *({}, {"a": ""}, {"a ": ""}, {"a": " "}, {"a": "", "b": ""}, {"\u00e9": ""}, {"e\u0301": ""}),
    # Texts that run together to the same letters.
    *({"a": "b", "c": "d"}, {"a": "bc", "d": ""}, {"a": 'b"],["c', "d": ""}),
]


def test_revisions_are_equal_exactly_when_sets_are() -> None:
    """One character makes another revision, the order none."""
    assert len({revision_of(permissions) for permissions in SETS}) == len(SETS)
    for permissions in SETS:
        assert revision_of(dict(reversed(permissions.items()))) == revision_of(permissions)


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
