"""From the API's JSON to values: strict about required fields, ignores unknown ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeGuard, TypeVar

from pulumi_auth0_permissions.core.model import Api, Permissions
from pulumi_auth0_permissions.core.text import escape

_T = TypeVar("_T")

MAX_PER_PAGE = 100  # OpenAPI description, per_page and take
_MAX_VALUES = 1_000_000  # of an answer, about: 100 APIs of 1000 permissions each have a third of that
_LONGEST_LIFETIME_S = 10**9  # a hundred times what the service allows; beyond it no date can be shown
_MAX_QUOTED = 500  # characters of the service's own text in a message
_VALUE_BYTES = 64  # that a value takes in memory besides its text


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
class Role:
    """A role."""

    id: str  # ``rol_`` and 16 characters
    name: str


@dataclass(frozen=True, slots=True)
class HeldPermission:
    """A permission that a role holds."""

    value: str
    identifier: str  # of its API


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """A page of a list; ``None`` where the answer does not say."""

    items: tuple[_T, ...]
    start: int | None = None  # how many items come before it
    total: int | None = None  # how many items the list has in all
    next: str | None = None  # the checkpoint at which the next page starts


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An answer with a status other than 2xx, as far as it could be read; texts are escaped, on one line and cut."""

    status: int
    is_json: bool = True  # what proxies and gateways answer is not
    error: str = ""  # the short name of the status
    error_code: str = ""  # the service's `errorCode`, which is optional there
    message: str = ""  # the service's sentence

    @classmethod
    def read(cls, status: int, body: bytes, scrub: Callable[[str], str]) -> ErrorResponse:
        """Read an error in the shape of the Management API or of the token endpoint; HTML is not repeated."""
        try:
            fields = json_of(body)
        except ShapeError:
            fields = None
        is_json = isinstance(fields, dict)
        if not isinstance(fields, dict):
            fields = {"message": "an answer that is not JSON" if body.strip() else ""}

        def text(*keys: str) -> str:
            found = next((value for key in keys if isinstance(value := fields.get(key), str) and value), "")
            line = " ".join(escape(scrub(found)[: _MAX_QUOTED * 2].replace("\n", " ")).split())
            return line if len(line) <= _MAX_QUOTED else line[: _MAX_QUOTED - 1] + "…"

        name = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
        of_token_endpoint = "error_description" in fields
        return cls(
            status,
            is_json,
            error=name if of_token_endpoint else text("error") or name,
            error_code=text("error" if of_token_endpoint else "errorCode"),
            message=text("message", "error_description"),
        )

    @property
    def is_server_error(self) -> bool:
        """Whether the service failed, as opposed to refusing; 408 says that it gave up on the request."""
        return self.status >= 500 or self.status == HTTPStatus.REQUEST_TIMEOUT

    def __str__(self) -> str:
        code = f" ({self.error_code})" if self.error_code else ""
        return f"{self.status} {self.error}".rstrip() + code


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


def mapping_of(payload: object, what: str = "it") -> Mapping[str, object]:
    """Return a JSON object as it is."""
    if not isinstance(payload, dict):
        raise ShapeError(f"{what} is not a JSON object")
    return payload


def page_of(payload: object, key: str, item: Callable[[object], _T]) -> Page[_T]:
    """Read a page; without totals it may be a bare array."""
    if isinstance(payload, list):
        return Page(tuple(item(entry) for entry in payload))
    fields = mapping_of(payload)
    entries, start, total = fields.get(key), fields.get("start"), fields.get("total")
    if not isinstance(entries, list):
        raise ShapeError(f"it has no list {key}")
    return Page(
        tuple(item(entry) for entry in entries),
        start if _is_int(start) else None,
        total if _is_int(total) else None,
        _optional_text(fields, "next") or None,
    )


def expecting(read: Callable[[object], _T], is_requested: Callable[[_T], bool]) -> Callable[[object], _T]:
    """Return a reader that accepts nothing but what was requested: what is written next goes to what was read."""

    def read_it(payload: object) -> _T:
        found = read(payload)
        if not is_requested(found):
            raise ShapeError("it is about something else than was requested")
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
        raise ShapeError("scopes is not a list")
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
        raise ShapeError("scope is not a list of texts")
    return ClientGrant(
        id=_text(fields, "id"),
        client_id=_optional_text(fields, "client_id"),
        audience=_text(fields, "audience"),
        scope=tuple(scope),
        allow_all_scopes=fields.get("allow_all_scopes") is True,
        default_for=_optional_text(fields, "default_for"),
    )


def role_of(payload: object) -> Role:
    """Read a role."""
    fields = mapping_of(payload, "the role")
    return Role(_text(fields, "id"), _text(fields, "name"))


def held_permission_of(payload: object) -> HeldPermission:
    """Read a permission that a role holds."""
    fields = mapping_of(payload, "the permission")
    return HeldPermission(_text(fields, "permission_name"), _text(fields, "resource_server_identifier"))


def application_name_of(payload: object) -> str | None:
    """Read an application's name."""
    name = mapping_of(payload).get("name")
    return name if isinstance(name, str) else None


def _text(fields: Mapping[str, object], key: str) -> str:
    text = fields.get(key)
    if not isinstance(text, str):
        raise ShapeError(f"{key} is {'missing' if text is None else 'not text'}")
    return text


def _optional_text(fields: Mapping[str, object], key: str) -> str | None:
    text = fields.get(key)
    return text if text is None or isinstance(text, str) else _text(fields, key)


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
