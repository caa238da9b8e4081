"""Strategies for catalogs, and a way to see what is wrong with one."""

import json

import pytest
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from auth0_permissions_cli.catalog_text import schema_text
from pulumi_auth0_permissions.catalog import parse_catalog
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.validation import RESERVED

VALIDATOR = Draft202012Validator(json.loads(schema_text()))

# What YAML takes for something else, cuts short, or reads as a sign of its own.
_TRAPS = (
    *("yes", "No", "ON", "off", "y", "n", "true", "FALSE", "null", "~", "Null", ".nan", ".inf", "=", "<<"),
    *("1", "1.0", "0o17", "0x1f", "1e3", "12:30:45", "2026-11-24", "1_000", "+1", "-", "--- a", "...", "?", "? a"),
    *("a: b", "a:", ": a", "a #b", "#a", "&a", "*a", "!a", "!!str a", "|", ">", "@a", "`a`", "%a", "[a]", "{a: b}"),
    *("'a'", '"a"', "a'b", 'a"b', "a\\b", "\\n", " a", "a ", "  ", "a  b", ",", "a, b", "read:orders", "$ref"),
    *("\u202ea", "\u200b", "\ufeff", "\u2028", "\u2029", "\u00a0", "\u3000", "\ufffe", "\U0010ffff", "\U0001f511"),
    *("\u00e9", "e\u0301", "\u8aad\u3080", "\u0627\u0644", "\u200d", "\ue000"),
)
_CHARACTERS = st.characters(exclude_categories=["Cc", "Cs"])
_ANY = st.text(_CHARACTERS, max_size=30) | st.text(st.sampled_from(" :#-?\"'\\&*!|>%@`,[]{}=~\u00e9a1"), max_size=12)

values = (st.sampled_from(_TRAPS) | _ANY | st.text(st.just("\u202e"), min_size=200, max_size=280)).filter(
    lambda value: value and value not in RESERVED
)
_IN_LINES = st.text(st.sampled_from("a \t\n\r:"), max_size=12)
descriptions = (
    st.just("") | st.sampled_from(_TRAPS) | _ANY | _IN_LINES | st.text(_CHARACTERS, min_size=400, max_size=500)
)
logical_names = st.sampled_from(("yes", "No", "null", "y", "orders", "x-1_2")) | st.from_regex(
    r"[A-Za-z][A-Za-z0-9_-]{0,99}", fullmatch=True
)
catalogs = st.dictionaries(logical_names, st.dictionaries(values, descriptions, max_size=8), max_size=4)


def problems(text: str) -> list[str]:
    """Return what is said to be wrong with a file, a line each, without the file's name."""
    with pytest.raises(InvalidInputs) as caught:
        parse_catalog(text, "permissions.yaml")
    lines = str(caught.value).split("\n")
    assert all(line.startswith("permissions.yaml:") for line in lines)
    return [line.removeprefix("permissions.yaml:") for line in lines]
