"""`/roles` and `/roles/{id}/permissions`."""

from auth0_local_tenant import bodies, jsontext
from auth0_local_tenant.endpoint import Answer, ApiRequest, Endpoint, answer
from auth0_local_tenant.models.holdings import PermissionName
from auth0_local_tenant.models.roles import ROLE_FILTERS
from auth0_local_tenant.paging import PAGE_PARAMETERS, Paging, items_text
from auth0_local_tenant.tenant import Tenant

__all__ = ["ENDPOINTS", "permission_names"]


def permission_names(body: jsontext.JsonObject) -> list[PermissionName]:
    """Return the permissions of a body that passed `bodies.PERMISSIONS`."""
    items = body["permissions"]
    assert isinstance(items, list)  # noqa: S101 - the schema says so
    return [PermissionName(item["permission_name"], item["resource_server_identifier"]) for item in items]


def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    paging = Paging.of(request.query)
    roles, total = tenant.roles.page(paging.start, paging.limit, request.query.some(ROLE_FILTERS))
    return Answer(paging.wrap("roles", items_text(roles), len(roles), total, totals_first=False))


def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.roles.create(request.body))  # 200, not 201: recorded 21 times of 21


def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.roles.get(request.id))


def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.roles.update(request.id, request.body))


def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.delete(request.id)
    return answer({})


def _permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    paging = Paging.of(request.query)
    items, total = tenant.roles.permissions(request.id, paging.start, paging.limit)
    return Answer(paging.wrap("permissions", items_text(items), len(items), total, totals_first=False))


def _add_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.add_permissions(request.id, permission_names(request.body))
    return answer({}, 201)


def _remove_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.roles.remove_permissions(request.id, permission_names(request.body))
    return Answer(None, 204)


ENDPOINTS = (
    Endpoint("GET", "/roles", ("read:roles",), _list, query=PAGE_PARAMETERS | set(ROLE_FILTERS)),
    Endpoint("POST", "/roles", ("create:roles",), _create, body=bodies.CREATE_ROLE, log="Create a role"),
    Endpoint("GET", "/roles/<segment:id>", ("read:roles",), _get),
    Endpoint("PATCH", "/roles/<segment:id>", ("update:roles",), _update, body=bodies.UPDATE_ROLE, log="Update a role"),
    Endpoint("DELETE", "/roles/<segment:id>", ("delete:roles",), _delete, log="Delete a role"),
    Endpoint("GET", "/roles/<segment:id>/permissions", ("read:roles",), _permissions, query=PAGE_PARAMETERS),
    Endpoint(
        "POST",
        "/roles/<segment:id>/permissions",
        ("update:roles",),
        _add_permissions,
        body=bodies.PERMISSIONS,
        log="Associate permissions with a role",
    ),
    Endpoint(
        "DELETE",
        "/roles/<segment:id>/permissions",
        ("update:roles",),
        _remove_permissions,
        body=bodies.PERMISSIONS,
        log="Remove permissions from a role",
    ),
)
