"""`GET /logs`: who wrote what, newest first; from a checkpoint, what came after it, oldest first.

NOT RECORDED: modelled on the vendor's public documentation. Not emulated: the search criteria `q`, and `sort` other
than newest first.
"""

from auth0_local_tenant import errors
from auth0_local_tenant.endpoint import Answer, ApiRequest, Endpoint
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, FIELD_PARAMETERS, PAGE_PARAMETERS, Paging, items_text
from auth0_local_tenant.tenant import Tenant

__all__ = ["ENDPOINTS"]

_NEWEST_FIRST = "date:-1"


def _list(tenant: Tenant, request: ApiRequest) -> Answer:
    query = request.query
    if query.text("sort") not in {None, _NEWEST_FIRST}:
        raise errors.invalid_query(f"No enum match for: {query.text('sort')}", "sort")
    checkpoint = query.text("from")
    if checkpoint is not None:
        take = query.number("take", 50, minimum=1, maximum=100)
        events = tenant.logs.after(checkpoint, take)
        return Answer(f"[{items_text(query.fields(events))}]")
    paging = Paging.of(query)
    events, total = tenant.logs.page(paging.start, paging.limit)
    text = items_text(query.fields(events))
    return Answer(paging.wrap("logs", text, len(events), total, totals_first=False))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/logs",
        ("read:logs",),
        _list,
        query=PAGE_PARAMETERS | CHECKPOINT_PARAMETERS | FIELD_PARAMETERS | {"sort"},
    ),
)
