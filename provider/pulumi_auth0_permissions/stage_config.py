"""What a stage is told: by its stack's configuration, and by whoever runs its program, through the environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pulumi_auth0_permissions.core.errors import Conflict, InvalidInputs, Problem
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.core.validation import api_problem

APIS = "auth0-permissions:apis"
PROMOTED_FROM = "auth0-permissions:promotedFrom"

EXPECTED_REVISIONS_VARIABLE = "AUTH0_PERMISSIONS_EXPECTED_REVISIONS"
"""The revisions of the source that a promotion's preview was made of: a JSON object from API to revision."""

AS_IF_VARIABLE = "AUTH0_PERMISSIONS_AS_IF"
"""Names a catalog that a preview takes in place of what the stage before has applied."""

AS_IF_NOTE = "as-if"
"""The file that says to who asked for the preview that the program has taken it."""


@dataclass(frozen=True, slots=True)
class StageConfig:
    """A stack's place in the chain."""

    apis: Mapping[str, str]  # logical API name → identifier or id in the stack's tenant, in the configuration's order
    promoted_from: str | None = None  # the stack that permissions are taken from; None for the first stage

    @classmethod
    def read(cls, config: Callable[[str], str | None]) -> StageConfig:
        """Read both settings.

        Args:
            config: returns the value of ``namespace:key`` as text (lists and maps as JSON), or ``None``.

        Raises:
            InvalidInputs: with every problem at once, each under its ``namespace:key``.
        """
        text, promoted_from = ((config(name) or "").strip() for name in (APIS, PROMOTED_FROM))
        try:
            apis = json.loads(text or "{}")
        except (ValueError, RecursionError):
            apis = None
        if not isinstance(apis, Mapping) or not apis:
            reason = "it is not set: which API does each logical name stand for here?"
            if text:
                reason = "it is not a map from logical API name to identifier or id."
            way_out = f"Set it with `pulumi config set --path '{APIS}.orders' https://orders.example.com`."
            raise InvalidInputs([Problem(APIS, f"{reason} {way_out}")])
        if problems := list(_entry_problems(apis)):
            raise InvalidInputs(problems)
        return cls(apis, promoted_from or None)


def _entry_problems(entries: Mapping[str, object]) -> Iterator[Problem]:
    taken: dict[object, str] = {}
    for name, api in entries.items():
        problem = api_problem(api)
        if problem is None and (first := taken.setdefault(api, name)) != name:
            problem = f'is the same API as "{escape(first)}"; two names cannot manage one API'
        if problem is not None:
            yield Problem(f"{APIS}.{escape(name)}", f"{problem}.")


def qualified(stack: str, organization: str, project: str) -> str:
    """Return a stack's name as every back end understands it: ``organization/project/stack``.

    Back ends without organizations (files, object stores) call theirs ``organization``. A name that says more than
    the stack alone is taken as it is.
    """
    return stack if "/" in stack else f"{organization}/{project}/{stack}"


def short_name(stack: str) -> str:
    """Return the last part of a stack's name, the part that people call the stage by."""
    return stack.rpartition("/")[2]


def check_expected_revisions(revisions: Mapping[str, str], environ: Mapping[str, str], *, source: str) -> None:
    """Check that the source is what the preview showed; without expectations there is nothing to check.

    Args:
        revisions: logical API name → revision, as the source has them now.
        environ: the environment.
        source: the stack that they are from.

    Raises:
        Conflict: the source has moved, or what is expected cannot be read.
    """
    text = environ.get(EXPECTED_REVISIONS_VARIABLE)
    if not text:
        return
    try:
        expected = json.loads(text)
    except (ValueError, RecursionError):
        expected = None
    if not isinstance(expected, Mapping):
        raise Conflict(
            f"{EXPECTED_REVISIONS_VARIABLE} in the environment is not a JSON object from API to revision; nothing was "
            "done. Unset it."
        )
    moved = sorted(name for name in {*expected, *revisions} if expected.get(name) != revisions.get(name))
    if moved:
        raise Conflict(
            f'the source moved since the preview: stack "{escape(source)}" has applied something else to '
            f"{join(moved)} meanwhile. Nothing was written. Run the promotion again to see what is there now."
        )
