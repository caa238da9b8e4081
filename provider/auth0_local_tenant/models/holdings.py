"""Permissions held by roles and by users: the same rules for both.

Recorded: POST adds, DELETE takes away and is content with what is not held, lists are sorted by permission name
and joined with the API for its name and the permission's description.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from auth0_local_tenant import api_errors
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.resource_servers import ResourceServers
from auth0_local_tenant.store import Store


@dataclass(frozen=True, slots=True, order=True)
class PermissionName:
    """A permission by its API's identifier (never its id) and its value."""

    value: str
    identifier: str


@dataclass(frozen=True)
class Holdings:
    """Who holds which permission, for one kind of holder."""

    _store: Store
    _resource_servers: ResourceServers
    _kind: str  # `role` or `user`

    def add(self, holder: str, permissions: Iterable[PermissionName]) -> None:
        """Give permissions; one that is already held stays held (NOT RECORDED).

        Raises:
            ApiError: 404 if an API does not exist (sentence: auth0/auth0.net issue 444; the code is NOT RECORDED),
                400 if a permission on it does not (NOT RECORDED).
        """
        wanted = list(permissions)
        known: dict[str, set[str]] = {}
        for permission in wanted:
            if permission.identifier not in known:
                api = self._resource_servers.find(permission.identifier)
                if api is None or api.identifier != permission.identifier:
                    raise api_errors.missing("resource_server", f': "{permission.identifier}"')
                known[permission.identifier] = {scope["value"] for scope in api.scopes}
            if permission.value not in known[permission.identifier]:
                raise api_errors.invalid_request(
                    f"The permission {permission.value} does not exist on {permission.identifier}"
                )
        self._store.write_many(
            "INSERT OR IGNORE INTO holdings (kind, holder, identifier, permission) VALUES (?, ?, ?, ?)",
            [(self._kind, holder, permission.identifier, permission.value) for permission in wanted],
        )

    def remove(self, holder: str, permissions: Iterable[PermissionName]) -> None:
        """Take permissions away; those that are not held are passed over."""
        self._store.write_many(
            "DELETE FROM holdings WHERE kind = ? AND holder = ? AND identifier = ? AND permission = ?",
            [(self._kind, holder, permission.identifier, permission.value) for permission in permissions],
        )

    def of(self, holder: str) -> list[JsonObject]:
        """Return what the holder has, sorted by name.

        The description of a permission that its API no longer has is answered as ""; NOT RECORDED.
        """
        rows = self._store.all(
            "SELECT permission, identifier FROM holdings WHERE kind = ? AND holder = ? ORDER BY permission, identifier",
            (self._kind, holder),
        )
        descriptions: dict[str, tuple[str, dict[str, str]]] = {}
        items: list[JsonObject] = []
        for permission, identifier in ((str(row[0]), str(row[1])) for row in rows):
            if identifier not in descriptions:
                api = self._resource_servers.find(identifier)
                scopes = api.scopes if api else []
                descriptions[identifier] = (
                    api.name if api else "",
                    {scope["value"]: scope.get("description", "") for scope in scopes},
                )
            name, texts = descriptions[identifier]
            items.append(
                {
                    "permission_name": permission,
                    "description": texts.get(permission, ""),
                    "resource_server_name": name,
                    "resource_server_identifier": identifier,
                }
            )
        return items

    def holders(self, identifier: str) -> list[tuple[str, str]]:
        """Return (holder, permission) for every permission of an API that somebody holds."""
        sql = "SELECT holder, permission FROM holdings WHERE identifier = ? AND kind = ?"
        return [(str(row[0]), str(row[1])) for row in self._store.all(sql, (identifier, self._kind))]

    def forget_holder(self, holder: str) -> None:
        """Drop everything a holder has, because the holder goes."""
        self._store.write("DELETE FROM holdings WHERE kind = ? AND holder = ?", (self._kind, holder))
