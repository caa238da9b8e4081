"""Roles and the permissions they hold."""

from typing import cast

from auth0_local_tenant import bodies, errors, jsontext
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.holdings import Holdings, PermissionName
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store

__all__ = ["ROLE_FILTERS", "RoleFilter", "Roles"]

ROLE_FILTERS = ("name_filter", "type", "owner_id")
RoleFilter = dict[str, str]  # by query parameter, of ROLE_FILTERS


class Roles:
    """The tenant's roles.

    Recorded: a role created without a description is answered without one, and read with ""; lists are sorted
    by name; DELETE of a role that is not there is 404, unlike the other DELETEs.

    Args:
        store: where they are kept.
        ids: gives new ids.
        holdings: the permissions of roles.
    """

    def __init__(self, store: Store, ids: IdSource, holdings: Holdings) -> None:
        self._store = store
        self._ids = ids
        self.holdings = holdings

    def create(self, body: JsonObject, *, fixed_id: str | None = None) -> JsonObject:
        """Create a role and return the answer.

        Raises:
            ApiError: 409 if the name is taken (NOT RECORDED) or the id is.
        """
        role_id = fixed_id or self._ids.role_id()
        self._refuse_taken_name(str(body["name"]), role_id)
        if self._find(role_id) is not None:
            raise errors.conflict(f"A role with the id {role_id} already exists")
        document: JsonObject = {"id": role_id, "name": body["name"]}
        if "description" in body:
            document["description"] = body["description"]
        document["type"] = "tenant"
        self._store.write(
            "INSERT INTO roles (id, name, document) VALUES (?, ?, ?)",
            (role_id, body["name"], jsontext.dump(_as_read(document))),
        )
        return document

    def get(self, role_id: str) -> JsonObject:
        """Return a role.

        Raises:
            ApiError: 404 if there is none.
        """
        document = self._find(role_id)
        if document is None:
            raise errors.missing("role")
        return document

    def page(self, start: int, limit: int, criteria: RoleFilter) -> tuple[list[JsonObject], int]:
        """Return up to `limit` roles from item `start` by name, and how many match.

        `name_filter` is taken as part of the name, in any case (NOT RECORDED).
        """
        wanted = criteria.get("name_filter", "").casefold()
        documents = [
            jsontext.load_object(str(row[0])) for row in self._store.all("SELECT document FROM roles ORDER BY name")
        ]
        matching = [
            document
            for document in documents
            if wanted in str(document["name"]).casefold()
            and criteria.get("type", document["type"]) == document["type"]
            and criteria.get("owner_id", document.get("owner_id")) == document.get("owner_id")
        ]
        return matching[start : start + limit], len(matching)

    def update(self, role_id: str, body: JsonObject) -> JsonObject:
        """Change name or description and return the role.

        Raises:
            ApiError: 404 if there is none, 409 if the name is taken (NOT RECORDED).
        """
        document = {**self.get(role_id), **body}
        self._refuse_taken_name(str(document["name"]), role_id)
        self._store.write(
            "UPDATE roles SET name = ?, document = ? WHERE id = ?",
            (document["name"], jsontext.dump(document), role_id),
        )
        return document

    def delete(self, role_id: str) -> None:
        """Delete a role with what it holds.

        Raises:
            ApiError: 404 if there is none.
        """
        self.get(role_id)
        self._store.write("DELETE FROM roles WHERE id = ?", (role_id,))
        self.holdings.forget_holder(role_id)

    def permissions(self, role_id: str, start: int, limit: int) -> tuple[list[JsonObject], int]:
        """Return up to `limit` permissions of a role from item `start`, and how many there are.

        Raises:
            ApiError: 404 if there is no such role.
        """
        self.get(role_id)
        return self.holdings.page(role_id, start, limit), self.holdings.count(role_id)

    def add_permissions(self, role_id: str, permissions: list[PermissionName]) -> None:
        """Give permissions to a role.

        Raises:
            ApiError: 404 if there is no such role; 400 if a permission does not exist, or with it the role
                would hold more than 1000 (documented by the vendor; NOT RECORDED).
        """
        self.get(role_id)
        self.holdings.add(role_id, permissions)
        if (count := self.holdings.count(role_id)) > bodies.MAX_PERMISSIONS_PER_ROLE:
            raise errors.invalid_request(
                f"A role can have no more than {bodies.MAX_PERMISSIONS_PER_ROLE} permissions, this would be {count}"
            )

    def remove_permissions(self, role_id: str, permissions: list[PermissionName]) -> None:
        """Take permissions from a role.

        Raises:
            ApiError: 404 if there is no such role.
        """
        self.get(role_id)
        self.holdings.remove(role_id, permissions)

    def names(self) -> dict[str, str]:
        """Return the name of each role by its id."""
        return {str(row[0]): str(row[1]) for row in self._store.all("SELECT id, name FROM roles")}

    def _find(self, role_id: str) -> JsonObject | None:
        row = self._store.one("SELECT document FROM roles WHERE id = ?", (role_id,))
        return None if row is None else jsontext.load_object(str(row[0]))

    def _refuse_taken_name(self, name: str, role_id: str) -> None:
        if self._store.one("SELECT 1 FROM roles WHERE name = ? AND id <> ?", (name, role_id)):
            raise errors.conflict(f"A role with the name {name} already exists")


def _as_read(document: JsonObject) -> JsonObject:
    """Return a role as a later GET shows it: with a description, if only an empty one."""
    return {
        "id": document["id"],
        "name": document["name"],
        "description": cast("str", document.get("description", "")),
        "type": document["type"],
    }
