"""The resource's inputs: validate them, all problems at once, by property; no I/O.

What needs the API (does it exist? is it a system API?) is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.permissions import MAX_PERMISSIONS_PER_API, Permissions
from pulumi_auth0_permissions.core.texts import (
    control_characters,
    cut,
    description_problems,
    name_problems,
    type_of,
    value_problems,
)
from pulumi_auth0_permissions.core.wording import shown

__all__ = ["MAX_IDENTIFIER_LENGTH", "UNKNOWN", "Inputs", "Unknown", "parse_inputs", "parse_mode", "typed_inputs"]

MAX_IDENTIFIER_LENGTH = 600  # characters; OpenAPI description of the Management API, resource server identifier

Mode = TypeVar("Mode", bound=StrEnum)


class Unknown:
    """The value of an input that is known only after another resource has been created."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checked inputs.

    Attributes:
        api: identifier or id of the API; `UNKNOWN` until another resource is created.
        permissions: the desired set; `UNKNOWN` when the map, a value in it or a description is not known yet.
        unmanaged: what to do with permissions that are not ours.
        removal: how a removal is done.
        renames: old value → new value.
    """

    api: str | Unknown
    permissions: Permissions | Unknown
    unmanaged: Unmanaged
    removal: Removal
    renames: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether everything that a plan is made of is known."""
        return not isinstance(self.api, Unknown) and not isinstance(self.permissions, Unknown)


def parse_inputs(
    raw: Mapping[str, object],
    *,
    unmanaged: Unmanaged = Unmanaged.REFUSE,
    removal: Removal = Removal.WARN,
) -> Inputs:
    """Check raw inputs, as the engine hands them over, and return them typed.

    Args:
        raw: property name → value; a value that is not known yet is `UNKNOWN`.
        unmanaged: the stack's default, for when the input is not given.
        removal: likewise.

    Raises:
        InvalidInputs: with every problem found, in the order of the inputs.
    """
    problems: list[Problem] = []
    api = _parse_api(raw.get("api"), problems)
    permissions = _parse_permissions(raw.get("permissions"), problems)
    chosen_unmanaged = _chosen(Unmanaged, "unmanaged", raw, unmanaged, problems)
    chosen_removal = _chosen(Removal, "removal", raw, removal, problems)
    renames = _parse_renames(raw.get("renames"), permissions, problems)
    problems += [
        Problem(
            shown(name),
            "there is no such input; the inputs are api, permissions, unmanaged, removal and renames",
        )
        for name in raw
        if name not in {"api", "permissions", "unmanaged", "removal", "renames"}
    ]
    if problems:
        raise InvalidInputs(problems)
    return Inputs(api, permissions, chosen_unmanaged, chosen_removal, renames)


def typed_inputs(checked: Mapping[str, object]) -> Inputs:
    """Return inputs typed that `parse_inputs` has passed before; the texts are not looked at again.

    The engine hands the same inputs to several hooks, and looking at a thousand texts is what takes time.
    """
    api, permissions, renames = (checked.get(name) for name in ("api", "permissions", "renames"))
    known = isinstance(permissions, Mapping) and not any(isinstance(text, Unknown) for text in permissions.values())
    return Inputs(
        api if isinstance(api, str) else UNKNOWN,
        dict(permissions) if isinstance(permissions, Mapping) and known else UNKNOWN,
        Unmanaged(str(checked.get("unmanaged") or Unmanaged.REFUSE)),
        Removal(str(checked.get("removal") or Removal.WARN)),
        dict(renames) if isinstance(renames, Mapping) else {},
    )


def parse_mode(kind: type[Mode], property_: str, value: object, problems: list[Problem]) -> Mode | None:
    """Return the mode named by ``value``; else note the problem and return ``None``."""
    if isinstance(value, str) and value in list(kind):
        return kind(value)
    choices = ", ".join(f'"{mode}"' for mode in kind)
    said = f'"{shown(value)}"' if isinstance(value, str) else _a(value)
    problems.append(Problem(property_, f"must be one of {choices}; got {said}"))
    return None


def _chosen(kind: type[Mode], name: str, raw: Mapping[str, object], default: Mode, problems: list[Problem]) -> Mode:
    value = raw.get(name)
    if value is None:
        return default
    if isinstance(value, Unknown):
        problems.append(Problem(name, "must be known before anything is created: give it as plain text"))
        return default
    return parse_mode(kind, name, value, problems) or default


def _parse_api(value: object, problems: list[Problem]) -> str | Unknown:
    if isinstance(value, Unknown):
        return value
    if value is None:
        problems.append(Problem("api", "is missing: give the API's identifier (audience) or id"))
    elif not isinstance(value, str):
        problems.append(Problem("api", f"must be text, the API's identifier (audience) or id; got {_a(value)}"))
    elif not value.strip():
        problems.append(Problem("api", "is empty: give the API's identifier (audience) or id"))
    elif len(value) > MAX_IDENTIFIER_LENGTH:
        problems.append(
            Problem("api", f"has {len(value)} characters; an identifier has at most {MAX_IDENTIFIER_LENGTH}")
        )
    elif control := control_characters(value):
        problems.append(Problem("api", f"has {control}; remove it"))
    else:
        return value
    return UNKNOWN


def _parse_permissions(value: object, problems: list[Problem]) -> Permissions | Unknown:
    if isinstance(value, Unknown):
        return value
    if value is None:
        problems.append(Problem("permissions", "is missing: give a map from permission to description"))
        return UNKNOWN
    if not isinstance(value, Mapping):
        hint = ': write {"read:orders": "Read orders"}' if isinstance(value, (list, tuple)) else ""
        problems.append(Problem("permissions", f"must be a map from permission to description{hint}; got {_a(value)}"))
        return UNKNOWN
    if len(value) > MAX_PERMISSIONS_PER_API:
        problems.append(
            Problem(
                "permissions",
                f"declares {len(value)} permissions; Auth0 allows {MAX_PERMISSIONS_PER_API} for an API",
            )
        )
    known: dict[str, str] = {}
    for name, description in value.items():
        where = ("permissions", str(name))
        _check_text(name, where, "the permission", value_problems, problems)
        if isinstance(description, Unknown):
            continue
        if _check_text(description, where, "the description", description_problems, problems):
            known[str(name)] = str(description)
    return known if len(known) == len(value) else UNKNOWN


def _parse_renames(value: object, permissions: Permissions | Unknown, problems: list[Problem]) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.append(Problem("renames", f"must be a map from old to new permission; got {_a(value)}"))
        return {}
    renames: dict[str, str] = {}
    targets: dict[str, str] = {}
    for old, new in value.items():
        where = ("renames", str(old))
        old_is_text = _check_text(old, where, "the old name", name_problems, problems)
        if not (_check_text(new, where, "the new name", value_problems, problems) and old_is_text):
            continue
        found = _rename_problems(str(old), str(new), value, targets, permissions)
        problems.extend(Problem(_place(*where), problem) for problem in found)
        renames[str(old)] = str(new)
        targets[str(new)] = str(old)
    return renames


def _rename_problems(
    old: str,
    new: str,
    renames: Mapping[object, object],
    targets: Mapping[str, str],
    permissions: Permissions | Unknown,
) -> list[str]:
    """Return what is wrong with one rename: chains and swaps would hand one permission's holders to another."""
    found = []
    if old == new:
        found.append("renames a permission to itself; remove the entry")
    elif new in renames:
        found.append(
            f'is part of a chain: "{shown(new)}" is renamed as well. Apply one rename, then the other, '
            "in two operations"
        )
    if new in targets:
        found.append(f'"{shown(targets[new])}" is renamed to "{shown(new)}" too; two cannot become one')
    if not isinstance(permissions, Unknown):
        if new not in permissions:
            found.append(f'the new name "{shown(new)}" is not declared in `permissions`; declare it there')
        if old in permissions and old != new:
            found.append(f'the old name "{shown(old)}" is still declared in `permissions`; remove it there')
    return found


def _check_text(
    value: object,
    where: tuple[str, str],
    what: str,
    check: Callable[[object, str], list[str]],
    problems: list[Problem],
) -> bool:
    """Check one text at a key of an input; note what is wrong with it and tell whether it is right."""
    found = [f"{what} must be known before anything is created"] if isinstance(value, Unknown) else check(value, what)
    if found:
        problems += [Problem(_place(*where), problem) for problem in found]
    return not found


def _place(property_: str, key: str) -> str:
    return f'{property_}["{shown(cut(key))}"]'


def _a(value: object) -> str:
    return "a value that is not known yet" if isinstance(value, Unknown) else type_of(value)
