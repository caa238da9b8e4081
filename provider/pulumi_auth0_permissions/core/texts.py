"""Is a value given by a user a text that the API takes? One rule for programs, configuration and catalog files."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from pulumi_auth0_permissions.core.permissions import MAX_DESCRIPTION_LENGTH, MAX_VALUE_LENGTH

__all__ = ["control_characters", "cut", "description_problems", "type_of", "value_problems"]

_MAX_QUOTED_LENGTH = 60  # characters of a text that a message repeats


def value_problems(value: object, what: str = "the permission") -> list[str]:
    """Return what is wrong with a permission's value, a sentence each; empty where nothing is."""
    return _text_problems(value, what, MAX_VALUE_LENGTH, may_be_empty=False)


def description_problems(description: object, what: str = "the description") -> list[str]:
    """Return what is wrong with a permission's description, a sentence each; empty where nothing is."""
    return _text_problems(description, what, MAX_DESCRIPTION_LENGTH, may_be_empty=True)


def _text_problems(value: object, what: str, at_most: int, *, may_be_empty: bool) -> list[str]:
    """Return what is wrong with one text, a sentence each; empty where nothing is.

    Args:
        value: what was given, of any type.
        what: what it is, for the sentences: ``the description``.
        at_most: the longest that Auth0 takes, in characters.
        may_be_empty: whether ``""`` is right.
    """
    if isinstance(value, str) and len(value) <= at_most and value.isprintable() and (value or may_be_empty):
        return []  # the usual, of which there are hundreds
    if not isinstance(value, str):
        way_out = '; write "" for none' if value is None and may_be_empty else ""
        return [f"{what} must be text; got {type_of(value)}{way_out}"]
    found = []
    if not value and not may_be_empty:
        found.append(f"{what} is empty; it needs 1 to {at_most} characters")
    if len(value) > at_most:
        found.append(f"{what} has {len(value)} characters; Auth0 allows {at_most}")
    if control := control_characters(value):
        found.append(f"{what} has {control}; remove it")
    return found


def control_characters(text: str) -> str | None:
    """Name the first control character (or half of a character) of a text, or return ``None``."""
    if text.isprintable():  # has neither, and nearly always so
        return None
    names = {"Cc": "a control character", "Cs": "half of a character"}
    for position, character in enumerate(text, 1):
        if kind := names.get(unicodedata.category(character)):
            return f"{kind} (U+{ord(character):04X}) at position {position}"
    return None


def type_of(value: object) -> str:
    """Name a value's type as a user of any language would: ``a number``, ``a list``."""
    names: list[tuple[type, str]] = [
        (bool, "a boolean"),
        (int, "a number"),
        (float, "a number"),
        (str, "text"),
        (list, "a list"),
        (tuple, "a list"),
        (Mapping, "a map"),
    ]
    if value is None:
        return "nothing"
    return next((name for kind, name in names if isinstance(value, kind)), f"a {type(value).__name__}")


def cut(text: str, at_most: int = _MAX_QUOTED_LENGTH) -> str:
    """Return the text, or its beginning and ``…``, for a message."""
    return text if len(text) <= at_most else text[:at_most] + "…"
