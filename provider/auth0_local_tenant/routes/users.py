"""`/users/{id}/permissions`: what users hold directly."""

from auth0_local_tenant import bodies
from auth0_local_tenant.endpoint import Answer, ApiRequest, Endpoint, answer
from auth0_local_tenant.paging import PAGE_PARAMETERS, Paging, items_text
from auth0_local_tenant.routes.roles import permission_names
from auth0_local_tenant.tenant import Tenant

__all__ = ["ENDPOINTS"]

_PATH = "/users/<segment:id>/permissions"


def _permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    paging = Paging.of(request.query)
    items, total = tenant.users.permissions(request.id, paging.start, paging.limit)
    return Answer(paging.wrap("permissions", items_text(items), len(items), total, totals_first=False))


def _add_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.add_permissions(request.id, permission_names(request.body))
    return answer({}, 201)


def _remove_permissions(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.users.remove_permissions(request.id, permission_names(request.body))
    return Answer(None, 204)


ENDPOINTS = (
    Endpoint("GET", _PATH, ("read:users",), _permissions, query=PAGE_PARAMETERS),
    Endpoint(
        "POST",
        _PATH,
        ("update:users",),
        _add_permissions,
        body=bodies.PERMISSIONS,
        log="Assign permissions to a user",
    ),
    Endpoint(
        "DELETE",
        _PATH,
        ("update:users",),
        _remove_permissions,
        body=bodies.PERMISSIONS,
        log="Remove permissions from a user",
    ),
)
