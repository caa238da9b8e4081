"""Searches: the parameter `q`, and the form of `GET /resource-servers/search` and `GET /client-grants/search`.

Lucene: `field:value`, `field:"two words"`, `*` at either end, `field:[a TO b]`, bare words, AND, OR, NOT or `-`.
SCIM: `field eq|ne|co|sw|ew|gt|ge|lt|le value`, `field pr`, and, or. NOT RECORDED: modelled on the vendor's pages on the
query syntax for users and logs. What goes beyond (parentheses, fuzzy terms) is refused rather than misread.

NOT RECORDED: parameters, operators and keys of the two searches are those of the vendor's reference, below
auth0.com/docs/api/management/v2 (client-grants/get-client-grants-search, resource-servers/get-resource-servers-search),
and of node-auth0 7.6 (`SearchClientGrantsRequestParameters`, `SearchClientGrantsResponseContent`): `q`, `parser`,
`fields`, `include_fields`, `sort`, `take` and `from`; always in checkpoint form.
"""

import re
from collections.abc import Sequence

from auth0_local_tenant import api_errors
from auth0_local_tenant.endpoint import Answer, ApiRequest
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.paging import CHECKPOINT_PARAMETERS, FIELD_PARAMETERS, Query, listed

SEARCH_PARAMETERS = FIELD_PARAMETERS | CHECKPOINT_PARAMETERS | {"q", "parser", "sort"}


def search_answer(request: ApiRequest, key: str, documents: Sequence[JsonObject]) -> Answer:
    """Return what a search finds, sorted by the field that it names."""
    parser = request.query.text("parser") or "lucene"
    if parser not in {"lucene", "scim"}:
        raise api_errors.invalid_query(f"No enum match for: {parser}", "parser")
    matching = found(documents, request.query.text("q"), parser)
    if sort := request.query.text("sort"):
        matching.sort(key=lambda document: str(document.get(sort, "")))
    query = Query({"take": ["50"], **request.query.values})
    return Answer(listed(query, key, matching, checkpoints=True))


_WORD = re.compile(r'(?:[^\s"\[]|"[^"]*"|\[[^\]]*\])+')
_UNKNOWN = re.compile(r"[(){}~^]")


def found(documents: Sequence[JsonObject], query: str | None, parser: str = "lucene") -> list[JsonObject]:
    """Return the documents that a query matches; all of them without one.

    Raises:
        ApiError: 400 if the query uses what is not emulated.
    """
    if not query:
        return list(documents)
    if _UNKNOWN.search(re.sub(r'"[^"]*"', "", query)):
        raise api_errors.invalid_query(f"The local tenant does not understand the query {query}", "q")
    words = _WORD.findall(query)
    alternatives: list[list[str]] = [[]]
    for word in words:
        if word.upper() == "OR":
            alternatives.append([])
        elif word.upper() != "AND":
            alternatives[-1].append(word)
    terms = [_scim(group) if parser == "scim" else _lucene(group) for group in alternatives]
    return [document for document in documents if any(all(_holds(document, *term) for term in one) for one in terms)]


_Term = tuple[str, str, bool]  # field, pattern of Lucene, whether it is to match


def _lucene(words: list[str]) -> list[_Term]:
    terms, wanted = [], True
    for word in words:
        if word in {"NOT", "!"}:
            wanted = False
            continue
        text = word.removeprefix("-")
        name, colon, value = text.partition(":")
        terms.append((name if colon else "", value if colon else text, wanted and text == word))
        wanted = True
    return terms


_SCIM = {  # each operator in Lucene
    "eq": '"$"',
    "ne": '"$"',
    "pr": "*",
    "co": "*$*",
    "sw": "$*",
    "ew": "*$",
    "gt": "{$ TO *]",
    "ge": "[$ TO *]",
    "lt": "[* TO $}",
    "le": "[* TO $]",
}


def _scim(words: list[str]) -> list[_Term]:
    terms: list[_Term] = []
    rest = list(words)
    while rest:
        name, operator = rest.pop(0), rest.pop(0).lower() if rest else ""
        value = "" if operator == "pr" or not rest else rest.pop(0)
        if operator not in _SCIM or (operator != "pr") != bool(value):
            raise api_errors.invalid_query(f"The local tenant does not understand the filter {' '.join(words)}", "q")
        terms.append((name, _SCIM[operator].replace("$", value.strip('"')), operator != "ne"))
    return terms


def _holds(document: JsonObject, name: str, pattern: str, wanted: bool) -> bool:  # noqa: FBT001 - a term, unpacked
    values = _values(document, name.split(".")) if name else _values(document, [])
    inside = pattern if name else "*" + pattern.strip('*"') + "*"
    return any(_matches(value, inside) for value in values) == wanted


def _values(value: object, path: list[str]) -> list[str]:
    """Return the texts at a path, also inside lists; all texts of an object where the path ends at one."""
    if isinstance(value, list):
        return [text for item in value for text in _values(item, path)]
    if isinstance(value, dict):
        if path:
            return _values(value[path[0]], path[1:]) if path[0] in value else []
        return [text for item in value.values() for text in _values(item, [])]
    if path or value is None:
        return []
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def _matches(value: str, pattern: str) -> bool:
    if bounds := re.fullmatch(r"([\[{])(\S+) TO (\S+)([\]}])", pattern):  # a brace leaves the bound itself out
        opening, low, high, closing = bounds.groups()
        above = low == "*" or value > low or (opening == "[" and value == low)
        return above and (high == "*" or value < high or (closing == "]" and value.startswith(high)))
    text = re.escape(pattern.strip('"')).replace(r"\*", ".*")
    return re.fullmatch(text, value, re.IGNORECASE | re.DOTALL) is not None
