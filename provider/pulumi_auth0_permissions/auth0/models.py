"""What the Management API holds, as far as the product looks: values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ClientGrant", "HeldPermission", "Role"]


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
