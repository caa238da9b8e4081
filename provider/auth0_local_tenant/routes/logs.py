"""`/logs` (who wrote what, newest first; from a checkpoint, what came after it, oldest first) and `/tenants/settings`.

NOT RECORDED: modelled on the vendor's public documentation. Not emulated: `sort` other than newest first.
"""

from auth0_local_tenant import api_errors, jsontext
from auth0_local_tenant.endpoint import Answer, ApiRequest, answer, endpoint
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, PAGE_PARAMETERS, listed
from auth0_local_tenant.routes.searching import found
from auth0_local_tenant.tenant import Tenant

_NEWEST_FIRST = "date:-1"
_LISTED = PAGE_PARAMETERS | CHECKPOINT_PARAMETERS | {"sort", "q", "search"}


@endpoint("GET /logs", "read:logs", query=_LISTED)
def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    query = request.query
    if query.text("sort") not in {None, _NEWEST_FIRST}:
        raise api_errors.invalid_query(f"No enum match for: {query.text('sort')}", "sort")
    checkpoint = query.text("from")
    if checkpoint is not None:
        take = query.number("take", 50, minimum=1, maximum=100)
        return Answer(jsontext.dump(query.fields(tenant.logs.after(checkpoint, take))))
    return Answer(listed(query, "logs", found(tenant.logs.newest(), query.text("q") or query.text("search"))))


@endpoint("GET /logs/<segment:id>", "read:logs")
def _get(tenant: Tenant, request: ApiRequest) -> Answer:
    return answer(request.query.fields([tenant.logs.get(request.id)])[0])


@endpoint("GET /tenants/settings", "read:tenant_settings")
def _settings(_tenant: Tenant, request: ApiRequest) -> Answer:
    settings: jsontext.JsonObject = {
        "friendly_name": "Local tenant",
        "enabled_locales": ["en"],
        "flags": {},
        "session_lifetime": 168,
        "idle_session_lifetime": 72,
        "default_audience": "",
        "default_directory": "",
    }
    return answer(request.query.fields([settings])[0])


ENDPOINTS = (_list, _get, _settings)
