"""Who holds what, put together for the page."""

from collections import defaultdict
from dataclasses import dataclass

from auth0_local_tenant.models.resource_servers import ResourceServer
from auth0_local_tenant.tenant import Tenant

__all__ = ["ApiHolders", "Grantee", "Holders", "PermissionRow", "RoleRow", "api_holders", "role_rows"]


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds one permission: names of roles and applications, and how many users directly."""

    roles: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    users: int = 0

    def __bool__(self) -> bool:
        """Whether anybody does."""
        return bool(self.roles or self.applications or self.users)


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A permission of an API with those who hold it; `edges` tells of spaces that are easy to miss."""

    value: str
    description: str
    holders: Holders
    edges: str


@dataclass(frozen=True, slots=True)
class Grantee:
    """A client grant: who has it and which permissions it names (None for all of the API's)."""

    name: str
    grant_id: str
    subject_type: str
    scope: tuple[str, ...] | None
    dead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and what it holds, by the API's name or identifier."""

    name: str
    role_id: str
    permissions: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ApiHolders:
    """An API's permissions and everybody who holds some of them.

    Attributes:
        permissions: the API's permissions in their order.
        everything: names of applications whose grant covers all permissions, also future ones.
        grants: the grants for the API.
        roles: roles that hold any of its permissions, with their values.
        orphans: permissions that the API does not have and that somebody still holds.
    """

    permissions: tuple[PermissionRow, ...]
    everything: tuple[str, ...]
    grants: tuple[Grantee, ...]
    roles: tuple[tuple[str, str, tuple[str, ...]], ...]
    orphans: tuple[tuple[str, Holders], ...]

    def permission(self, value: str) -> PermissionRow | None:
        """Return the row of a permission; None if the API does not have it."""
        return next((row for row in self.permissions if row.value == value), None)


def api_holders(tenant: Tenant, api: ResourceServer) -> ApiHolders:
    """Return an API's permissions with their holders."""
    with tenant.store.lock:
        role_names = tenant.roles.names()
        client_names = tenant.clients.names()
        held_by_roles = tenant.roles.holdings.holders(api.identifier)
        held_by_users = tenant.users.holdings.holders(api.identifier)
        grants = tenant.client_grants.of_api(api.identifier)
    on_api = {scope["value"] for scope in api.scopes}
    roles: dict[str, list[str]] = defaultdict(list)
    by_role: dict[str, list[str]] = defaultdict(list)
    for role_id, value in held_by_roles:
        roles[value].append(role_names.get(role_id, role_id))
        by_role[role_id].append(value)
    users: dict[str, int] = defaultdict(int)
    for _, value in held_by_users:
        users[value] += 1
    applications: dict[str, list[str]] = defaultdict(list)
    grantees = []
    for grant in grants:
        name = client_names.get(grant.client_id, grant.client_id) if grant.client_id else "Third-party applications"
        scope = grant.scope
        grantees.append(
            Grantee(
                name=name,
                grant_id=grant.id,
                subject_type=grant.subject_type,
                scope=scope,
                dead=tuple(value for value in scope or () if value not in on_api),
            )
        )
        for value in scope or ():
            applications[value].append(name)

    def holders(value: str) -> Holders:
        return Holders(tuple(sorted(roles[value])), tuple(sorted(applications[value])), users[value])

    held = sorted({*roles, *applications, *users})
    return ApiHolders(
        permissions=tuple(
            PermissionRow(scope["value"], scope.get("description", ""), holders(scope["value"]), _edges(scope["value"]))
            for scope in api.scopes
        ),
        everything=tuple(grantee.name for grantee in grantees if grantee.scope is None),
        grants=tuple(sorted(grantees, key=lambda grantee: (grantee.name, grantee.grant_id))),
        roles=tuple(
            sorted(
                (role_names.get(role_id, role_id), role_id, tuple(sorted(values)))
                for role_id, values in by_role.items()
            )
        ),
        orphans=tuple((value, holders(value)) for value in held if value not in on_api),
    )


def role_rows(tenant: Tenant) -> list[RoleRow]:
    """Return all roles by name with everything they hold."""
    dump = tenant.dump()
    names = {str(api["identifier"]): str(api.get("name", api["identifier"])) for api in dump["resource_servers"]}
    rows = []
    for role in dump["roles"]:
        by_api: dict[str, list[str]] = defaultdict(list)
        held = role["permissions"]
        assert isinstance(held, list)  # noqa: S101 - made by dump
        for item in held:
            identifier = str(item["resource_server_identifier"])
            by_api[names.get(identifier, identifier)].append(str(item["permission_name"]))
        rows.append(
            RoleRow(
                str(role["name"]),
                str(role["id"]),
                tuple((api, tuple(sorted(values))) for api, values in sorted(by_api.items())),
            )
        )
    return rows


def _edges(value: str) -> str:
    starts, ends = value[:1].isspace(), value[-1:].isspace()
    if starts and ends:
        return "starts and ends with a space"
    if starts:
        return "starts with a space"
    return "ends with a space" if ends else ""
