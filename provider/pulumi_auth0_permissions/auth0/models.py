"""What the Management API holds, as far as the product looks: values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_auth0_permissions.core.model import Permissions

__all__ = ["Api", "ClientGrant", "HeldPermission", "Role"]


@dataclass(frozen=True, slots=True)
class Api:
    """An API (resource server).

    Attributes:
        id: 24 hexadecimal digits.
        identifier: the audience: any text, often a URL.
        name: for people; ``""`` where the API has none.
        is_system: whether it is one of Auth0's own (Management API, My Account API, ...), whose permissions are not
            ours to change.
        token_lifetime_s: seconds that an issued token lives; ``None`` where the service does not say.
        permissions: in the service's order; empty where it holds no ``scopes`` at all.
    """

    id: str
    identifier: str
    name: str
    is_system: bool
    token_lifetime_s: int | None
    permissions: Permissions


@dataclass(frozen=True, slots=True)
class ClientGrant:
    """What an application may ask of an API.

    Attributes:
        id: ``cgr_`` and 16 characters.
        client_id: the application; ``None`` for a default grant (``default_for``).
        audience: the API's identifier.
        scope: permission values in the service's order, stale ones included; empty with ``allow_all_scopes``.
        allow_all_scopes: whether the grant follows the API's list, whatever it holds.
        default_for: the kind of applications that a default grant serves, such as ``third_party_clients``.
        subject_type: ``client`` or ``user``; ``None`` on old grants.
    """

    id: str
    client_id: str | None
    audience: str
    scope: tuple[str, ...]
    allow_all_scopes: bool
    default_for: str | None
    subject_type: str | None


@dataclass(frozen=True, slots=True)
class Role:
    """A role: ``rol_`` and 16 characters, and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class HeldPermission:
    """A permission that a role holds: its value and the identifier of its API."""

    value: str
    identifier: str
