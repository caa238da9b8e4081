"""Is a value given by a user a text that the API takes? One rule for programs, configuration and catalog files."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from pulumi_auth0_permissions.core.model import MAX_DESCRIPTION_LENGTH, MAX_VALUE_LENGTH

_MAX_QUOTED_LENGTH = 60  # characters of a text that a message repeats

RESERVED = frozenset(
    (
        *("address", "created_at", "email", "email_verified", "family_name", "given_name", "identities", "name"),
        *("nickname", "offline_access", "openid", "phone", "picture", "profile"),
    )
)
"""Names that Auth0 keeps for OpenID Connect and its own profile: they "cannot be set as custom API permissions"."""
_RESERVED_SOURCE = "https://auth0.com/docs/get-started/apis/add-api-permissions"
_LINE_BREAKS_AND_TABS = dict.fromkeys(map(ord, "\t\n\r"), " ")


class Unknown:
    """The value of an input that is known only after another resource has been created."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def value_problems(value: object, what: str = "the permission") -> list[str]:
    """Return why a program cannot declare a permission of this value, a sentence each; empty where it can."""
    if isinstance(value, str) and value in RESERVED:
        return [
            f'{what} has a name that Auth0 reserves ({_RESERVED_SOURCE}); choose another one, such as "read:{value}"'
        ]
    return name_problems(value, what)


def name_problems(value: object, what: str) -> list[str]:
    """Return why no API can hold, or ever have held, a permission of this value, a sentence each."""
    return _text_problems(value, what, MAX_VALUE_LENGTH, may_be_empty=False)


def description_problems(description: object, what: str = "the description") -> list[str]:
    """Return what is wrong with a permission's description, a sentence each; empty where nothing is.

    Line breaks and tabs are right: the vendor's schema allows them, and the dashboard's users paste them.
    """
    rest = description.translate(_LINE_BREAKS_AND_TABS) if isinstance(description, str) else description
    return _text_problems(rest, what, MAX_DESCRIPTION_LENGTH, may_be_empty=True)


def type_of(value: object) -> str:
    """Name a value's type as a user of any language would: ``a number``, ``a list``."""
    match value:
        case None:
            return "nothing"
        case Unknown():
            return "a value that is not known yet"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a map"
    return f"a {type(value).__name__}"


def cut(text: str, at_most: int = _MAX_QUOTED_LENGTH) -> str:
    """Return the text, or its beginning and ``…``, for a message."""
    return text if len(text) <= at_most else text[:at_most] + "…"


def nearest(text: str, known: Iterable[str]) -> list[str]:
    """Return the known texts that were probably meant, best first: at most three.

    Those that differ in what is easily missed (case, ``http`` and ``https``, the last slash, a space) count alone.
    """
    texts = list(known)
    if alike := [one for one in texts if _without_what_is_missed(one) == _without_what_is_missed(text)]:
        return alike[:3]
    return difflib.get_close_matches(text, texts, n=3, cutoff=0.8)


def _without_what_is_missed(text: str) -> str:
    return "".join(text.casefold().split()).removeprefix("http://").removeprefix("https://").rstrip("/")


def _text_problems(value: object, what: str, at_most: int, *, may_be_empty: bool) -> list[str]:
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
    if control := control_character(value):
        found.append(f"{what} has {control}; remove it")
    return found


def control_character(text: str) -> str | None:
    """Name the first control character (or half of a character) of a text, or return ``None``."""
    names = {"Cc": "a control character", "Cs": "half of a character"}
    for position, character in enumerate(text, 1):
        if kind := names.get(unicodedata.category(character)):
            return f"{kind} (U+{ord(character):04X}) at position {position}"
    return None
