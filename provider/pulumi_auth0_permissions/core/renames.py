"""Pairs of a deletion and an addition that look like one rename, which would keep access."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Sequence

from pulumi_auth0_permissions.core.model import Change, Kind
from pulumi_auth0_permissions.core.text import quote

_ALIKE = 0.85  # of `difflib.SequenceMatcher`: one letter in seven differs
_MOST_COMPARED = 40  # deletions, and additions: each with each takes a while


def likely_renames(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Return deleted and added permissions that are probably one: old value, new value; each value once.

    The surest sign comes first: two Unicode forms or spellings in other letters of one name, the same description,
    nearly the same name, nearly the same description.
    """
    gone = [(change.value, change.existing or "") for change in changes if change.kind is Kind.DELETE]
    come = [(change.value, change.new or "") for change in changes if change.kind is Kind.CREATE]
    if not gone or not come or max(len(gone), len(come)) > _MOST_COMPARED:
        return []
    found: dict[str, str] = {}
    for is_alike in _SIGNS:
        for old, old_text in gone:
            pairs = (new for new, text in come if new not in found.values() and is_alike(old, old_text, new, text))
            if old not in found and (new := next(pairs, None)) is not None:
                found[old] = new
    return list(found.items())


def rename_hint(old: str, new: str) -> str:
    """Return the hint at ``renames``, in which two forms of one name can be distinguished."""
    if unicodedata.normalize("NFC", old) == unicodedata.normalize("NFC", new):
        return (
            f"{old!a} and {new!a} are two Unicode forms of one name, which Auth0 takes for two permissions: "
            "write it as the API has it, or declare the change in `renames`, which keeps access"
        )
    return (
        f"if {quote(new)} is the new name of {quote(old)}, declare it in `renames`: as it is, whoever "
        "holds the old one loses access"
    )


def _is_same_name(old: str, new: str) -> bool:
    return unicodedata.normalize("NFKC", old).casefold() == unicodedata.normalize("NFKC", new).casefold()


def _are_alike(one: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


_SIGNS: Sequence[Callable[[str, str, str, str], bool]] = (  # of the old and the new name, each with its description
    lambda old, _old_text, new, _text: _is_same_name(old, new),
    lambda _old, old_text, _new, text: bool(old_text) and old_text == text,
    lambda old, _old_text, new, _text: _are_alike(old, new),
    lambda _old, old_text, _new, text: bool(old_text and text) and _are_alike(old_text, text),
)
