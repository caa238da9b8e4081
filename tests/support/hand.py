"""What somebody else does to a tenant, as with the dashboard: whole lists, with one entry changed."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.models.tokens import Bearer

Scopes = list[dict[str, str]]
Edit = Callable[[Scopes], Scopes]

_SOMEBODY = Bearer(
    "somebody-else",
    frozenset({f"{verb}:resource_servers" for verb in ("create", "read", "update", "delete")})
    | {"update:client_grants", "update:roles"},
)


def add(value: str, description: str = "") -> Edit:
    """Return the edit that adds a permission at the end, in place of one of that value."""
    return lambda present: [*delete(value)(present), {"value": value, "description": description}]


def delete(value: str) -> Edit:
    """Return the edit that deletes a permission."""
    return lambda present: [scope for scope in present if scope["value"] != value]


def describe(value: str, description: str) -> Edit:
    """Return the edit that describes a permission anew."""
    return lambda present: [s | {"description": description} if s["value"] == value else s for s in present]


def turn_around(present: Scopes) -> Scopes:
    """Edit: the same in another order."""
    return present[::-1]


class Hand:
    """Edits APIs by identifier, at once; only the edits themselves stand in the tenant's journal."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant

    def edit(self, api: str, edit: Edit) -> None:
        """Edit an API's list, as a whole, as everybody has to."""
        self.send("PATCH", f"resource-servers/{quote(api, safe=':')}", {"scopes": edit(self.scopes(api))})

    def add(self, api: str, value: str, description: str = "") -> None:
        """Add a permission."""
        self.edit(api, add(value, description))

    def delete(self, api: str, value: str) -> None:
        """Delete a permission."""
        self.edit(api, delete(value))

    def describe(self, api: str, value: str, description: str) -> None:
        """Change a description."""
        self.edit(api, describe(value, description))

    def reorder(self, api: str) -> None:
        """Turn the list around."""
        self.edit(api, turn_around)

    def delete_api(self, api: str) -> None:
        """Delete the whole API."""
        self.send("DELETE", f"resource-servers/{quote(api, safe=':')}")

    def make_again(self, api: str) -> None:
        """Delete an API and create it anew, with the same identifier and no permissions."""
        self.delete_api(api)
        self.send("POST", "resource-servers", {"identifier": api, "name": "Made again"})

    def scopes(self, api: str) -> Scopes:
        """Return an API's entries as they are; no request is sent."""
        (server,) = [server for server in self._tenant.dump()["resource_servers"] if server["identifier"] == api]
        found: Scopes = server.get("scopes", [])  # type: ignore[assignment]
        return found

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        """Send a request that has to succeed; its path is below ``/api/v2``."""
        content = b"" if body is None else json.dumps(body).encode()
        reply = self._tenant._started().gateway.call(method, f"/api/v2/{path}", content, _SOMEBODY)
        assert 200 <= reply.code < 300, reply.body
