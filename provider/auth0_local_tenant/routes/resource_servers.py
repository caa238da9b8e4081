"""`/resource-servers`: the APIs."""

from auth0_local_tenant import api_errors, jsontext
from auth0_local_tenant.endpoint import Answer, ApiRequest, answer, endpoint
from auth0_local_tenant.paging import PAGE_PARAMETERS, Paging
from auth0_local_tenant.routes.searching import SEARCH_PARAMETERS, search_answer
from auth0_local_tenant.tenant import Tenant

_API = "/resource-servers/<segment:id>"
_MAX_IDENTIFIERS = 10  # of the documentation of GET /resource-servers; the refusal is NOT RECORDED


@endpoint("GET /resource-servers", "read:resource_servers", query=PAGE_PARAMETERS | {"identifiers"})
def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    paging = Paging.of(request.query)
    identifiers = request.query.texts("identifiers")
    if len(identifiers) > _MAX_IDENTIFIERS:
        raise api_errors.invalid_query(
            f"Array is too long ({len(identifiers)}), maximum {_MAX_IDENTIFIERS}", "identifiers"
        )
    texts, total = tenant.resource_servers.page(paging.start, paging.limit, identifiers)
    if request.query.text("fields"):
        documents = request.query.fields([jsontext.load_object(text) for text in texts])
        texts = [jsontext.dump(document) for document in documents]
    return Answer(paging.wrap("resource_servers", ",".join(texts), len(texts), total, totals_first=True))


@endpoint("GET /resource-servers/search", "read:resource_servers", query=SEARCH_PARAMETERS)
def _search(tenant: Tenant, request: ApiRequest) -> Answer:
    return search_answer(request, "resource_servers", [api.document for api in tenant.resource_servers.all()])


@endpoint("POST /resource-servers", "create:resource_servers", body="any_object", log="Create a resource server")
def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.resource_servers.create(request.body), 201)


@endpoint(f"GET {_API}", "read:resource_servers")
def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    found = tenant.resource_servers.get(request.id)
    if request.query.text("fields"):
        return answer(request.query.fields([found.document])[0])
    return Answer(found.text)


@endpoint(f"PATCH {_API}", "update:resource_servers", body="any_object", log="Update a resource server")
def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.update_resource_server(request.id, request.body))


@endpoint(f"DELETE {_API}", "delete:resource_servers", log="Delete a resource server")
def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.delete_resource_server(request.id)
    return Answer(None, 204)


ENDPOINTS = (_list, _search, _create, _get, _update, _delete)
