"""`POST /oauth/token`: client credentials, as JSON or as a form.

Recorded: the form, and an answer without `scope`. NOT RECORDED: every refusal; the sentences are those that the
vendor documents or its users quote.
"""

from collections.abc import Callable, Mapping
from urllib.parse import unquote_plus

from flask import Response, request

from auth0_local_tenant import jsontext
from auth0_local_tenant.api_errors import TokenError
from auth0_local_tenant.endpoint import CLIENT_ID
from auth0_local_tenant.tenant import Tenant

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def token_view(tenant: Tenant) -> Callable[[], Response]:
    """Return the Flask view of the token endpoint."""

    def call() -> Response:
        try:
            values = _values() | _basic()
            request.environ[CLIENT_ID] = values.get("client_id")
            status, body = 200, _issue(tenant, values)
        except TokenError as error:
            status, body = error.status, error.body()
        return Response(
            jsontext.dump_bytes(body),
            status,
            headers={"cache-control": "no-store"},
            content_type="application/json",
        )

    return call


def _issue(tenant: Tenant, values: Mapping[str, str]) -> dict[str, object]:
    grant_type = _required(values, "grant_type")
    if grant_type != "client_credentials":
        raise TokenError(403, "unauthorized_client", f"Grant type '{grant_type}' not allowed for the client.")
    client_id = _required(values, "client_id")
    assertion = values.get("client_assertion")
    if assertion is not None and values.get("client_assertion_type") != _ASSERTION_TYPE:
        raise TokenError(400, "invalid_request", f"client_assertion_type must be {_ASSERTION_TYPE}")
    client_secret = "" if assertion else _required(values, "client_secret")
    audience = values.get("audience")
    if not audience:
        raise TokenError(
            403,
            "access_denied",
            "No audience parameter was provided, and no default audience has been configured",
        )
    with tenant.store.transaction():
        token, expires_in = tenant.tokens.issue(client_id, client_secret, audience, assertion=assertion)
    return {"access_token": token, "expires_in": expires_in, "token_type": "Bearer"}


def _basic() -> dict[str, str]:
    """Return the credentials of an `Authorization: Basic` header (`client_secret_basic` of RFC 6749, 2.3.1)."""
    given = request.authorization
    if given is None or given.type != "basic" or given.username is None or given.password is None:
        return {}
    return {"client_id": unquote_plus(given.username), "client_secret": unquote_plus(given.password)}


def _required(values: Mapping[str, str], name: str) -> str:
    if not (value := values.get(name)):
        raise TokenError(400, "invalid_request", f"Missing required parameter: {name}")
    return value


def _values() -> dict[str, str]:
    if request.mimetype != "application/json":
        return request.form.to_dict()
    try:
        value = jsontext.load(request.get_data())
    except jsontext.InvalidJsonError:
        value = None
    if not isinstance(value, dict):
        raise TokenError(400, "invalid_request", "The request body is not a JSON object")
    return {name: item for name, item in value.items() if isinstance(item, str)}
