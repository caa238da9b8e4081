"""`/clients`: the names of applications, read only.

NOT RECORDED: modelled on the vendor's public documentation. Secrets are never answered, whatever the token may.
"""

from auth0_local_tenant.endpoint import Answer, ApiRequest, Endpoint, answer
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, FIELD_PARAMETERS, PAGE_PARAMETERS, Paging, items_text
from auth0_local_tenant.tenant import Tenant

__all__ = ["ENDPOINTS"]

_SCOPES = ("read:clients", "read:client_keys")


def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    paging = Paging.of(request.query, checkpoints=True)
    everyone = tenant.clients.all()
    items = request.query.fields(everyone[paging.start : paging.start + paging.limit])
    return Answer(paging.wrap("clients", items_text(items), len(items), len(everyone), totals_first=True))


def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(request.query.fields([tenant.clients.get(request.id)])[0])


ENDPOINTS = (
    Endpoint(
        "GET",
        "/clients",
        _SCOPES,
        _list,
        query=PAGE_PARAMETERS | CHECKPOINT_PARAMETERS | FIELD_PARAMETERS,
    ),
    Endpoint("GET", "/clients/<segment:id>", _SCOPES, _get, query=FIELD_PARAMETERS),
)
