"""Markdown for a comment on GitHub: texts that other people chose stay texts, and the length has a bound.

Names stand in ``<code>``, where GitHub looks neither for mentions nor for references or emoji. What could be markup is
a character reference, which Markdown takes for a literal character, never for structure (CommonMark 0.31, 2.5); so a
``|`` does not end a table's cell either.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from pulumi_auth0_permissions.core.text import escape_line

MAX_COMMENT_LENGTH = 65_536  # characters; GitHub answers a longer body with "body is too long (maximum is 65536 …)"

# Markup; and what GitHub makes links of by itself: "scheme://", "www." and mail addresses.
_SPECIAL = re.compile(r"[&<>|`*_\[\]\\@#~!$\"'{}^]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_AT_START = re.compile(r"^[-+=.)\d\s]")  # would begin a list, a heading or a rule


def escaped(text: str) -> str:
    """Return a text that shows as it is, on one line."""
    return _AT_START.sub(_reference, _SPECIAL.sub(_reference, escape_line(text)))


def code(text: str) -> str:
    """Return a text, whose names are escaped already, as code."""
    return f"<code>{_SPECIAL.sub(_reference, escape_line(text))}</code>" if text else ""


def fenced(lines: Sequence[str], language: str) -> str:
    """Return lines as a code block, with a fence that none of them can close."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, *lines, fence])


def row(cells: Sequence[str]) -> str:
    """Return a row of a table; the cells are Markdown."""
    return f"| {' | '.join(cells)} |"


def bounded(blocks: Sequence[str], *, cut: str, at_most: int = MAX_COMMENT_LENGTH) -> str:
    """Join blocks of lines, and leave out those at the end that do not fit; ``cut`` then says how many (``{}``)."""
    whole = "\n".join(blocks) + "\n"
    if len(whole) <= at_most:
        return whole
    room = at_most - len(f"\n{cut.format(len(blocks))}\n")
    fitting = bisect_right(list(accumulate(len(block) + len("\n") for block in blocks)), room)
    return "\n".join([*blocks[:fitting], "", cut.format(len(blocks) - fitting)]) + "\n"


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
