"""Validate what users give: a resource's inputs, all problems at once, by property, and the texts in a catalog.

No I/O: what needs the API (does it exist? is it a system API?) is not decided here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.core.model import (
    MAX_DESCRIPTION_LENGTH,
    MAX_IDENTIFIER_LENGTH,
    MAX_PERMISSIONS_PER_API,
    MAX_VALUE_LENGTH,
    Permissions,
    Removal,
    Unmanaged,
)
from pulumi_auth0_permissions.core.text import cut, escape, quote

RESERVED = frozenset(
    (
        *("address", "created_at", "email", "email_verified", "family_name", "given_name", "identities", "name"),
        *("nickname", "offline_access", "openid", "phone", "picture", "profile"),
    )
)
"""Names that Auth0 keeps for OpenID Connect and its own profile: they "cannot be set as custom API permissions"."""
_RESERVED_SOURCE = "https://auth0.com/docs/get-started/apis/add-api-permissions"
_LINE_BREAKS_AND_TABS = dict.fromkeys(map(ord, "\t\n\r"), " ")
_NO_CHARACTERS = {"Cc": "a control character", "Cs": "half of a character"}  # by Unicode category

_Mode = TypeVar("_Mode", bound=StrEnum)


class Unknown:
    """The value of an input that is known only after another resource has been created."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

_KINDS: tuple[tuple[type, str], ...] = (  # the first that fits counts: a boolean is an `int` too
    (type(None), "nothing"),
    (Unknown, "a value that is not known yet"),
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (tuple, "a list"),
    (Mapping, "a map"),
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checked inputs of a resource."""

    api: str | Unknown  # identifier or id of the API; `UNKNOWN` until another resource is created
    permissions: Permissions | Unknown  # the desired set; `UNKNOWN` while any of it is
    unmanaged: Unmanaged  # what to do with permissions that are not ours
    removal: Removal  # how a removal is done
    renames: Mapping[str, str] = field(default_factory=dict)  # old value → new value

    @property
    def is_known(self) -> bool:
        """Whether everything that a plan is made of is known."""
        return not isinstance(self.api, Unknown) and not isinstance(self.permissions, Unknown)


def parse_inputs(
    raw: Mapping[str, object], unmanaged: Unmanaged = Unmanaged.REFUSE, removal: Removal = Removal.WARN
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
    api = raw.get("api")
    if not isinstance(api, Unknown) and (problem := api_problem(api)):
        problems.append(Problem("api", problem))
    permissions = _parse_permissions(raw.get("permissions"), problems)
    inputs = Inputs(
        api if isinstance(api, str) else UNKNOWN,
        permissions,
        _parse_mode("unmanaged", raw, unmanaged, problems),
        _parse_mode("removal", raw, removal, problems),
        _parse_renames(raw.get("renames"), permissions, problems),
    )
    problems += [
        Problem(escape(name), "there is no such input; the inputs are api, permissions, unmanaged, removal and renames")
        for name in raw
        if name not in Inputs.__dataclass_fields__
    ]
    if problems:
        raise InvalidInputs(problems)
    return inputs


def typed_inputs(checked: Mapping[str, object]) -> Inputs:
    """Return inputs typed that `parse_inputs` has passed before; the texts are not looked at again.

    The engine hands the same inputs to several hooks, and looking at a thousand texts is what takes time.
    """
    api, permissions, renames = (checked.get(name) for name in ("api", "permissions", "renames"))
    known = isinstance(permissions, Mapping) and not any(isinstance(text, Unknown) for text in permissions.values())
    return Inputs(
        api if isinstance(api, str) else UNKNOWN,
        dict(permissions) if isinstance(permissions, Mapping) and known else UNKNOWN,
        Unmanaged(str(checked["unmanaged"])),
        Removal(str(checked["removal"])),
        dict(renames) if isinstance(renames, Mapping) else {},
    )


def sibling_problems(named: Iterable[Declaration], api: str) -> list[Problem]:
    """Return what is wrong with what other resources declare on an API: none of it is written before all is right."""
    return [
        Problem(
            "api",
            f"resource {escape(one.name)} declares on the same API {quote(value)}, which {'; '.join(problems)}. "
            "Nothing is written to the API until that is corrected.",
        )
        for one in named
        if one.api == api
        for value in sorted(one.values)
        if (problems := value_problems(value))
    ]


def value_problems(value: object, what: str = "the permission") -> list[str]:
    """Return why a program cannot declare a permission of this value, a sentence each; empty where it can."""
    if isinstance(value, str) and value in RESERVED:
        return [
            f'{what} has a name that Auth0 reserves ({_RESERVED_SOURCE}); choose another one, such as "read:{value}"'
        ]
    return _name_problems(value, what)


def description_problems(description: object, what: str = "the description") -> list[str]:
    """Return what is wrong with a permission's description, a sentence each; empty where nothing is.

    Line breaks and tabs are right: the vendor's schema allows them, and the dashboard's users paste them.
    """
    if description is None:
        return [f'{what} must be text; got nothing; write "" for none']
    rest = description.translate(_LINE_BREAKS_AND_TABS) if isinstance(description, str) else description
    return _text_problems(rest, what, MAX_DESCRIPTION_LENGTH)


def type_of(value: object) -> str:
    """Name a value's type as a user of any language would: ``a number``, ``a list``."""
    return next((name for kind, name in _KINDS if isinstance(value, kind)), f"a {type(value).__name__}")


def _name_problems(value: object, what: str) -> list[str]:
    """Return why no API can hold, or ever have held, a permission of this value, a sentence each."""
    empty = [f"{what} is empty; it needs 1 to {MAX_VALUE_LENGTH} characters"]
    return empty if value == "" else _text_problems(value, what, MAX_VALUE_LENGTH)


def _text_problems(value: object, what: str, at_most: int) -> list[str]:
    if not isinstance(value, str):
        return [f"{what} must be text; got {type_of(value)}"]
    found = []
    if len(value) > at_most:
        found.append(f"{what} has {len(value)} characters; Auth0 allows {at_most}")
    if control := _control_character(value):
        found.append(f"{what} has {control}; remove it")
    return found


def _control_character(text: str) -> str | None:
    """Name the first control character (or half of a character) of a text, or return ``None``."""
    if text.isprintable():
        return None  # the usual, of which there are hundreds
    for position, character in enumerate(text, 1):
        if kind := _NO_CHARACTERS.get(unicodedata.category(character)):
            return f"{kind} (U+{ord(character):04X}) at position {position}"
    return None


def _parse_mode(name: str, raw: Mapping[str, object], default: _Mode, problems: list[Problem]) -> _Mode:
    value, modes = raw.get(name), type(default)
    if value is None:
        return default
    if isinstance(value, str) and value in list(modes):
        return modes(value)
    choices = ", ".join(f'"{mode}"' for mode in modes)
    given = f'"{escape(value)}"' if isinstance(value, str) else type_of(value)
    problems.append(Problem(name, f"must be one of {choices}; got {given}"))
    return default


def api_problem(api: object) -> str | None:
    """Return what is wrong with an API's identifier (or id), ``None`` where nothing is."""
    match api:
        case None:
            return "is missing: give the API's identifier (audience) or id"
        case str() if not api.strip():
            return "is empty: give the API's identifier (audience) or id"
        case str() if len(api) > MAX_IDENTIFIER_LENGTH:
            return f"has {len(api)} characters; an identifier has at most {MAX_IDENTIFIER_LENGTH}"
        case str():
            control = _control_character(api)
            return f"has {control}; remove it" if control else None
    return f"must be text, the API's identifier (audience) or id; got {type_of(api)}"


def _parse_permissions(value: object, problems: list[Problem]) -> Permissions | Unknown:
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, Mapping):
        form = 'a map from permission to description: write {"read:orders": "Read orders"}'
        reason = f"is missing: give {form}" if value is None else f"must be {form}; got {type_of(value)}"
        problems.append(Problem("permissions", reason))
        return UNKNOWN
    if len(value) > MAX_PERMISSIONS_PER_API:
        reason = f"declares {len(value)} permissions; Auth0 allows {MAX_PERMISSIONS_PER_API} for an API"
        problems.append(Problem("permissions", reason))
    known: Permissions = {}
    for name, description in value.items():
        where = _place("permissions", name)
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
        problems.append(Problem("renames", f"must be a map from old to new permission; got {type_of(value)}"))
        return {}
    renames: dict[str, str] = {}
    for old, new in value.items():
        where = _place("renames", old)
        old_is_text = _check_text(old, where, "the old name", _name_problems, problems)
        if _check_text(new, where, "the new name", value_problems, problems) and old_is_text:
            found = _rename_problems(str(old), str(new), value, renames, permissions)
            problems.extend(Problem(where, problem) for problem in found)
            renames[str(old)] = str(new)
    return renames


def _rename_problems(
    old: str,
    new: str,
    all_renames: Mapping[object, object],
    earlier: Mapping[str, str],
    permissions: Permissions | Unknown,
) -> list[str]:
    """Return what is wrong with one rename: chains and swaps would hand one permission's holders to another."""
    found = []
    if old == new:
        found.append("renames a permission to itself; remove the entry")
    elif new in all_renames:
        found.append(
            f'is part of a chain: "{escape(new)}" is renamed as well. Apply one rename, then the other, '
            "in two operations"
        )
    if twin := [other for other, target in earlier.items() if target == new]:
        found.append(f'"{escape(twin[-1])}" is renamed to "{escape(new)}" too; two cannot become one')
    if not isinstance(permissions, Unknown):
        if new not in permissions:
            found.append(f'the new name "{escape(new)}" is not declared in `permissions`; declare it there')
        if old in permissions and old != new:
            found.append(f'the old name "{escape(old)}" is still declared in `permissions`; remove it there')
    return found


def _check_text(
    value: object, where: str, what: str, check: Callable[[object, str], list[str]], problems: list[Problem]
) -> bool:
    """Note what is wrong with a text at a key of an input, and return whether it is right."""
    found = check(value, what)
    problems += [Problem(where, problem) for problem in found]
    return not found


def _place(property_: str, key: object) -> str:
    return f'{property_}["{escape(cut(str(key)))}"]'
