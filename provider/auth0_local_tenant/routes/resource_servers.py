"""`/resource-servers`: the APIs."""

from auth0_local_tenant import jsontext
from auth0_local_tenant.endpoint import Answer, ApiRequest, Endpoint, answer
from auth0_local_tenant.paging import FIELD_PARAMETERS, PAGE_PARAMETERS, Paging
from auth0_local_tenant.tenant import Tenant
from auth0_local_tenant.validation import AnyObject

__all__ = ["ENDPOINTS"]


def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    paging = Paging.of(request.query)
    texts, total = tenant.resource_servers.page(paging.start, paging.limit, request.query.texts("identifiers"))
    if request.query.text("fields"):
        documents = request.query.fields([jsontext.load_object(text) for text in texts])
        texts = [jsontext.dump(document) for document in documents]
    return Answer(paging.wrap("resource_servers", ",".join(texts), len(texts), total, totals_first=True))


def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.resource_servers.create(request.body), 201)


def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    found = tenant.resource_servers.get(request.id)
    if request.query.text("fields"):
        return answer(request.query.fields([found.document])[0])
    return Answer(found.text)


def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.update_resource_server(request.id, request.body))


def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.delete_resource_server(request.id)
    return Answer(None, 204)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/resource-servers",
        ("read:resource_servers",),
        _list,
        query=PAGE_PARAMETERS | FIELD_PARAMETERS | {"identifiers"},
    ),
    Endpoint(
        "POST",
        "/resource-servers",
        ("create:resource_servers",),
        _create,
        body=AnyObject(),
        log="Create a resource server",
    ),
    Endpoint("GET", "/resource-servers/<segment:id>", ("read:resource_servers",), _get, query=FIELD_PARAMETERS),
    Endpoint(
        "PATCH",
        "/resource-servers/<segment:id>",
        ("update:resource_servers",),
        _update,
        body=AnyObject(),
        log="Update a resource server",
    ),
    Endpoint(
        "DELETE",
        "/resource-servers/<segment:id>",
        ("delete:resource_servers",),
        _delete,
        log="Delete a resource server",
    ),
)
