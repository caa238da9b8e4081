"""The change value object: kind, place in a list, one line of text."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.core.model import Change
from pulumi_auth0_permissions.core.text import describe

READ, READ_BETTER, WRITE = (
    ("read:a", "Read"),
    ("read:a", "Read all"),
    ("write:a", "Write"),
)


def test_what_takes_away_comes_first() -> None:
    """Changes are ordered by kind, deletions first, and by value within a kind."""
    ordered = (
        Change("b", "", None),
        Change("c", "", None),
        Change("a", "", "", "x"),
        Change("a", None, ""),
        Change("a", "", "new"),
    )
    mixed = [ordered[place] for place in (4, 2, 0, 3, 1)]

    assert tuple(sorted(mixed, key=lambda change: change.sort_key)) == ordered


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Change.between(None, READ), '+ read:a: "Read"'),
        (Change("read:a", None, ""), "+ read:a"),
        (Change.between(READ, None), "- read:a"),
        (Change.between(READ, READ_BETTER), '~ read:a: "Read" => "Read all"'),
        (Change.between(("read:a", ""), READ), '~ read:a: "" => "Read"'),
        (Change.between(READ, WRITE), '> read:a => write:a: "Write"'),
        (Change.between(READ, ("see:a", READ[1])), "> read:a => see:a"),
    ],
)
def test_a_change_reads_as_one_line(change: Change, line: str) -> None:
    """Each kind of change has its mark and its shape."""
    assert describe(change) == line


@pytest.mark.parametrize(
    "change",
    [
        Change("a\nb", None, "c\r\nd"),
        Change("a\u2028b", "", None),
        Change("a", "b\x85c", "d\x0be"),
        Change("a\x1b[2K", "", "", "b\u202e"),
    ],
)
def test_names_from_a_tenant_stay_on_their_line(change: Change) -> None:
    """No name or description, whatever it holds, breaks the line that it is shown on."""
    line = describe(change)

    assert line.splitlines() == [line]
    assert line.isprintable()
