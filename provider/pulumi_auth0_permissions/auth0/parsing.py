"""From the API's JSON to values: strict about required fields, ignores unknown ones."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Permissions

_T = TypeVar("_T")

MAX_PER_PAGE = 100  # OpenAPI description, per_page and take
_MAX_VALUES = 1_000_000  # of an answer, about: 100 APIs of 1000 permissions each have a third of that
_LONGEST_LIFETIME_S = 10**9  # a hundred times what the service allows; beyond it no date can be shown
_VALUE_BYTES = 64  # that a value takes in memory besides its text
_KINDS = {str: "text", int: "a whole number", bool: "true or false", list: "a list"}


@dataclass(frozen=True, slots=True)
class ClientGrant:
    """What an application may ask of an API."""

    id: str  # ``cgr_`` and 16 characters
    client_id: str | None  # the application; None for a default grant (``default_for``)
    audience: str  # the API's identifier
    scope: tuple[str, ...]  # permissions in the service's order, stale ones included; empty with ``allow_all_scopes``
    allow_all_scopes: bool  # whether the grant follows the API's list, whatever it holds
    default_for: str | None  # the applications that a default grant serves, such as ``third_party_clients``


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """A page of a list; ``None`` where the answer does not say."""

    items: tuple[_T, ...]
    total: int | None = None  # how many items the list has in all
    next: str | None = None  # the checkpoint at which the next page starts


class ShapeError(ValueError):
    """Raised when an answer isn't what the API documents; one clause, fit to stand in brackets."""


class NoJsonError(ShapeError):
    """Raised when an answer is not JSON at all: something stood in its place, for a moment maybe."""


def json_of(body: bytes) -> object:
    """Read an answer's JSON, ``None`` for an empty body; one that would fill the memory is not read."""
    if not body.strip():
        return None
    if _values_in(body) > _MAX_VALUES:
        raise ShapeError(f"it holds more than {_MAX_VALUES} values")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "not valid JSON"
        raise NoJsonError(f"it is {kind}") from None


def weight_of(body: bytes) -> int:
    """Return about how many bytes an answer's JSON takes in memory."""
    return len(body) + _VALUE_BYTES * _values_in(body)


def _values_in(body: bytes) -> int:
    return sum(body.count(mark) for mark in (b",", b"[", b"{"))


def optional(payload: object, key: str, kind: type[_T]) -> _T | None:
    """Return a field of a JSON object; ``None`` where it is absent or null."""
    if not isinstance(payload, dict):
        raise ShapeError("it is not a JSON object")
    value = payload.get(key)
    if value is not None and type(value) is not kind:  # True is no number here
        raise ShapeError(f"{key} is not {_KINDS[kind]}")
    return value


def required(payload: object, key: str, kind: type[_T]) -> _T:
    """Return a field of a JSON object that has to be there."""
    value = optional(payload, key, kind)
    if value is None:
        raise ShapeError(f"{key} is missing")
    return value


def page_of(payload: object, key: str, item: Callable[[object], _T]) -> Page[_T]:
    """Read a page; without totals it may be a bare array."""
    if isinstance(payload, list):
        return Page(tuple(map(item, payload)))
    items = tuple(map(item, required(payload, key, list)))
    return Page(items, optional(payload, "total", int), optional(payload, "next", str) or None)


def expecting(read: Callable[[object], _T], is_requested: Callable[[_T], bool]) -> Callable[[object], _T]:
    """Return a reader that accepts nothing but what was requested: what is written next goes to what was read."""

    def read_it(payload: object) -> _T:
        found = read(payload)
        if not is_requested(found):
            raise ShapeError("it is not about what was requested")
        return found

    return read_it


def api_of(payload: object) -> Api:
    """Read a resource server; absent and empty ``scopes`` both mean none, as descriptions do."""
    permissions: Permissions = {}
    for scope in optional(payload, "scopes", list) or ():
        value = required(scope, "value", str)
        if value in permissions:
            raise ShapeError(f"permission {value!r} is listed twice")
        permissions[value] = optional(scope, "description", str) or ""
    lifetime_s = optional(payload, "token_lifetime", int) or 0
    return Api(
        id=required(payload, "id", str),
        identifier=required(payload, "identifier", str),
        name=optional(payload, "name", str) or "",
        is_system=optional(payload, "is_system", bool) or False,
        token_lifetime_s=lifetime_s if 0 < lifetime_s <= _LONGEST_LIFETIME_S else None,
        permissions=permissions,
    )


def client_grant_of(payload: object) -> ClientGrant:
    """Read a client grant; ``client_id`` is absent on default grants, ``scope`` with ``allow_all_scopes``."""
    scope = optional(payload, "scope", list) or []
    if not all(isinstance(value, str) for value in scope):
        raise ShapeError("scope is not a list of texts")
    return ClientGrant(
        id=required(payload, "id", str),
        client_id=optional(payload, "client_id", str),
        audience=required(payload, "audience", str),
        scope=tuple(scope),
        allow_all_scopes=optional(payload, "allow_all_scopes", bool) or False,
        default_for=optional(payload, "default_for", str),
    )


def role_of(payload: object) -> Holder:
    """Read a role."""
    return Holder(HolderKind.ROLE, required(payload, "id", str), required(payload, "name", str))


def held_permission_of(payload: object) -> tuple[str, str]:
    """Read a permission that a role holds: the identifier of its API, and its value."""
    return required(payload, "resource_server_identifier", str), required(payload, "permission_name", str)
