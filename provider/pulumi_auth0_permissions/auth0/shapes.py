"""From the API's JSON to models: strict in what is needed, deaf to what is new."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeGuard, TypeVar

from pulumi_auth0_permissions.auth0.models import ClientGrant, HeldPermission, Role
from pulumi_auth0_permissions.core.model import Api, Permissions

__all__ = [
    "NoJsonError",
    "ShapeError",
    "about",
    "api_of",
    "client_grant_of",
    "held_permission_of",
    "items_of",
    "json_of",
    "mapping_of",
    "permissions_of",
    "role_of",
    "weight_of",
]

_T = TypeVar("_T")


_MAX_VALUES = 1_000_000  # of an answer, about: 100 APIs of 1000 permissions each have a third of that
_LONGEST_LIFETIME_S = 10**9  # a hundred times what the service allows; beyond it no date can be shown
_VALUE_BYTES = 64  # that a value takes in memory besides its text


class ShapeError(ValueError):
    """Raised when an answer isn't what the API documents; one clause, fit to stand in brackets."""


class NoJsonError(ShapeError):
    """Raised when an answer is no JSON at all: something stood in its place, for a moment maybe."""


def json_of(body: bytes) -> object:
    """Read an answer's JSON, ``None`` for an empty body; one that would fill the memory is not read."""
    if not body.strip():
        return None
    if _values_in(body) > _MAX_VALUES:
        raise ShapeError(f"it holds more than {_MAX_VALUES} values")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "no valid JSON"
        raise NoJsonError(f"it is {kind}") from None


def weight_of(body: bytes) -> int:
    """Return about how many bytes an answer's JSON takes in memory."""
    return len(body) + _VALUE_BYTES * _values_in(body)


def _values_in(body: bytes) -> int:
    return sum(body.count(mark) for mark in (b",", b"[", b"{"))


def mapping_of(payload: object, what: str = "it") -> Mapping[str, object]:
    """Return a JSON object as it is."""
    if not isinstance(payload, dict):
        raise ShapeError(f"{what} is no JSON object")
    return payload


def items_of(payload: object, key: str, item: Callable[[object], _T]) -> tuple[tuple[_T, ...], int | None]:
    """Return a page's items and the total, ``None`` where the answer has none (bare arrays, checkpoint paging)."""
    if isinstance(payload, list):
        return tuple(item(entry) for entry in payload), None
    page = mapping_of(payload)
    entries = page.get(key)
    if not isinstance(entries, list):
        raise ShapeError(f"it holds no list {key}")
    total = page.get("total")
    return tuple(item(entry) for entry in entries), total if _is_int(total) else None


def about(read: Callable[[object], _T], asked_for: Callable[[_T], bool]) -> Callable[[object], _T]:
    """Return a reader that takes nothing but what was asked for: what is written next goes to what was read."""

    def read_it(payload: object) -> _T:
        found = read(payload)
        if not asked_for(found):
            raise ShapeError("it is about something else than was asked for")
        return found

    return read_it


def api_of(payload: object) -> Api:
    """Read a resource server; ``name``, ``scopes`` and ``is_system`` are absent where there is nothing to say."""
    fields = mapping_of(payload, "the API")
    return Api(
        id=_text(fields, "id"),
        identifier=_text(fields, "identifier"),
        name=_optional_text(fields, "name") or "",
        is_system=fields.get("is_system") is True,
        token_lifetime_s=_lifetime(fields.get("token_lifetime")),
        permissions=permissions_of(fields.get("scopes")),
    )


def _lifetime(seconds: object) -> int | None:
    return seconds if _is_int(seconds) and 0 <= seconds <= _LONGEST_LIFETIME_S else None


def permissions_of(scopes: object) -> Permissions:
    """Read ``scopes``; absent and ``[]`` both mean none, as an absent description and ``""`` do."""
    if scopes is None:
        return {}
    if not isinstance(scopes, list):
        raise ShapeError("scopes is no list")
    permissions: Permissions = {}
    for scope in (mapping_of(entry, "a scope") for entry in scopes):
        value = _text(scope, "value")
        if value in permissions:
            raise ShapeError(f"permission {value!r} is listed twice")
        permissions[value] = _optional_text(scope, "description") or ""
    return permissions


def client_grant_of(payload: object) -> ClientGrant:
    """Read a client grant; ``client_id`` is absent on default grants, ``scope`` with ``allow_all_scopes``."""
    fields = mapping_of(payload, "the client grant")
    scope = fields.get("scope", [])
    if not isinstance(scope, list) or not all(isinstance(value, str) for value in scope):
        raise ShapeError("scope is no list of texts")
    return ClientGrant(
        id=_text(fields, "id"),
        client_id=_optional_text(fields, "client_id"),
        audience=_text(fields, "audience"),
        scope=tuple(scope),
        allow_all_scopes=fields.get("allow_all_scopes") is True,
        default_for=_optional_text(fields, "default_for"),
        subject_type=_optional_text(fields, "subject_type"),
    )


def role_of(payload: object) -> Role:
    """Read a role."""
    fields = mapping_of(payload, "the role")
    return Role(_text(fields, "id"), _text(fields, "name"))


def held_permission_of(payload: object) -> HeldPermission:
    """Read a permission that a role holds."""
    fields = mapping_of(payload, "the permission")
    return HeldPermission(_text(fields, "permission_name"), _text(fields, "resource_server_identifier"))


def _text(fields: Mapping[str, object], key: str) -> str:
    text = fields.get(key)
    if not isinstance(text, str):
        raise ShapeError(f"{key} is {'missing' if text is None else 'no text'}")
    return text


def _optional_text(fields: Mapping[str, object], key: str) -> str | None:
    text = fields.get(key)
    return text if text is None or isinstance(text, str) else _text(fields, key)


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
