"""`/roles`, `/roles/{id}/permissions` and `/roles/{id}/users`."""

from typing import cast

from auth0_local_tenant import jsontext
from auth0_local_tenant.endpoint import Answer, ApiRequest, answer, endpoint
from auth0_local_tenant.models.holdings import PermissionName
from auth0_local_tenant.models.roles import ROLE_FILTERS
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, PAGE_PARAMETERS, listed
from auth0_local_tenant.tenant import Tenant


def permission_names(body: jsontext.JsonObject) -> list[PermissionName]:
    """Return the permissions of a body that keeps to the schema `permissions`."""
    items = cast("list[dict[str, str]]", body["permissions"])
    return [PermissionName(item["permission_name"], item["resource_server_identifier"]) for item in items]


@endpoint("GET /roles", "read:roles", query=PAGE_PARAMETERS | set(ROLE_FILTERS))
def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    return Answer(listed(request.query, "roles", tenant.roles.matching(request.query.some(ROLE_FILTERS))))


@endpoint("POST /roles", "create:roles", body="create_role", log="Create a role")
def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.roles.create(request.body))  # 200, not 201: recorded 21 times of 21


@endpoint("GET /roles/<segment:id>", "read:roles")
def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(request.query.fields([tenant.roles.get(request.id)])[0])


@endpoint("PATCH /roles/<segment:id>", "update:roles", body="update_role", log="Update a role")
def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.roles.update(request.id, request.body))


@endpoint("DELETE /roles/<segment:id>", "delete:roles", log="Delete a role")
def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.delete(request.id)
    return answer({})


_PERMISSIONS = "/roles/<segment:id>/permissions"


@endpoint(f"GET {_PERMISSIONS}", "read:roles", query=PAGE_PARAMETERS)
def _permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.get(request.id)
    return Answer(listed(request.query, "permissions", tenant.roles.holdings.of(request.id)))


@endpoint(f"POST {_PERMISSIONS}", "update:roles", body="permissions", log="Associate permissions with a role")
def _add_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.add_permissions(request.id, permission_names(request.body))
    return answer({}, 201)


@endpoint(f"DELETE {_PERMISSIONS}", "update:roles", body="permissions", log="Remove permissions from a role")
def _remove_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.get(request.id)
    tenant.roles.holdings.remove(request.id, permission_names(request.body))
    return Answer(None, 204)


_USERS = "/roles/<segment:id>/users"


@endpoint(f"GET {_USERS}", "read:roles", "read:role_members", query=PAGE_PARAMETERS | CHECKPOINT_PARAMETERS)
def _users(tenant: Tenant, request: ApiRequest) -> Answer:
    return Answer(listed(request.query, "users", tenant.users.having(request.id), checkpoints=True))


# NOT RECORDED: status 200 and an empty body by go-auth0's RoleManager.AssignUsers and its generated client.
@endpoint(f"POST {_USERS}", "create:role_members", "update:roles", body="role_users", log="Assign users to a role")
def _add_users(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.get(request.id)
    tenant.users.assign([(user_id, request.id) for user_id in cast("list[str]", request.body["users"])])
    return answer({})


@endpoint(f"DELETE {_USERS}", "delete:role_members", "update:roles", body="role_users", log="Remove users from a role")
def _remove_users(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.get(request.id)
    tenant.users.unassign([(user_id, request.id) for user_id in cast("list[str]", request.body["users"])])
    return Answer(None, 204)


ENDPOINTS = (
    *(_list, _create, _get, _update, _delete),
    *(_permissions, _add_permissions, _remove_permissions),
    *(_users, _add_users, _remove_users),
)
