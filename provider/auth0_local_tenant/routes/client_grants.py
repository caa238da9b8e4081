"""`/client-grants`: which application may ask for which permissions."""

from auth0_local_tenant.endpoint import Answer, ApiRequest, answer, endpoint
from auth0_local_tenant.models.client_grants import GRANT_FILTERS
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, PAGE_PARAMETERS, listed
from auth0_local_tenant.routes.searching import SEARCH_PARAMETERS, search_answer
from auth0_local_tenant.tenant import Tenant

_GRANT = "/client-grants/<segment:id>"
_LISTED = PAGE_PARAMETERS | CHECKPOINT_PARAMETERS | set(GRANT_FILTERS)


@endpoint("GET /client-grants", "read:client_grants", query=_LISTED)
def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    matching = tenant.client_grants.matching(request.query.some(GRANT_FILTERS))
    return Answer(listed(request.query, "client_grants", matching, checkpoints=True, totals_first=True))


@endpoint("GET /client-grants/search", "read:client_grants", query=SEARCH_PARAMETERS)
def _search(tenant: Tenant, request: ApiRequest) -> Answer:
    return search_answer(request, "client_grants", tenant.client_grants.matching({}))


@endpoint("POST /client-grants", "create:client_grants", body="create_client_grant", log="Create client grant")
def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.client_grants.create(request.body), 201)


@endpoint(f"GET {_GRANT}", "read:client_grants")
def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(request.query.fields([tenant.client_grants.get(request.id)])[0])


@endpoint(f"PATCH {_GRANT}", "update:client_grants", body="update_client_grant", log="Update a client grant")
def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    within_api = tenant.options.grants_within_api
    return answer(tenant.client_grants.update(request.id, request.body, within_api=within_api))


@endpoint(f"DELETE {_GRANT}", "delete:client_grants", log="Delete a client grant")
def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.client_grants.remove(request.id)
    return Answer(None, 204)


ENDPOINTS = (_list, _search, _create, _get, _update, _delete)
