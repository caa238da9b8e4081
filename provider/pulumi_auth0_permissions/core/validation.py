"""Validate user input: a resource's inputs, with all problems at once, by property; and the texts in a catalog.

No I/O: what needs the API (does it exist? is it a system API?) is not decided here.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pulumi_auth0_permissions.core.errors import Problem
from pulumi_auth0_permissions.core.model import (
    MAX_DESCRIPTION_LENGTH,
    MAX_IDENTIFIER_LENGTH,
    MAX_PERMISSIONS_PER_API,
    MAX_VALUE_LENGTH,
    Permissions,
    Removal,
    Unmanaged,
)
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.core.text import cut, escape, join, quote

# fmt: off
RESERVED = frozenset({
    "address", "created_at", "email", "email_verified", "family_name", "given_name", "identities", "name", "nickname",
    "offline_access", "openid", "phone", "picture", "profile",
})
# fmt: on
"""Names that Auth0 keeps for OpenID Connect and its own profile: they "cannot be set as custom API permissions"."""
_RESERVED_SOURCE = "https://auth0.com/docs/get-started/apis/add-api-permissions"
_NO_INPUT = "there is no such input; the inputs are api, permissions, unmanaged, removal and renames"
_NO_CHARACTERS = ("Cc", "Cs")  # Unicode categories: control characters, and halves of characters


class Unknown:
    """The value of an input that is known only after another resource has been created."""


UNKNOWN: Final = Unknown()
_TYPES: Final[Mapping[type, str]] = {  # of all others, their own name
    type(None): "nothing",
    Unknown: "a value that is not known yet",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    tuple: "a list",
    dict: "a map",
}


def with_unknowns(value: Any, unknown: type) -> Any:  # noqa: ANN401 - whatever a program may give
    """Replace values of the SDK's type for the unknown by `UNKNOWN`, also in maps; these are sorted, for one `repr`."""
    if isinstance(value, unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: with_unknowns(value[key], unknown) for key in sorted(value, key=str)}
    return value


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checked inputs of a resource."""

    api: str | Unknown  # identifier or id of the API; `UNKNOWN` until another resource is created
    permissions: Permissions | Unknown  # the desired set; `UNKNOWN` while any of it is
    unmanaged: Unmanaged  # what to do with permissions that are not ours
    removal: Removal  # how a removal is done
    renames: Mapping[str, str] = field(default_factory=dict)  # old value → new value


def input_problems(raw: Mapping[str, object]) -> list[Problem]:
    """Return everything that is wrong with a resource's inputs, in their order; `UNKNOWN` stands for the unknown."""
    api, permissions = raw.get("api"), raw.get("permissions")
    return [
        *(Problem("api", problem) for problem in ([] if isinstance(api, Unknown) else api_problems(api))),
        *_permission_problems(permissions),
        *_mode_problems("unmanaged", raw.get("unmanaged"), Unmanaged),
        *_mode_problems("removal", raw.get("removal"), Removal),
        *_rename_problems(raw.get("renames"), permissions),
        *(Problem(escape(name), _NO_INPUT) for name in raw if name not in Inputs.__dataclass_fields__),
    ]


def typed_inputs(checked: Mapping[str, object]) -> Inputs:
    """Return inputs without problems as typed values; both modes must be present."""
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
    """Return problems with what other resources declare on an API: nothing is written until all of it is valid."""
    declared = [(one.name, value) for one in named if one.api == api for value in sorted(one.values)]
    way_out = "Nothing is written to the API until that is corrected."
    return [
        Problem("api", f"resource {escape(name)} declares {quote(value)} on the same API, but {problem}. {way_out}")
        for name, value in declared
        for problem in value_problems(value)
    ]


def value_problems(value: object, what: str = "the permission") -> list[str]:
    """Return why a program cannot declare a permission of this value, a sentence each; empty where it can."""
    if isinstance(value, str) and value in RESERVED:
        return [f'{what} has a name that Auth0 reserves ({_RESERVED_SOURCE}); choose another, such as "read:{value}"']
    return _text_problems(value, what, 1, MAX_VALUE_LENGTH)


def description_problems(description: object, what: str = "the description") -> list[str]:
    """Return what is wrong with a permission's description, a sentence each; empty where nothing is."""
    # The vendor's schema allows line breaks and tabs, and the dashboard's users paste them.
    return _text_problems(description, what, 0, MAX_DESCRIPTION_LENGTH, allowed="\t\n\r")


def count_problems(permissions: Sized) -> list[str]:
    """Return why an API cannot have as many permissions; empty where it can."""
    declares = f"declares {len(permissions)} permissions; Auth0 allows {MAX_PERMISSIONS_PER_API} for an API"
    return [declares] if len(permissions) > MAX_PERMISSIONS_PER_API else []


def api_problems(api: object) -> list[str]:
    """Return what is wrong with an API's identifier (or id), a sentence each; empty where nothing is."""
    if not isinstance(api, str) or not api.strip():
        return [f"must be the API's identifier (audience) or id; got {type_of(api)}"]
    return _text_problems(api, "the identifier", 1, MAX_IDENTIFIER_LENGTH)


def type_of(value: object) -> str:
    """Name the type as a user of any language would: ``a number``, ``a list``; quote a text itself."""
    return f'"{escape(cut(value))}"' if isinstance(value, str) else _TYPES.get(type(value), f"a {type(value).__name__}")


def _text_problems(value: object, what: str, at_least: int, at_most: int, *, allowed: str = "") -> list[str]:
    if not isinstance(value, str):
        return [f"{what} must be text; got {type_of(value)}"]
    found = []
    if not at_least <= len(value) <= at_most:
        found.append(f"{what} has {len(value)} characters; Auth0 allows {at_least} to {at_most}")
    if not value.isprintable():  # nearly all are, and there are hundreds
        for position, character in enumerate(value, 1):
            if unicodedata.category(character) in _NO_CHARACTERS and character not in allowed:
                code = f"U+{ord(character):04X}"
                return [*found, f"{what} has a control character ({code}) at position {position}; remove it"]
    return found


def _mode_problems(name: str, value: object, modes: type[StrEnum]) -> Iterator[Problem]:
    if value is not None and value not in list(modes):
        yield Problem(name, f"must be one of {join(list(modes))}; got {type_of(value)}")


def _permission_problems(value: object) -> Iterator[Problem]:
    if isinstance(value, Unknown):
        return
    if not isinstance(value, Mapping):
        form = 'must be a map from permission to description: write {"read:orders": "Read orders"}'
        yield Problem("permissions", f"{form}; got {type_of(value)}")
        return
    yield from (Problem("permissions", problem) for problem in count_problems(value))
    for name, description in value.items():
        problems = value_problems(name)
        if not isinstance(description, Unknown):
            problems += description_problems(description)
        yield from (Problem(f'permissions["{escape(cut(str(name)))}"]', problem) for problem in problems)


def _rename_problems(value: object, permissions: object) -> Iterator[Problem]:
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield Problem("renames", f"must be a map from old to new permission; got {type_of(value)}")
        return
    for old, new in value.items():
        # A reserved name may be on the API, and so be renamed.
        problems = [*_text_problems(old, "the old name", 1, MAX_VALUE_LENGTH), *value_problems(new, "the new name")]
        if not problems:
            problems += _clashes(old, new, value, permissions)
        yield from (Problem(f'renames["{escape(cut(str(old)))}"]', problem) for problem in problems)


def _clashes(old: str, new: str, renames: Mapping[str, object], permissions: object) -> Iterator[str]:
    """Yield why a rename would hand one permission's holders to another, or has no effect."""
    if new in renames:
        yield f'"{escape(new)}" is renamed as well; apply one rename, then the other, in two operations'
    if list(renames.values()).count(new) > 1:
        yield f'another permission is renamed to "{escape(new)}" too; two cannot become one'
    if isinstance(permissions, Mapping):
        if new not in permissions:
            yield f'the new name "{escape(new)}" is not declared in `permissions`; declare it there'
        if old in permissions:
            yield f'the old name "{escape(old)}" is still declared in `permissions`; remove it there'
