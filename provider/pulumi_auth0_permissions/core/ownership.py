"""Who owns what among the resources of one program: what one declares, no other one takes away, nor its old self."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one resource of the program declares."""

    name: str  # the resource's name in the program
    api: str  # the API as the program names it, by identifier or id
    values: frozenset[str]  # the declared permissions
    prior: frozenset[str] = frozenset()  # what the resource owned before this run
    refuses_unmanaged: bool = False  # whether its ``unmanaged`` mode is ``refuse``


@dataclass(frozen=True, slots=True)
class Siblings:
    """What the other resources of the program declare and own on one API."""

    declared: Mapping[str, str] = field(default_factory=dict)  # permission → who declares it; never taken away
    released: frozenset[str] = frozenset()  # what they owned before this run: theirs to remove, and not unmanaged
    pending: bool = False  # whether some were not checked yet, so that what they released is not known
    refuse_unmanaged: bool = False  # whether one of them refuses unmanaged permissions


def siblings_among(
    checked: Iterable[Declaration], named: Collection[Declaration], api_names: Collection[str]
) -> Siblings:
    """Return what other resources declare on an API: those ``checked`` so far, and those that the program ``named``."""
    here = [one for one in checked if one.api in api_names]
    expected = [one for one in named if one.api in api_names]
    return Siblings(
        declared={value: one.name for one in (*expected, *here) for value in sorted(one.values)},
        released=frozenset().union(*(one.prior for one in here)),
        pending=len(expected) > len(here),
        refuse_unmanaged=any(one.refuses_unmanaged for one in here),
    )
