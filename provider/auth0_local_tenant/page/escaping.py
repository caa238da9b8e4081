"""What a page shows of texts that other people chose: nothing unseen, and nothing that turns the reading around."""

import unicodedata

from markupsafe import Markup, escape

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format and line-breaking characters, halves of characters


def visible(value: object) -> object:
    """Return a text with what could not be seen by its code, and backslashes doubled, so that no two look the same."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return value if value.isprintable() and "\\" not in value else _coded(value.replace("\\", r"\\"))


def body(value: str) -> Markup:
    """Return a text of several lines likewise, but for the backslashes: JSON has escaped them."""
    return escape("\n".join(_coded(line) for line in value.split("\n")))


def as_it_is(value: object) -> Markup:
    """Return a text for a field, which is sent back as it came."""
    return escape(value)


def _coded(text: str) -> str:
    return "".join(
        ascii(character)[1:-1] if unicodedata.category(character) in _UNSEEN else character for character in text
    )
