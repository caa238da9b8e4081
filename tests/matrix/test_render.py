"""Renderings of a matrix and of a review: whatever names hold, they stay text."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from auth0_permissions_cli.markdown import bounded, code
from auth0_permissions_cli.matrix.comparison import Matrix, build_matrix
from auth0_permissions_cli.matrix.rendering import matrix_csv, matrix_markdown, matrix_text
from auth0_permissions_cli.output import json_text
from auth0_permissions_cli.review.stack_review import (
    Complaint,
    Evidence,
    StackReview,
    review_markdown,
    review_text,
    urgency,
)
from matrix.states import HOSTILE, Held, snapshot
from pulumi_auth0_permissions.core.model import Change, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.review import Review, parse_review, review_data
from pulumi_auth0_permissions.core.text import escape_line, quote

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(HOSTILE)


def hostile_matrix() -> Matrix:
    """Return a matrix in which everything that others can name is hostile."""
    return build_matrix(
        [
            snapshot("<dev>|`@x", Held(HOSTILE[0], {name: name for name in HOSTILE})),
            snapshot("prod", Held(HOSTILE[0], {name: f"other {name}" for name in HOSTILE[1:]})),
        ]
    )


def big_matrix(permissions: int, stack: str = "stack") -> Matrix:
    """Return a matrix of one API with many permissions in five stacks, every tenth missing somewhere."""
    return build_matrix(
        [
            snapshot(
                f"{stack}{number}",
                Held("orders", {f"verb{i:03}:orders": "" for i in range(permissions) if number == 0 or i % 10}),
            )
            for number in range(5)
        ]
    )


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def inline_kinds(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and content of all inline parts of a Markdown text."""
    for block in MARKDOWN.parse(text):
        for part in block.children or ():
            yield part.type, part.content


FOLD = re.compile(r"<details><summary>Holders: \d+ by name</summary>|</details>")
OURS = {"<code>", "</code>", "<sub>", "</sub>", "<br>"}


@given(TEXTS | TEXTS.map(quote))
def test_any_text_is_one_text_in_code(text: str) -> None:
    """A text comes out of Markdown as it is on one line, between our own tags: no element, link or emphasis."""
    parts = list(inline_kinds(f"x {code(text)}\n"))

    assert {kind for kind, _ in parts} <= {"html_inline", "text", "text_special"}
    assert [content for kind, content in parts if kind == "html_inline"] == (["<code>", "</code>"] if text else [])
    shown = "".join(content for kind, content in parts if kind != "html_inline")
    assert shown == f"x {escape_line(text)}" or not escape_line(text).strip()


def test_tables_keep_their_shape() -> None:
    """Each row has a cell for the permission and one a stack, whatever the names hold."""
    matrix = hostile_matrix()
    tokens = MARKDOWN.parse(matrix_markdown(matrix))
    kinds = [token.type for token in tokens]
    lines = [line for line in matrix_markdown(matrix).splitlines() if line.startswith("| <code>")]

    assert kinds.count("table_open") == 2
    assert kinds.count("tbody_open") == 2
    assert all(line.count("|") == 4 for line in lines if "<br>" in line)
    assert kinds.count("td_open") == 2 * 6 + len(HOSTILE) * 3
    html = {content for kind, content in inline_kinds(matrix_markdown(matrix)) if kind == "html_inline"}
    assert html <= OURS
    # What GitHub makes links of by itself: mentions, references, addresses.
    assert not re.search(r"@\w|#\d(?!\d*;)|://|www\.", matrix_markdown(matrix))


@given(st.lists(TEXTS, max_size=20), st.integers(min_value=100, max_value=400))
def test_what_is_too_long_is_cut_and_says_so(blocks: list[str], at_most: int) -> None:
    """Whatever the blocks, the result is within the bound, and what is missing is counted."""
    text, whole = bounded(blocks, cut="{} left out", at_most=at_most), "\n".join(blocks) + "\n"

    assert len(text) <= at_most
    assert text == whole or any(
        text == "\n".join([*blocks[:kept], "", f"{len(blocks) - kept} left out"]) + "\n" for kept in range(len(blocks))
    )


def test_it_fits_into_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the terminal, also with names that move the cursor; each permission is there once."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = matrix_text(big_matrix(200, "organization/a-project/stage")).splitlines()
    hostile = matrix_text(hostile_matrix())

    assert max(map(cell_len, [*lines, *hostile.splitlines()])) <= 80
    assert sum(line.startswith("verb") for line in lines) == 200
    assert "\\x1b[31mred\\x07" in hostile
    assert {"\x1b", "\u202e", "\x07"}.isdisjoint(hostile)


@pytest.mark.parametrize(
    ("encoding", "rows"),
    [
        ("utf-8", {"a": ["✓", "~", "·"], "b": ["✓", "✗", "·"], "c": ["✗", "?", "·"]}),
        ("cp1252", {"a": ["=", "~", "."], "b": ["=", "x", "."], "c": ["x", "?", "."]}),
    ],
)
def test_symbols_tell_without_colour(
    monkeypatch: pytest.MonkeyPatch, encoding: str, rows: Mapping[str, list[str]]
) -> None:
    """Every status has its own symbol, whatever the encoding, and no escape sequence is in the text of a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    one, two = Held("o", {"a": "1", "b": "2"}), Held("o", {"a": "x"}, {"c": ""})
    text = matrix_text(build_matrix([snapshot("s", one), snapshot("t", two), snapshot("u")]))

    assert {line.split()[0]: line.split()[1:] for line in text.splitlines() if re.match("[abc] ", line)} == rows
    assert "\x1b" not in text


def test_csv_has_a_line_for_each_permission_in_each_stack() -> None:
    """What no stack or tenant says is empty, and nothing is a formula."""
    matrix = build_matrix([snapshot("a", Held("orders", {"read": "=1"})), snapshot("b")])

    assert matrix_csv(matrix).splitlines()[1:] == [
        "orders,read,a,a.auth0.com,https://orders.a.example.com,present,'=1,,",
        "orders,read,b,,,no_api,,,",
    ]


HOLDERS = st.lists(st.builds(Holder, st.sampled_from(HolderKind), TEXTS, TEXTS), min_size=1, max_size=2).map(tuple)
CHANGES = st.builds(Change, TEXTS, TEXTS, TEXTS, st.none() | TEXTS.map("to {}".format), details=...) | st.builds(
    Change, TEXTS, TEXTS, st.none()
)
REVIEWS = st.builds(
    replace,
    st.from_type(Review),
    changes=st.lists(CHANGES, max_size=4, unique_by=lambda change: change.value).map(tuple),
    impact=st.none()
    | st.builds(
        Impact,
        st.dictionaries(TEXTS, HOLDERS),
        all_scope_grants=st.just(()) | HOLDERS,
        unknown=...,
        token_lifetime_s=...,
    ),
)


EVIDENCE = Evidence("acme.eu.auth0.com", "anne <b>")


@given(REVIEWS)
def test_a_review_survives_the_way_to_the_command(review: Review) -> None:
    """What the provider leaves is what the command reads."""
    found = parse_review(json.loads(json_text(review_data(review))))

    assert (found, [one.details for one in found.changes]) == (review, [one.details for one in review.changes])


@pytest.mark.parametrize("data", [None, [], {}, {"format": 2}, {"format": 1, "urn": 7}])
def test_something_else_is_no_review(data: Any) -> None:  # noqa: ANN401 - whatever a file may hold
    """A file of another format or shape is refused."""
    with pytest.raises(ValueError, match=r"not a review|format"):
        parse_review(data)


@given(REVIEWS)
@example(Review("u", "api", objections=("no:\n```\n<b>not code</b>",)))
def test_no_text_gets_out_of_a_comment(review: Review) -> None:
    """Whatever a plan's texts hold, a comment's Markdown has no element but ours, no link and no image."""
    text = review_markdown(StackReview("dev", EVIDENCE, (review,), (Complaint("", review.not_known),)))
    parts = list(inline_kinds(text))

    assert {content for kind, content in parts if kind == "html_inline"} <= OURS
    assert {"link_open", "image", "em_open", "s_open"}.isdisjoint(kind for kind, _ in parts)
    blocks = [token.content.strip() for token in MARKDOWN.parse(text) if token.type == "html_block"]
    assert [one for one in blocks if not FOLD.fullmatch(one)] == []


def test_a_long_review_is_cut_where_it_is_least_urgent() -> None:
    """What is refused or taken away comes first, so that additions are what a cut leaves out."""
    add = tuple(Change(f"add{n}" * 40, None, "d" * 500) for n in range(400))
    take = (Change("gone", "", None),)
    reviews = [Review(f"u{n}", f"a{n}", changes=add) for n in range(9)]
    reviews += [Review("v", "z", changes=take), Review("w", "zz", changes=take, objections=("not so",))]
    ordered = tuple(sorted(reviews, key=urgency))
    text = review_markdown(StackReview("dev", EVIDENCE, ordered))

    assert len(text) <= 65_536
    assert text.index("not so") < text.index("<code>z</code>") < text.index("<code>a0</code>")
    assert "**Cut**" in text


def test_terminal_lines_are_safe() -> None:
    """Complaints and objections reach the terminal without control characters, line by line."""
    review = Review("u::n", "api", objections=("first\nsecond\x1b[2J",))
    text = review_text(StackReview("dev", EVIDENCE, (review,), (Complaint("u::n\x07", "a\x1b\nb"),)))

    assert {"\x1b", "\x07"}.isdisjoint(text)
    assert "  refused: first\n    second\\x1b[2J\n" in text
