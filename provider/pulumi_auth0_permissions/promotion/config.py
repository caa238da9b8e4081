"""What a stack's configuration says of its stage: where it takes its permissions from, and which APIs are meant."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import MAX_IDENTIFIER_LENGTH
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.core.validation import type_of

APIS = "auth0-permissions:apis"
PROMOTED_FROM = "auth0-permissions:promotedFrom"


@dataclass(frozen=True, slots=True)
class StageConfig:
    """A stack's place in the chain.

    Attributes:
        apis: logical API name → identifier or id in the stack's tenant, in the order of the configuration.
        promoted_from: the stack that permissions are taken from; ``None`` for the first stage.
    """

    apis: Mapping[str, str] = field(default_factory=dict)
    promoted_from: str | None = None

    @classmethod
    def read(cls, config: Callable[[str], str | None]) -> StageConfig:
        """Read both settings.

        Args:
            config: returns the value of ``namespace:key`` as text (lists and maps as JSON), or ``None``.

        Raises:
            InvalidInputs: with every problem at once, each under its ``namespace:key``.
        """
        problems: list[Problem] = []
        apis = _apis(config(APIS), problems)
        promoted_from = (config(PROMOTED_FROM) or "").strip() or None
        if problems:
            raise InvalidInputs(problems)
        return cls(apis, promoted_from)


def qualified(stack: str, organization: str, project: str) -> str:
    """Return a stack's name as every back end understands it: ``organization/project/stack``.

    Back ends without organizations (files, object stores) call theirs ``organization``. A name that says more than
    the stack alone is taken as it is.
    """
    return stack if "/" in stack else f"{organization}/{project}/{stack}"


def short_name(stack: str) -> str:
    """Return the last part of a stack's name, the part that people call the stage by."""
    return stack.rpartition("/")[2]


def _apis(text: str | None, problems: list[Problem]) -> dict[str, str]:
    way_out = f"Set it with `pulumi config set --path '{APIS}.orders' https://orders.example.com`."
    if text is None or not text.strip():
        problems.append(Problem(APIS, f"it is not set: which API does each logical name stand for here? {way_out}"))
        return {}
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        entries = text
    if not isinstance(entries, Mapping) or not entries:
        problems.append(Problem(APIS, f"it is not a map from logical API name to identifier or id. {way_out}"))
        return {}
    problems += _entry_problems(entries)
    return {name: str(api) for name, api in entries.items()}


def _entry_problems(entries: Mapping[str, object]) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for name, api in entries.items():
        where = f"{APIS}.{escape(name)}"
        if not isinstance(api, str):
            yield Problem(where, f"must be text, the API's identifier (audience) or id; got {type_of(api)}.")
        elif not api.strip():
            yield Problem(where, "is empty: give the API's identifier (audience) or id.")
        elif len(api) > MAX_IDENTIFIER_LENGTH:
            yield Problem(where, f"has {len(api)} characters; an identifier has at most {MAX_IDENTIFIER_LENGTH}.")
        elif api in taken:
            yield Problem(where, f'is the same API as "{escape(taken[api])}"; two names cannot manage one API.')
        else:
            taken[api] = name
