"""How numbers and lists read in a message; every message of the product uses these."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["listed", "quantity", "shown", "shown_value", "without_markup"]

MAX_LISTED = 10  # names in one sentence; more are cut with a count


def quantity(count: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 permission``, ``3 permissions``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def shown(text: str) -> str:
    """Make a text safe for one line of a terminal: control, format and line-breaking characters are escaped.

    Names come from a tenant, where other people choose them; nothing they put there may move the cursor, change
    the direction of reading or start a line of its own.
    """
    return without_markup(
        "".join(
            character
            if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
            else ascii(character)[1:-1]
            for character in text
        )
    )


def without_markup(text: str) -> str:
    """Escape the start of the engine's colour tags, ``<{%``: it drops those it knows and fails on the others."""
    return text.replace("<{%", r"<\x7b%")


def shown_value(value: str) -> str:
    """Make a permission's value safe for one line, in quotation marks where its ends could not be seen otherwise."""
    return shown(value) if value and value == value.strip() else f'"{shown(value)}"'


def listed(names: Sequence[str], *, quoted: bool = True, at_most: int = MAX_LISTED) -> str:
    """Return names separated by commas, cut after ``at_most`` with the count of the rest.

    ``quoted`` puts quotation marks around each, so that a trailing space is seen.
    """
    texts = [f'"{shown(name)}"' if quoted else shown(name) for name in names[:at_most]]
    rest = len(names) - at_most
    return ", ".join(texts) + (f" and {rest} more" if rest > 0 else "")
