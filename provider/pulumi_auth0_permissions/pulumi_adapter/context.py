"""What the resource class tells the hooks that the engine does not: which resource, and which phase.

It travels as one more input. `check` takes it out, so it reaches neither diff, nor display, nor state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pulumi_auth0_permissions.core.intent import Declaration

CONTEXT_INPUT = "context_"


@dataclass(frozen=True, slots=True)
class Context:
    """Where a hook is called.

    Attributes:
        urn: the resource's URN; empty where the resource class did not tell.
        is_preview: whether this is a preview.
        follows_resources: whether the API may be made by another resource in the same operation, so that it is no
            mistake when a preview does not find it.
        apis: how many APIs the program names, as far as it knows them, so that a preview can read them together.
        others: what other resources of the program declare that may share this one's API.
        ignored: the resource's ``ignore_changes``.
        secret: names of inputs that are secret, though everybody in the tenant can read them.
    """

    urn: str = ""
    is_preview: bool = False
    follows_resources: bool = False
    apis: int = 0
    others: tuple[Declaration, ...] = ()
    ignored: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()

    def to_input(self) -> dict[str, object]:
        """Return the context as a value of an input."""
        return {
            "urn": self.urn,
            "is_preview": self.is_preview,
            "follows_resources": self.follows_resources,
            "others": json.dumps([declaration_data(one) for one in self.others]),
            "ignored": json.dumps(self.ignored),
            "secret": json.dumps(self.secret),
            "apis": self.apis,
        }


def take_context(news: Mapping[str, object]) -> tuple[Context, dict[str, object]]:
    """Split the inputs that the engine hands over into the context and the user's inputs."""
    inputs = {name: value for name, value in news.items() if name != CONTEXT_INPUT}
    raw = news.get(CONTEXT_INPUT)
    if not isinstance(raw, Mapping):
        return Context(), inputs
    return (
        Context(
            urn=str(raw.get("urn") or ""),
            is_preview=raw.get("is_preview") is True,
            follows_resources=raw.get("follows_resources") is True,
            apis=int(apis) if isinstance(apis := raw.get("apis"), int | float) else 0,
            others=declarations_of(_list(raw.get("others"))),
            ignored=_texts(raw.get("ignored")),
            secret=_texts(raw.get("secret")),
        ),
        inputs,
    )


def _list(text: object) -> list[object]:
    """Return the list in a text; an empty one where it is none: another version of the program writes otherwise."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _texts(text: object) -> tuple[str, ...]:
    return tuple(map(str, _list(text)))


def declaration_data(one: Declaration) -> list[object]:
    """Return what one resource declares as JSON data."""
    return [one.name, one.api, sorted(one.values)]


def declarations_of(entries: Iterable[object]) -> tuple[Declaration, ...]:
    """Return what `declaration_data` has made these of; whatever else is among them is left out."""
    found = []
    for entry in entries:
        match entry:
            case [str() as name, str() as api, list() as values]:
                found.append(Declaration(name, api, frozenset(map(str, values))))
    return tuple(found)
