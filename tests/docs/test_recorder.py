"""How outputs get into pages: marks, sections, and what is made the same in every run."""

from __future__ import annotations

import pytest

from docs.recorder import blocks, changed, commands, cut, errors_of, steady, with_blocks

PAGE = "Before.\n\n<!-- recorded: one -->\n```console\n$ old\n```\n<!-- end of recorded -->\n\nAfter `<code>`.\n"
OUTPUT = """Previewing update (dev):
@ previewing update....
 ~  pulumi:pulumi:Stack shop-dev refreshing
Diagnostics:
  a:b:First (x):
    shown in the preview

Resources:
    1 unchanged

Updating (dev):
 ~  pulumi:pulumi:Stack shop-dev refreshing (0s)
Diagnostics:
  pulumi:pulumi:Stack (shop-dev):
    error: update failed

  a:b:First (x):
    warning: a plan
      - gone
    error: refused:
    and this
      is why

Outputs:
    value: "1"

Duration: 1s
"""


def test_a_block_is_found_under_its_name() -> None:
    """What stands between the marks, without its fences, is the block."""
    assert blocks(PAGE) == {"one": "$ old"}


def test_a_block_is_replaced_and_nothing_else() -> None:
    """The page around the block stays as it is, byte by byte, and what is recorded may hold anything."""
    assert with_blocks(PAGE, {"one": "$ new\n\\1 <b>"}) == PAGE.replace("$ old", "$ new\n\\1 <b>")


def test_a_longer_fence_holds_fences() -> None:
    """An output that has fences itself stands in longer ones."""
    page = PAGE.replace("```", "````").replace("$ old", "$ old\n```diff\n- one\n```")

    assert blocks(page) == {"one": "$ old\n```diff\n- one\n```"}
    assert with_blocks(page, blocks(page)) == page


def test_a_table_needs_no_fences() -> None:
    """What is no code is replaced between its marks."""
    page = "<!-- recorded: one -->\n| old |\n| --- |\n<!-- end of recorded -->\n"

    assert blocks(page) == {"one": "| old |\n| --- |"}
    assert with_blocks(page, {"one": "| new |"}) == "<!-- recorded: one -->\n| new |\n<!-- end of recorded -->\n"


def test_the_commands_of_a_block_are_its_lines_with_a_prompt() -> None:
    """What the commands said is none of them, and a command over two lines is one."""
    assert commands("$ one\nsaid\n$ two \\\n  --more\n  $ three\n") == ["one", "two --more"]


def test_a_diff_replaces_lines_where_they_stand() -> None:
    """Lines to keep are the place, those with a minus go, those with a plus come."""
    assert changed("a\nb\nc\n", " a\n-b\n+d\n") == "a\nd\nc\n"


@pytest.mark.parametrize("text", ["a\nc\n", "a\nb\na\nb\n"], ids=["nowhere", "twice"])
def test_a_diff_that_fits_no_place_or_two_is_an_error(text: str) -> None:
    """A diff on a page that no longer fits its program does not go unseen."""
    with pytest.raises(ValueError, match="not once"):
        changed(text, " a\n-b\n+d\n")


@pytest.mark.parametrize(
    "broken",
    [PAGE.replace("<!-- end of recorded -->", ""), PAGE.replace("```console\n$ old", "$ old"), PAGE + PAGE],
    ids=["no end", "no fence", "twice"],
)
def test_a_broken_mark_is_an_error(broken: str) -> None:
    """A mark that opens no whole block, or a name that comes twice, does not go unseen."""
    with pytest.raises(ValueError, match="block"):
        blocks(broken)


def test_the_last_section_of_a_title_is_kept() -> None:
    """Of `up`, which says everything twice, the update's own words are kept, resources in the order of their types."""
    assert cut(OUTPUT, "Diagnostics") == (
        "Diagnostics:\n"
        "  a:b:First (x):\n"
        "    warning: a plan\n"
        "      - gone\n"
        "    error: refused:\n"
        "    and this\n"
        "      is why\n"
        "  pulumi:pulumi:Stack (shop-dev):\n"
        "    error: update failed"
    )


def test_sections_come_in_the_order_asked_for() -> None:
    """Several sections are put together."""
    assert cut(OUTPUT, "Resources", "Outputs") == 'Resources:\n    1 unchanged\nOutputs:\n    value: "1"'


def test_a_section_that_is_not_there_is_an_error() -> None:
    """An output without what is to be shown is not recorded as empty."""
    with pytest.raises(ValueError, match="Nonsense"):
        cut(OUTPUT, "Nonsense")


def test_errors_are_kept_whole() -> None:
    """What comes before a resource's error goes; the error with all of its lines stays."""
    assert errors_of(cut(OUTPUT, "Diagnostics")) == (
        "Diagnostics:\n"
        "  a:b:First (x):\n"
        "    error: refused:\n"
        "    and this\n"
        "      is why\n"
        "  pulumi:pulumi:Stack (shop-dev):\n"
        "    error: update failed"
    )


def test_ports_and_times_are_the_same_in_every_run() -> None:
    """The tenant's port and the moments of now are replaced, and nothing that only looks like them."""
    text = "http://127.0.0.1:40123/ until 2027-03-04 05:06 UTC, at 07:08:09 UTC; 86400 s, 127.0.0.1 and 2027"

    assert steady(text) == (
        "http://127.0.0.1:8080/ until 2026-12-01 09:30 UTC, at 09:30:00 UTC; 86400 s, 127.0.0.1 and 2027"
    )
