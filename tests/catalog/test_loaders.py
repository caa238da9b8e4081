"""The quick YAML loader and the one in Python, which stands in for it where it is missing, read the same."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from auth0_permissions_cli.catalog_text import dump_catalog
from catalog.support import catalogs
from pulumi_auth0_permissions.catalog import Catalog, nodes, parse_catalog
from pulumi_auth0_permissions.core.errors import InvalidInputs

_LINES = st.lists(
    st.sampled_from(
        (
            *(
                "apis:",
                "  orders:",
                "    permissions:",
                "      read:orders: Read",
                '      "\u8aad": "\U0001f511" ',
                "      a: yes",
            ),
            *(
                "      a: {b: c}",
                "  x: *a",
                "  x: &a b",
                "      q: 'it''s'",
                "  - b",
                "      a: !t b",
            ),
            *("", "# c", "      \u00e9: 1.0", "    permissions: {}", "      read:orders:", "      a: |", "        b"),
        )
    ),
    max_size=8,
)


def outcome(text: str) -> object:
    """Return what is read, or where something is wrong."""
    try:
        catalog = parse_catalog(text)
    except InvalidInputs as error:
        return [problem.property for problem in error.problems]
    return [(name, list(permissions.as_map().items())) for name, permissions in catalog.apis.items()]


def with_both(text: str) -> tuple[object, object]:
    """Return what each loader makes of a text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "_Loader", yaml.SafeLoader)
        slow = outcome(text)
        patch.setattr(nodes, "_Loader", yaml.CSafeLoader)
        return slow, outcome(text)


@given(catalogs)
def test_both_read_what_is_written(catalog: Catalog) -> None:
    """Both read a catalog the same."""
    slow, quick = with_both(dump_catalog(catalog))

    assert slow == quick


@given(_LINES)
def test_both_find_the_same_wrong_in_the_same_places(lines: list[str]) -> None:
    """Both take the same texts and object to the others; where the text is YAML at all, in the same places."""
    text = "\n".join(lines)
    slow, quick = with_both(text)

    try:
        list(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        assert len(slow) == len(quick) == 1  # type: ignore[arg-type] # they see a syntax error at different ends
    else:
        assert slow == quick
