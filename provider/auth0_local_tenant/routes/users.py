"""`/users`, with the permissions that users hold directly and their roles.

Recorded: what concerns `/users/{id}/permissions`. The rest is NOT RECORDED: statuses, keys and parameters are those of
go-auth0's UserManager and of its tests.
"""

from typing import cast

from auth0_local_tenant.endpoint import Answer, ApiRequest, answer, endpoint
from auth0_local_tenant.paging import PAGE_PARAMETERS, listed
from auth0_local_tenant.routes.roles import permission_names
from auth0_local_tenant.routes.searching import found
from auth0_local_tenant.tenant import Tenant

_USER = "/users/<segment:id>"
_SEARCH = frozenset({"q", "search_engine", "sort", "connection"})


@endpoint("GET /users", "read:users", query=PAGE_PARAMETERS | _SEARCH)
def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    users = found(tenant.users.all("user_id"), request.query.text("q"))
    if connection := request.query.text("connection"):
        users = found(users, f'identities.connection:"{connection}"')
    name, _, direction = (request.query.text("sort") or "user_id:1").partition(":")
    users.sort(key=lambda user: str(user.get(name, "")), reverse=direction == "-1")
    return Answer(listed(request.query, "users", users))


@endpoint("POST /users", "create:users", body="create_user", log="Create a User")
def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.users.create(request.body), 201)


@endpoint(f"GET {_USER}", "read:users", "read:current_user")
def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(request.query.fields([tenant.users.get(request.id)])[0])


@endpoint(f"PATCH {_USER}", "update:users", "update:current_user_metadata", body="update_user", log="Update a User")
def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.users.update(request.id, request.body))


@endpoint(f"DELETE {_USER}", "delete:users", "delete:current_user", log="Delete a User")
def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.delete(request.id)
    return Answer(None, 204)


@endpoint(f"GET {_USER}/roles", "read:users", query=PAGE_PARAMETERS)
def _roles(tenant: Tenant, request: ApiRequest) -> Answer:
    roles = tenant.users.roles(request.id)
    items = [{key: role[key] for key in ("id", "name", "description")} for role in roles]
    return Answer(listed(request.query, "roles", items))


@endpoint(f"POST {_USER}/roles", "update:users", "create:role_members", body="user_roles", log="Assign roles to a user")
def _add_roles(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.get(request.id)
    tenant.users.assign([(request.id, role_id) for role_id in cast("list[str]", request.body["roles"])])
    return Answer(None, 204)


@endpoint(
    f"DELETE {_USER}/roles", "update:users", "delete:role_members", body="user_roles", log="Remove roles from a user"
)
def _remove_roles(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.get(request.id)
    tenant.users.unassign([(request.id, role_id) for role_id in cast("list[str]", request.body["roles"])])
    return Answer(None, 204)


@endpoint(f"GET {_USER}/permissions", "read:users", query=PAGE_PARAMETERS)
def _permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.get(request.id)
    source = {"source_id": "", "source_name": "", "source_type": "DIRECT"}
    items = [{**item, "sources": [source]} for item in tenant.users.holdings.of(request.id)]
    return Answer(listed(request.query, "permissions", items))


@endpoint(f"POST {_USER}/permissions", "update:users", body="permissions", log="Assign permissions to a user")
def _add_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.get(request.id)
    tenant.users.holdings.add(request.id, permission_names(request.body))
    return answer({}, 201)


@endpoint(f"DELETE {_USER}/permissions", "update:users", body="permissions", log="Remove permissions from a user")
def _remove_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.get(request.id)
    tenant.users.holdings.remove(request.id, permission_names(request.body))
    return Answer(None, 204)


ENDPOINTS = (
    *(_list, _create, _get, _update, _delete),
    *(_roles, _add_roles, _remove_roles),
    *(_permissions, _add_permissions, _remove_permissions),
)
