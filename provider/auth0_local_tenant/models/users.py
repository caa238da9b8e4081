"""Users, with the roles and the permissions that they have.

What a user has through roles is not among their permissions: the answer for it is NOT RECORDED.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from auth0_local_tenant import api_errors
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.documents import Documents
from auth0_local_tenant.models.holdings import Holdings
from auth0_local_tenant.models.roles import Roles
from auth0_local_tenant.options import TenantOptions
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store

_MERGED = ("user_metadata", "app_metadata")  # by their first level, by the documentation of PATCH /users/{id}
_UNANSWERED = ("password", "verify_email", "client_id")


class Users(Documents):
    """The tenant's users."""

    def __init__(
        self, store: Store, ids: IdSource, holdings: Holdings, roles: Roles, options: Callable[[], TenantOptions]
    ) -> None:
        super().__init__(store, "user")
        self._ids = ids
        self._roles = roles
        self._options = options
        self.holdings = holdings

    def create(self, body: JsonObject, *, fixed_id: str | None = None) -> JsonObject:
        """Create a user and return it. Connections are not emulated: any name is taken.

        Raises:
            ApiError: 409 if the id, or the address in this connection, is taken. The sentence and its code are those
                that the vendor's users quote; NOT RECORDED.
        """
        own_id = str(body.get("user_id") or self._ids.new("resource_server"))
        user_id = fixed_id or f"auth0|{own_id}"
        connection = body.get("connection", "Username-Password-Authentication")
        same_address = self.where("email", body["email"]) if "email" in body else []
        connections = [cast("list[JsonObject]", other["identities"])[0]["connection"] for other in same_address]
        if self.find(user_id) or connection in connections:
            raise api_errors.ApiError(409, "The user already exists.", "auth0_idp_error")
        email = str(body.get("email", ""))
        provider, _, rest = user_id.partition("|")
        now = self._now()
        document: JsonObject = {
            "created_at": now,
            "email_verified": False,
            "identities": [{"connection": connection, "user_id": rest, "provider": provider, "isSocial": False}],
            "name": email or user_id,
            "nickname": email.partition("@")[0],
            "updated_at": now,
            **{key: value for key, value in body.items() if key not in (*_UNANSWERED, "connection")},
            "user_id": user_id,
        }
        self.put(user_id, document)
        return document

    def update(self, user_id: str, body: JsonObject) -> JsonObject:
        """Change a user and return it, or raise ApiError: 404 if there is none."""
        before = self.get(user_id)
        values = {**before, **{key: value for key, value in body.items() if key not in (*_UNANSWERED, "connection")}}
        for key in _MERGED:
            if isinstance(sent := body.get(key), dict):
                merged = {**cast("JsonObject", before.get(key, {})), **sent}
                values[key] = {name: value for name, value in merged.items() if value is not None}
        document = {**values, "updated_at": self._now(), "user_id": user_id}
        self.put(user_id, document)
        return document

    def delete(self, user_id: str) -> None:
        """Delete a user with what they have, if they are there (NOT RECORDED)."""
        self.remove(user_id)
        self.holdings.forget_holder(user_id)
        self._store.write("DELETE FROM user_roles WHERE user_id = ?", (user_id,))

    def roles(self, user_id: str) -> list[JsonObject]:
        """Return the roles of a user by name; 404 if there is no such user."""
        self.get(user_id)
        held = self._store.all("SELECT role_id FROM user_roles WHERE user_id = ?", (user_id,))
        mine = {str(row[0]) for row in held}
        return [role for role in self._roles.all() if role["id"] in mine]

    def having(self, role_id: str) -> list[JsonObject]:
        """Return the users that have a role, by id; 404 if there is no such role."""
        self._roles.get(role_id)
        rows = self._store.all("SELECT user_id FROM user_roles WHERE role_id = ? ORDER BY user_id", (role_id,))
        keys = ("user_id", "email", "picture", "name")
        users = [self.get(str(row[0])) for row in rows]
        return [{key: user[key] for key in keys if key in user} for user in users]

    def assign(self, pairs: list[tuple[str, str]]) -> None:
        """Give roles to users, as (user, role).

        Raises:
            ApiError: 404 if one of them does not exist; then nothing is changed.
        """
        for user_id, role_id in pairs:
            self.get(user_id)
            self._roles.get(role_id)
        self._store.write_many("INSERT OR IGNORE INTO user_roles (user_id, role_id) VALUES (?, ?)", pairs)

    def unassign(self, pairs: list[tuple[str, str]]) -> None:
        """Take roles from users, as (user, role); what is not there is passed over."""
        self._store.write_many("DELETE FROM user_roles WHERE user_id = ? AND role_id = ?", pairs)

    def _now(self) -> str:
        now = datetime.fromtimestamp(self._options().clock(), UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
