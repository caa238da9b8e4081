"""Who owns what between the resources of one program that share an API.

What any living resource of a program declares on an API is never taken by another one, nor by the old self of a
replaced, renamed or moved one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.errors import Problem
from pulumi_auth0_permissions.core.texts import value_problems
from pulumi_auth0_permissions.core.wording import shown, shown_value

__all__ = ["Declaration", "Siblings", "invalid_siblings", "siblings_among"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one resource of the program declares.

    Attributes:
        name: the resource's name in the program.
        api: the API as the program names it, by identifier or id.
        values: the declared permissions.
        prior: what the resource owned before this run.
        refuses_unmanaged: whether its ``unmanaged`` mode is ``refuse``.
    """

    name: str
    api: str
    values: frozenset[str]
    prior: frozenset[str] = frozenset()
    refuses_unmanaged: bool = False


@dataclass(frozen=True, slots=True)
class Siblings:
    """What the other resources of the program have to do with one API.

    Attributes:
        declared: permission → name of the resource that declares it; never taken away.
        released: what they owned before this run; it is theirs to remove, not an unmanaged permission.
        pending: whether some of them were not checked yet, so that what they released is not known.
        refuse_unmanaged: whether one of them refuses unmanaged permissions.
    """

    declared: Mapping[str, str] = field(default_factory=dict)
    released: frozenset[str] = frozenset()
    pending: bool = False
    refuse_unmanaged: bool = False


def siblings_among(
    checked: Iterable[Declaration], named: Collection[Declaration], api_names: Collection[str]
) -> Siblings:
    """Return what other resources declare on an API.

    Args:
        checked: the other resources that the engine had checked in this process.
        named: the other resources that the program named, checked or not.
        api_names: the API's id and identifier.
    """
    here = [one for one in checked if one.api in api_names]
    expected = [one for one in named if one.api in api_names]
    return Siblings(
        declared={value: one.name for one in (*expected, *here) for value in sorted(one.values)},
        released=frozenset().union(*(one.prior for one in here)),
        pending=len(expected) > len(here),
        refuse_unmanaged=any(one.refuses_unmanaged for one in here),
    )


def invalid_siblings(named: Iterable[Declaration], api: str) -> list[Problem]:
    """Return what is wrong with what other resources declare on an API: none of it is written before all is right."""
    return [
        Problem(
            "api",
            f"resource {shown(one.name)} declares on the same API {shown_value(value)}, which {'; '.join(problems)}. "
            "Nothing is written to the API until that is corrected.",
        )
        for one in named
        if one.api == api
        for value in sorted(one.values)
        if (problems := value_problems(value))
    ]
