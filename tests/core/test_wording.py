"""How numbers, names and lists read in a message, whatever the names hold."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.text import MAX_LISTED, escape, join, pluralize, quote

HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format, half a character, line and paragraph separator


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 permissions"), (1, "1 permission"), (2, "2 permissions"), (1000, "1000 permissions")]
)
def test_a_quantity_agrees_with_its_noun(count: int, text: str) -> None:
    """One is singular, everything else plural."""
    assert pluralize(count, "permission") == text


@given(st.text())
def test_no_text_breaks_a_line_or_moves_the_cursor(text: str) -> None:
    """What is shown holds no control, format or line-breaking character, whatever the text holds."""
    line = escape(text)

    assert HARMFUL.isdisjoint(unicodedata.category(character) for character in line)
    assert line.splitlines() == ([line] if line else [])
    assert line.encode("utf-8").decode("utf-8") == line


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"], exclude_characters="\\<")))
def test_harmless_text_is_shown_as_it_is(text: str) -> None:
    """Letters of any script, spaces, punctuation and symbols are not touched."""
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb", "a\\nb"),
        ("a\r\tb", "a\\r\\tb"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b2J", "\\x9b2J"),
        ("admin\u202enimda", "admin\\u202enimda"),
        ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ufeffmark", "\\ufeffmark"),
        ("line\u2028and\u2029paragraph", "line\\u2028and\\u2029paragraph"),
        ("next\x85line", "next\\x85line"),
        ("half \ud83d", "half \\ud83d"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("k1<{%reset%}>", "k1<\\x7b%reset%}>"),
        ("k1<\\x7b%reset%}>", "k1<\\\\x7b%reset%}>"),
    ],
)
def test_what_could_deceive_is_shown_by_its_code(text: str, line: str) -> None:
    """Escapes of terminals, overrides of direction and invisible characters are seen for what they are."""
    assert escape(text) == line


_ESCAPED = re.compile(r"\\(\\|[ntr]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


@given(
    st.lists(
        st.sampled_from(["\\", "x7b", "<", "{", "%", "<{%", "\x1b", "\u202e", "u202e", "n", "\n", "a"]) | st.text()
    ).map("".join)
)
def test_every_name_can_be_told_from_what_is_shown(text: str) -> None:
    """Taking the escapes back gives the name, so that no two names look the same."""
    named = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    back = _ESCAPED.sub(lambda found: named.get(found[1]) or chr(int(found[1][1:], 16)), escape(text))

    assert "<{%" not in escape(text)
    assert back == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("read:a", "read:a"),
        ("read a", "read a"),
        ("read:a ", '"read:a "'),
        (" read:a", '" read:a"'),
        ("read:a\u00a0", '"read:a\u00a0"'),
        ("\n", '"\\n"'),
        ("", '""'),
    ],
)
def test_a_value_stands_in_quotation_marks_where_its_ends_could_not_be_seen(value: str, text: str) -> None:
    """A permission that begins or ends in a space is told from the one that does not."""
    assert quote(value) == text


@given(st.text())
def test_a_value_stays_on_its_line(value: str) -> None:
    """A permission's value, quoted or not, breaks no line."""
    assert len(quote(value).splitlines()) == 1


def test_names_are_listed_in_quotation_marks() -> None:
    """Names stand in quotation marks, between commas, in the order given."""
    assert join(["b", "a "]) == '"b", "a "'


@pytest.mark.parametrize(
    ("count", "end"),
    [(MAX_LISTED, '"p9"'), (MAX_LISTED + 1, '"p9" and 1 more'), (MAX_LISTED + 990, '"p9" and 990 more')],
)
def test_long_lists_are_cut_with_a_count(count: int, end: str) -> None:
    """Ten names are listed; beyond that the rest is counted."""
    text = join([f"p{number}" for number in range(count)])

    assert text.endswith(end)
    assert text.count('"p') == MAX_LISTED
