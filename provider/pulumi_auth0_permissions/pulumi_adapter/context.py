"""The context: facts that the engine does not pass to the hooks, so the program passes them in an input of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.json import decode, encode

from pulumi_auth0_permissions.core.ownership import Declaration

CONTEXT_INPUT = "context_"
"""The input in which the context travels. `check` takes it out, so it reaches neither diff, nor display, nor state."""


@dataclass(frozen=True)
class Context:
    """What the program passes to the hooks and the engine does not: which resource, which phase, and what else."""

    urn: str = ""  # "" without a context: a transform has dropped it
    is_preview: bool = False
    follows_resources: bool = False  # whether another resource may make the API in the same operation
    apis: int = 0  # how many the program names, as far as it knows them, so that a preview can read them together
    others: tuple[Declaration, ...] = ()  # of other resources of the program that may share this one's API
    ignored: tuple[str, ...] = ()  # the resource's ``ignore_changes``
    secret: tuple[str, ...] = ()  # names of inputs that are secret, though everybody in the tenant can read them

    def to_input(self) -> str:
        """Return the context as an input: one text, since the SDK walks through maps and lists item by item."""
        return encode(self).decode()


def take_context(news: Mapping[str, object]) -> tuple[Context, dict[str, object]]:
    """Split the inputs that the engine hands over into the context and the user's inputs."""
    inputs = {name: value for name, value in news.items() if name != CONTEXT_INPUT}
    try:
        return decode(str(news.get(CONTEXT_INPUT)), type=Context), inputs
    except ValueError:
        return Context(), inputs  # a transform has dropped or changed it
