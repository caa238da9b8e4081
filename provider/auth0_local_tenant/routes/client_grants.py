"""`/client-grants`: which application may ask for which permissions."""

from auth0_local_tenant import bodies
from auth0_local_tenant.endpoint import Answer, ApiRequest, Endpoint, answer
from auth0_local_tenant.models.client_grants import GRANT_FILTERS
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, PAGE_PARAMETERS, Paging, items_text
from auth0_local_tenant.tenant import Tenant

__all__ = ["ENDPOINTS"]


def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    paging = Paging.of(request.query, checkpoints=True)
    matching = tenant.client_grants.matching(request.query.some(GRANT_FILTERS))
    items = matching[paging.start : paging.start + paging.limit]
    text = items_text(items)
    return Answer(paging.wrap("client_grants", text, len(items), len(matching), totals_first=True))


def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.client_grants.create(request.body), 201)


def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.client_grants.get(request.id))


def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    within_api = tenant.options.grants_within_api
    return answer(tenant.client_grants.update(request.id, request.body, within_api=within_api))


def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.client_grants.delete(request.id)
    return Answer(None, 204)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/client-grants",
        ("read:client_grants",),
        _list,
        query=PAGE_PARAMETERS | CHECKPOINT_PARAMETERS | set(GRANT_FILTERS),
    ),
    Endpoint(
        "POST",
        "/client-grants",
        ("create:client_grants",),
        _create,
        body=bodies.CREATE_CLIENT_GRANT,
        log="Create client grant",
    ),
    Endpoint("GET", "/client-grants/<segment:id>", ("read:client_grants",), _get),
    Endpoint(
        "PATCH",
        "/client-grants/<segment:id>",
        ("update:client_grants",),
        _update,
        body=bodies.UPDATE_CLIENT_GRANT,
        log="Update a client grant",
    ),
    Endpoint(
        "DELETE",
        "/client-grants/<segment:id>",
        ("delete:client_grants",),
        _delete,
        log="Delete a client grant",
    ),
)
