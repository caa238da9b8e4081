"""The form of `GET /resource-servers/search` and `GET /client-grants/search`.

NOT RECORDED: parameters and keys are those of auth0.net's generated SearchAsync and of its mock-server test
(`ResourceServers/SearchTest.cs`): `q`, `parser`, `fields`, `sort`, `take` and `from`; always in checkpoint form.
"""

from collections.abc import Sequence

from auth0_local_tenant import errors, search
from auth0_local_tenant.endpoint import Answer, ApiRequest
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, FIELD_PARAMETERS, Query, listed

__all__ = ["SEARCH_PARAMETERS", "search_answer"]

SEARCH_PARAMETERS = FIELD_PARAMETERS | CHECKPOINT_PARAMETERS | {"q", "parser", "sort"}


def search_answer(request: ApiRequest, key: str, documents: Sequence[JsonObject]) -> Answer:
    """Return what a search finds, sorted by the field that it names."""
    parser = request.query.text("parser") or "lucene"
    if parser not in {"lucene", "scim"}:
        raise errors.invalid_query(f"No enum match for: {parser}", "parser")
    matching = search.found(documents, request.query.text("q"), parser)
    if sort := request.query.text("sort"):
        matching.sort(key=lambda document: str(document.get(sort, "")))
    query = Query({"take": ["50"], **request.query.values})
    return Answer(listed(query, key, matching, checkpoints=True))
