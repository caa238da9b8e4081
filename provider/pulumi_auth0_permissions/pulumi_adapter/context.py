"""The context of the hooks: what the engine does not tell them, so that the program does, in an input of its own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pulumi_auth0_permissions.core.model import Declaration

CONTEXT_INPUT = "context_"
"""The input in which the context travels. `check` takes it out, so it reaches neither diff, nor display, nor state."""


@dataclass(frozen=True)
class Context:
    """What the resource class tells the hooks that the engine does not: which resource, and which phase."""

    urn: str = ""  # empty where the resource class did not tell
    is_preview: bool = False
    follows_resources: bool = False  # whether another resource may make the API in the same operation
    apis: int = 0  # how many the program names, as far as it knows them, so that a preview can read them together
    others: Sequence[Declaration] = ()  # of other resources of the program that may share this one's API
    ignored: Sequence[str] = ()  # the resource's ``ignore_changes``
    secret: Sequence[str] = ()  # names of inputs that are secret, though everybody in the tenant can read them

    def to_input(self) -> str:
        """Return the context as an input; a text, since the SDK goes through maps and lists item by item."""
        return json.dumps(asdict(self), default=sorted)


def take_context(news: Mapping[str, object]) -> tuple[Context, dict[str, object]]:
    """Split the inputs that the engine hands over into the context and the user's inputs."""
    inputs = {name: value for name, value in news.items() if name != CONTEXT_INPUT}
    try:
        data = json.loads(str(news.get(CONTEXT_INPUT)))
        return Context(**{**data, "others": declarations_of(data["others"])}), inputs
    except (ValueError, TypeError, LookupError):
        return Context(), inputs  # a transform has dropped or changed it


def declarations_of(entries: Iterable[Any]) -> tuple[Declaration, ...]:
    """Return declarations from JSON data, as far as the program knows them; what could not be read is left out."""
    return tuple(Declaration(one["name"], one["api"], frozenset(one["values"])) for one in entries if one)
