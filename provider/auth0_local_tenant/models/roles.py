"""Roles and the permissions they hold."""

from collections.abc import Mapping

from auth0_local_tenant import api_errors, bodies
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.documents import Documents
from auth0_local_tenant.models.holdings import Holdings, PermissionName
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store

ROLE_FILTERS = ("name_filter", "type", "owner_id")
_ANSWER_KEYS = ("id", "name", "description", "type", "owner_id")


class Roles(Documents):
    """The tenant's roles.

    Recorded: a role created without a description is answered without one, and read with ""; lists are sorted
    by name; DELETE of a role that is not there is 404, unlike the other DELETEs.
    """

    def __init__(self, store: Store, ids: IdSource, holdings: Holdings) -> None:
        super().__init__(store, "role")
        self._ids = ids
        self.holdings = holdings

    def create(self, body: JsonObject, *, fixed_id: str | None = None) -> JsonObject:
        """Create a role and return the answer.

        Raises:
            ApiError: 409 if the name is taken (NOT RECORDED) or the id is.
        """
        role_id = fixed_id or self._ids.new("role")
        self._refuse_taken_name(str(body["name"]), role_id)
        if self.find(role_id) is not None:
            raise api_errors.conflict(f"A role with the id {role_id} already exists")
        values = {"type": "tenant", **body, "id": role_id}
        self.put(role_id, _answer({"description": "", **values}))
        return _answer(values)

    def matching(self, criteria: Mapping[str, str]) -> list[JsonObject]:
        """Return the roles that match, by name.

        `name_filter` is taken as part of the name, in any case (NOT RECORDED).
        """
        wanted = criteria.get("name_filter", "").casefold()
        exact = {key: value for key, value in criteria.items() if key != "name_filter"}
        return [
            role
            for role in self.all()
            if wanted in str(role["name"]).casefold() and all(role.get(key) == exact[key] for key in exact)
        ]

    def update(self, role_id: str, body: JsonObject) -> JsonObject:
        """Change name or description and return the role.

        Raises:
            ApiError: 404 if there is none, 409 if the name is taken (NOT RECORDED).
        """
        document = {**self.get(role_id), **body}
        self._refuse_taken_name(str(document["name"]), role_id)
        self.put(role_id, document)
        return document

    def delete(self, role_id: str) -> None:
        """Delete a role with what it holds, or raise ApiError: 404 if there is none."""
        self.get(role_id)
        self.remove(role_id)
        self.holdings.forget_holder(role_id)
        self._store.write("DELETE FROM user_roles WHERE role_id = ?", (role_id,))

    def add_permissions(self, role_id: str, permissions: list[PermissionName]) -> None:
        """Give permissions to a role.

        Raises:
            ApiError: 404 if there is no such role or API; 400 if a permission does not exist, or with it the role
                would hold more than 1000 (documented by the vendor; NOT RECORDED).
        """
        self.get(role_id)
        self.holdings.add(role_id, permissions)
        if (count := len(self.holdings.of(role_id))) > bodies.MAX_PERMISSIONS_PER_ROLE:
            raise api_errors.invalid_request(
                f"A role can have no more than {bodies.MAX_PERMISSIONS_PER_ROLE} permissions, this would be {count}"
            )

    def _refuse_taken_name(self, name: str, role_id: str) -> None:
        if any(role["id"] != role_id for role in self.where("name", name)):
            raise api_errors.conflict(f"A role with the name {name} already exists")


def _answer(values: Mapping[str, object]) -> JsonObject:
    return {key: values[key] for key in _ANSWER_KEYS if key in values}
