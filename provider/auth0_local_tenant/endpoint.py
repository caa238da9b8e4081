"""What every Management API endpoint has in common: who may call it, with what, and what it leaves in the log.

The order is that of the real service: authentication (401), permission (403), validation (400), existence (404).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, request

from auth0_local_tenant import api_errors, bodies, jsontext
from auth0_local_tenant.models.tokens import Bearer
from auth0_local_tenant.paging import FIELD_PARAMETERS, Query
from auth0_local_tenant.tenant import Tenant

# Keys of the WSGI environment. A client can't set them: its headers arrive as HTTP_*.
CALLER = "auth0_local_tenant.caller"  # a Bearer that needs no token: the page, a rival writer
CLIENT_ID = "auth0_local_tenant.client_id"  # who called, for the journal
UNEMULATED = "auth0_local_tenant.unemulated"  # set for what only the real service has, for the journal

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request that passed authentication, permission and schema."""

    id: str
    query: Query
    body: jsontext.JsonObject
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON text of the body; None for no body."""

    text: str | None
    status: int = 200


Handler = Callable[[Tenant, ApiRequest], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One verb on one path.

    Attributes:
        method: the verb.
        path: below `/api/v2`; `<segment:id>` is a path segment, decoded once.
        scopes: a token needs one of them.
        handler: does it.
        query: the parameters it takes.
        body: name of the body's schema; a body sent where there is none is passed over, as recorded for DELETE of a
            role.
        log: description of the log event; None for reads.
    """

    method: str
    path: str
    scopes: tuple[str, ...]
    handler: Handler
    query: frozenset[str]
    body: str | None
    log: str | None


def endpoint(
    rule: str, *scopes: str, query: frozenset[str] | None = None, body: str | None = None, log: str | None = None
) -> Callable[[Handler], Endpoint]:
    """Return a decorator that makes a handler the endpoint of a rule such as `GET /roles/<segment:id>`.

    A GET without parameters of its own takes `fields` and `include_fields`.
    """
    method, path = rule.split(" ")
    default = FIELD_PARAMETERS if method == "GET" else frozenset[str]()
    return lambda handler: Endpoint(method, path, scopes, handler, default if query is None else query, body, log)


def answer(value: object, status: int = 200) -> Answer:
    """Return an answer with `value` as JSON."""
    return Answer(jsontext.dump(value), status)


def error_response(error: api_errors.ApiError) -> Response:
    """Return an error in the shape of the Management API."""
    return Response(jsontext.dump_bytes(error.body()), error.status, headers=error.headers, content_type=_JSON)


def view(tenant: Tenant, endpoint: Endpoint) -> Callable[..., Response]:
    """Return the Flask view of an endpoint."""

    def call(id: str = "") -> Response:  # noqa: A002 - the name of the path parameter
        try:
            # One lock for reading and writing: see Store.
            with tenant.store.transaction():
                bearer = _caller(tenant)
                if not bearer.scopes.intersection(endpoint.scopes):
                    raise api_errors.insufficient_scope(endpoint.scopes)
                query = Query.parse(request.query_string.decode("latin-1"), endpoint.query)
                body = _body(endpoint)
                result = endpoint.handler(tenant, ApiRequest(id, query, body, bearer.scopes))
                if endpoint.log is not None:
                    _log(tenant, endpoint.log, bearer, body, result)
        except api_errors.ApiError as error:
            return error_response(error)
        if result.text is None:
            return Response(status=result.status, content_type=_JSON)
        return Response(result.text.encode(), result.status, content_type=_JSON)

    return call


def unemulated(**_: str) -> Response:
    """Answer for what only the real service has, and mark the request for the journal."""
    request.environ[UNEMULATED] = True
    return error_response(api_errors.unemulated(request.method, str(request.environ["PATH_INFO"])))


def _caller(tenant: Tenant) -> Bearer:
    caller = request.environ.get(CALLER)
    if not isinstance(caller, Bearer):
        caller = tenant.tokens.check(request.headers.get("Authorization"))
    request.environ[CLIENT_ID] = caller.client_id
    return caller


def _body(endpoint: Endpoint) -> jsontext.JsonObject:
    data = request.get_data(cache=False)
    if endpoint.body is None:
        return {}
    if data and request.mimetype != "application/json":
        # The OpenAPI description also lists form bodies; no client sends them and they are not taken here.
        raise api_errors.ApiError(415, "Unsupported Media Type")
    try:
        value = jsontext.load(data) if data else None
    except jsontext.InvalidJsonError:
        raise api_errors.invalid_request("Invalid request payload JSON format") from None
    return bodies.checked(endpoint.body, value)


def _log(tenant: Tenant, description: str, bearer: Bearer, body: jsontext.JsonObject, result: Answer) -> None:
    raw = str(request.environ.get("RAW_URI", request.path))
    client = tenant.clients.find(bearer.client_id)
    response = jsontext.load(result.text) if result.text else {}
    shown = _without_secrets(response) if isinstance(response, dict) else response
    tenant.logs.record(
        description,
        bearer.client_id,
        str(client["name"]) if client else "",
        {"method": request.method.lower(), "path": raw.partition("?")[0], "body": _without_secrets(body)},
        {"statusCode": result.status, "body": shown},
    )


def _without_secrets(body: Mapping[str, object]) -> jsontext.JsonObject:
    return {key: "*****" if key in {"client_secret", "password"} else value for key, value in body.items()}
