"""The catalogue of messages, as data: docs/reference/errors.toml, and what of the code's texts is no message."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CATALOGUE", "Message", "Other", "Section", "messages", "other_texts", "sections"]

CATALOGUE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.toml"
_OTHERS = Path(__file__).parent / "other_texts.toml"


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        slug: its short name, which stays: people link to it.
        parts: the texts of the code that it is made of.
        seen: when it is said.
        cause: what is behind it.
        remedy: what to do.
        varies: whether it quotes words of Python or the system, which differ from version to version.
    """

    slug: str
    parts: tuple[str, ...]
    seen: str
    cause: str
    remedy: str
    varies: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Messages on one subject.

    Attributes:
        slug: its short name.
        title: its heading.
        intro: what all of them have in common.
        messages: the messages, in the order of the page.
    """

    slug: str
    title: str
    intro: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """Texts of the code that are no messages.

    Attributes:
        why: what they are.
        texts: the texts.
        files: files whose texts are all of that kind, relative to the folder of the packages.
    """

    why: str
    texts: tuple[str, ...]
    files: tuple[str, ...]


def sections() -> tuple[Section, ...]:
    """Return the whole catalogue."""
    data = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return tuple(
        Section(
            one["slug"],
            one["title"],
            one["intro"],
            tuple(Message(**{**entry, "parts": tuple(entry["parts"])}) for entry in one["message"]),
        )
        for one in data["section"]
    )


def messages() -> Iterator[Message]:
    """Yield all messages."""
    for section in sections():
        yield from section.messages


def other_texts() -> tuple[Other, ...]:
    """Return what is no message, and why."""
    data = tomllib.loads(_OTHERS.read_text(encoding="utf-8"))
    return tuple(Other(one["why"], tuple(one.get("texts", ())), tuple(one.get("files", ()))) for one in data["other"])
