"""How numbers and lists read in a message; every message of the product uses these."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

__all__ = ["duration", "listed", "one_line", "quantity", "shown", "shown_value", "without_markup"]

MAX_LISTED = 10  # names in one sentence; more are cut with a count
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format and line-breaking characters, halves of pairs


def quantity(count: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 permission``, ``3 permissions``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """Return ``90 s``, ``5 min``, ``3 hours`` or ``2 days``, rounded up."""
    for length, unit in ((86400, "days"), (3600, "hours"), (60, "min")):
        if seconds > 2 * length:
            return f"{math.ceil(seconds / length)} {unit}"
    return f"{max(1, math.ceil(seconds))} s"


def shown(text: str) -> str:
    """Escape a name that other people chose, so that it stays on its line and reads as what it is.

    Nothing in it may move the cursor, change the direction of reading, start a line of its own or be a colour tag. A
    backslash is doubled, so that no name reads like another one's escaped form.
    """
    return one_line(text.replace("\\", r"\\"))


def one_line(text: str) -> str:
    """Escape what would not stay on one line of a terminal in a text whose names are escaped already, or a path."""
    if not text.isprintable():
        text = "".join(
            ascii(character)[1:-1] if unicodedata.category(character) in _UNSEEN else character for character in text
        )
    return without_markup(text)


def without_markup(text: str) -> str:
    """Escape the start of the engine's colour tags, ``<{%``: it drops those it knows and fails on the others."""
    return text.replace("<{%", r"<\x7b%")


def shown_value(value: str) -> str:
    """Make a permission's value safe for one line, in quotation marks where its ends could not be seen otherwise."""
    return shown(value) if value and value == value.strip() else f'"{shown(value)}"'


def listed(names: Sequence[str], *, quoted: bool = True, at_most: int = MAX_LISTED, separator: str = ", ") -> str:
    """Return names with commas (or another separator) between them, cut after ``at_most`` with the count of the rest.

    ``quoted`` puts quotation marks around each, so that a trailing space is seen.
    """
    texts = [f'"{shown(name)}"' if quoted else shown(name) for name in names[:at_most]]
    rest = len(names) - at_most
    return separator.join(texts) + (f" and {rest} more" if rest > 0 else "")
