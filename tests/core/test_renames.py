"""Which deletion and addition look like one rename, and what is said of them."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.core.model import Change
from pulumi_auth0_permissions.core.renames import likely_renames, rename_hint

COMPOSED, DECOMPOSED = "caf\u00e9:read", "cafe\u0301:read"


def _changes(gone: dict[str, str], come: dict[str, str]) -> list[Change]:
    deleted = [Change(value, text, None) for value, text in gone.items()]
    return [*deleted, *(Change(value, None, text) for value, text in come.items())]


@pytest.mark.parametrize(
    ("gone", "come", "pairs"),
    [
        ({"delete:orders": "Delete orders"}, {"erase:orders": "Delete orders"}, [("delete:orders", "erase:orders")]),
        ({"read:order": "One"}, {"read:orders": "Other"}, [("read:order", "read:orders")]),
        ({"Read:Orders": ""}, {"read:orders": ""}, [("Read:Orders", "read:orders")]),
        ({COMPOSED: ""}, {DECOMPOSED: ""}, [(COMPOSED, DECOMPOSED)]),
        ({"a": "Read all the orders"}, {"b": "Read all the orders."}, [("a", "b")]),
        ({"a": "", "b": ""}, {"x": "", "y": ""}, []),
        ({"delete:orders": "Delete"}, {"write:refunds": "Write"}, []),
        ({"a:1": "Same", "a:2": "Same"}, {"b": "Same"}, [("a:1", "b")]),
        ({}, {"a": "A"}, []),
    ],
    ids=["description", "spelling", "case", "Unicode", "nearly", "without", "different", "once", "nothing goes"],
)
def test_what_is_alike_is_a_pair(gone: dict[str, str], come: dict[str, str], pairs: list[tuple[str, str]]) -> None:
    """The same or nearly the same description or name makes a pair, of which each permission has one at most."""
    assert likely_renames(_changes(gone, come)) == pairs


def test_the_hint_names_the_way() -> None:
    """It names `renames`, and shows two Unicode forms of one name by their codes."""
    assert "declare it in `renames`" in rename_hint("delete:orders", "erase:orders")
    assert r"'caf\xe9:read' and 'cafe\u0301:read' are two Unicode forms" in rename_hint(COMPOSED, DECOMPOSED)
