"""Who holds what, put together for the page."""

from collections import defaultdict
from dataclasses import dataclass
from typing import cast

from auth0_local_tenant.models.resource_servers import ResourceServer
from auth0_local_tenant.tenant import Tenant


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
class ApiHolders:
    """An API's permissions and everybody who holds some of them.

    Attributes:
        everything: names of applications whose grant covers all permissions, also future ones.
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
        grants = tenant.client_grants.matching({"audience": api.identifier})
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
        client_id = str(grant.get("client_id", ""))
        name = client_names.get(client_id, client_id) or "Third-party applications"
        scope = None if grant.get("allow_all_scopes") else tuple(cast("list[str]", grant.get("scope", [])))
        grantees.append(
            Grantee(
                name=name,
                grant_id=str(grant["id"]),
                subject_type=str(grant.get("subject_type", "client")),
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
        roles=tuple(sorted((role_names.get(one, one), one, tuple(sorted(values))) for one, values in by_role.items())),
        orphans=tuple((value, holders(value)) for value in held if value not in on_api),
    )


def role_rows(tenant: Tenant) -> list[dict[str, object]]:
    """Return all roles by name with everything they hold, as (API, permissions)."""
    rows: list[dict[str, object]] = []
    for role in tenant.roles.all():
        by_api: dict[str, list[str]] = defaultdict(list)
        for item in tenant.roles.holdings.of(str(role["id"])):
            name = str(item["resource_server_name"] or item["resource_server_identifier"])
            by_api[name].append(str(item["permission_name"]))
        rows.append({"name": role["name"], "role_id": role["id"], "permissions": sorted(by_api.items())})
    return rows


def _edges(value: str) -> str:
    spaces = {"starts": value[:1].isspace(), "ends": value[-1:].isspace()}
    sides = [side for side, is_space in spaces.items() if is_space]
    return f"{' and '.join(sides)} with a space" if sides else ""
