"""The change value object: kind, place in a list, one line of text."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.core.changes import Change, Kind, describe
from pulumi_auth0_permissions.core.permissions import Permission

READ, READ_BETTER, WRITE = (
    Permission("read:a", "Read"),
    Permission("read:a", "Read all"),
    Permission("write:a", "Write"),
)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (Change(None, READ), Kind.CREATE),
        (Change(READ, None), Kind.DELETE),
        (Change(READ, READ_BETTER), Kind.UPDATE),
        (Change(READ, WRITE), Kind.RENAME),
    ],
)
def test_the_kind_follows_from_the_pair(change: Change, kind: Kind) -> None:
    """What a change does is told by which of the two permissions it has, and whether their values differ."""
    assert change.kind is kind


def test_a_change_of_nothing_is_refused() -> None:
    """A change has an existing permission or a new one."""
    with pytest.raises(ValueError, match="needs an existing or a new permission"):
        Change(None, None)


@pytest.mark.parametrize(
    ("change", "removed"),
    [
        (Change(None, READ), None),
        (Change(READ, None), "read:a"),
        (Change(READ, READ_BETTER), None),
        (Change(READ, WRITE), "read:a"),
    ],
)
def test_deletions_and_renames_remove(change: Change, removed: str | None) -> None:
    """The API lacks the old value after a deletion and after a rename, and no value after anything else."""
    assert change.removes == removed


def test_what_takes_away_comes_first() -> None:
    """Changes are ordered by kind, deletions first, and by value within a kind."""
    ordered = (
        Change(Permission("b"), None),
        Change(Permission("c"), None),
        Change(Permission("a"), Permission("x")),
        Change(None, Permission("a")),
        Change(Permission("a"), Permission("a", "new")),
    )
    mixed = [ordered[place] for place in (4, 2, 0, 3, 1)]

    assert tuple(sorted(mixed, key=lambda change: change.sort_key)) == ordered


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Change(None, READ), '+ read:a: "Read"'),
        (Change(None, Permission("read:a")), "+ read:a"),
        (Change(None, Permission("read:a", "")), "+ read:a"),
        (Change(READ, None), "- read:a"),
        (Change(READ, READ_BETTER), '~ read:a: "Read" => "Read all"'),
        (Change(Permission("read:a"), READ), '~ read:a: "" => "Read"'),
        (Change(READ, WRITE), '> read:a => write:a: "Write"'),
        (Change(READ, Permission("see:a", READ.text)), "> read:a => see:a"),
    ],
)
def test_a_change_reads_as_one_line(change: Change, line: str) -> None:
    """Each kind of change has its mark and its shape."""
    assert describe(change) == line


@pytest.mark.parametrize(
    "change",
    [
        Change(None, Permission("a\nb", "c\r\nd")),
        Change(Permission("a\u2028b"), None),
        Change(Permission("a", "b\x85c"), Permission("a", "d\x0be")),
        Change(Permission("a\x1b[2K"), Permission("b\u202e")),
    ],
)
def test_names_from_a_tenant_stay_on_their_line(change: Change) -> None:
    """No name or description, whatever it holds, breaks the line that it is shown on."""
    line = describe(change)

    assert line.splitlines() == [line]
    assert line.isprintable()
