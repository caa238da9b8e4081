"""The change value object: kind, place in a list, one line of text."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.core.changes import Change, describe
from pulumi_auth0_permissions.core.permissions import Permission

READ, READ_BETTER, WRITE = (
    Permission("read:a", "Read"),
    Permission("read:a", "Read all"),
    Permission("write:a", "Write"),
)


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
