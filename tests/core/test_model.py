"""The digest of a set of permissions."""

from pulumi_auth0_permissions.core.model import Permissions, revision_of

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
