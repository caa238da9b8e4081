"""`/clients`: applications.

Recorded by go-auth0 (TestClient_*): statuses and the two forms of a list. NOT RECORDED: what each filter does, by the
vendor's reference. A secret is answered to
whoever may read it (`read:client_keys`), and to whoever creates or changes the application.
"""

from auth0_local_tenant.endpoint import Answer, ApiRequest, answer, endpoint
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.clients import without_secret
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, PAGE_PARAMETERS, listed
from auth0_local_tenant.routes.searching import found
from auth0_local_tenant.tenant import Tenant

_CLIENT = "/clients/<segment:id>"
_FILTERS = frozenset({"is_global", "is_first_party", "app_type", "q", "external_client_id"})


def _shown(client: JsonObject, request: ApiRequest) -> JsonObject:
    return client if "read:client_keys" in request.scopes else without_secret(client)


@endpoint("GET /clients", "read:clients", "read:client_keys", query=PAGE_PARAMETERS | CHECKPOINT_PARAMETERS | _FILTERS)
def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    query = request.query
    clients = found(tenant.clients.all(), query.text("q"))
    for name, key in (("is_global", "global"), ("is_first_party", "is_first_party")):
        wanted = query.flag(name, default=True)
        clients = [client for client in clients if query.text(name) is None or client.get(key, False) == wanted]
    types = (query.text("app_type") or "").split(",")
    shown = [_shown(client, request) for client in clients if types == [""] or client.get("app_type") in types]
    return Answer(listed(query, "clients", shown, checkpoints=True, totals_first=True))


@endpoint("POST /clients", "create:clients", body="create_client", log="Create a client")
def _create(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.clients.create(request.body), 201)


@endpoint(f"GET {_CLIENT}", "read:clients", "read:client_keys")
def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(request.query.fields([_shown(tenant.clients.get(request.id), request)])[0])


@endpoint(f"PATCH {_CLIENT}", "update:clients", "update:client_keys", body="update_client", log="Update a client")
def _update(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(tenant.clients.update(request.id, request.body))


@endpoint(f"DELETE {_CLIENT}", "delete:clients", log="Delete a client")
def _delete(tenant: Tenant, request: ApiRequest) -> Answer:
    tenant.delete_client(request.id)
    return Answer(None, 204)


ENDPOINTS = (_list, _create, _get, _update, _delete)
