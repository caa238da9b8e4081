"""The control prefix `/_tenant/`, which the real service never uses.

| request | does |
| --- | --- |
| `POST /_tenant/reset` | fresh tenant, empty journal, no faults |
| `POST /_tenant/seed` | adds what the seed describes, all or nothing |
| `GET`, `DELETE /_tenant/journal` | the requests so far, as an array; forgets them |
| `GET`, `POST`, `DELETE /_tenant/faults` | the faults with their counts; adds one; drops all |
| `GET`, `POST /_tenant/options` | the settings; changes some |
| `GET /_tenant/state` | everything that the tenant holds, secrets apart |
| `POST /_tenant/clients` | a further application: `{"scopes": [...]}` gives `{"client_id", "client_secret"}` |

It needs no token, since it is reachable from this machine only, but it answers no page of another site: see `guard`.
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from auth0_local_tenant import jsontext
from auth0_local_tenant.api_errors import ApiError
from auth0_local_tenant.faults import Fault, FaultError
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.options import OptionsError
from auth0_local_tenant.seed import SeedError, plant
from auth0_local_tenant.tenant import Tenant

_OWN_SITE = {None, "same-origin", "none"}  # of Sec-Fetch-Site


def guard(tenant: Tenant) -> Callable[[], Response | None]:
    """Return a check, to run before a request, that refuses other sites' pages and rebound host names.

    A browser tells where a request comes from (Origin, Sec-Fetch-Site) and which name it believed to connect to
    (Host). Programs such as curl send neither of the former and pass.
    """
    port = urlsplit(tenant.domain).port
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    scheme = urlsplit(tenant.domain).scheme

    def check() -> Response | None:
        origin = request.headers.get("Origin")
        if request.headers.get("Host") not in hosts:
            return _refusal(403, f"this tenant answers as {' and '.join(sorted(hosts))} only")
        if origin is not None and origin not in {f"{scheme}://{host}" for host in hosts}:
            return _refusal(403, f"not for pages of another site ({origin})")
        if request.headers.get("Sec-Fetch-Site") not in _OWN_SITE and request.method != "GET":
            return _refusal(403, "not for pages of another site")
        return None

    return check


def reset(tenant: Tenant, gateway: Gateway) -> None:
    """Make the tenant a fresh one, without journal and faults; settings and credentials stay."""
    tenant.reset()
    gateway.journal.clear()
    gateway.faults.clear()


def create_control(tenant: Tenant, gateway: Gateway) -> Blueprint:
    """Return the blueprint of the control prefix."""
    blueprint = Blueprint("control", __name__, url_prefix="/_tenant")
    blueprint.before_request(guard(tenant))
    journal, faults = gateway.journal, gateway.faults

    def set_options() -> Response:
        tenant.options = tenant.options.updated(_object())
        return _json(tenant.options.as_json())

    def add_client() -> Response:
        scopes = _object().get("scopes")
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise _RefusedError("scopes: expected a list of strings")
        client_id, secret = tenant.issue_client("limited application", scopes)
        return _json({"client_id": client_id, "client_secret": secret}, 201)

    views: Sequence[tuple[str, Callable[[], Response]]] = (
        ("POST /reset", lambda: _done(reset, tenant, gateway)),
        ("POST /seed", lambda: _done(plant, tenant, _object())),
        ("GET /journal", lambda: _json([entry.as_json() for entry in journal.entries()])),
        ("DELETE /journal", lambda: _done(journal.clear)),
        ("GET /faults", lambda: _json(faults.listed())),
        ("POST /faults", lambda: _done(faults.add, Fault.from_json(_object()))),
        ("DELETE /faults", lambda: _done(faults.clear)),
        ("GET /options", lambda: _json(tenant.options.as_json())),
        ("POST /options", set_options),
        ("GET /state", lambda: _json(tenant.dump())),
        ("POST /clients", add_client),
    )
    for rule, view in views:
        method, path = rule.split(" ")
        blueprint.add_url_rule(path, endpoint=rule.replace("/", ""), view_func=view, methods=[method])
    for kind in (SeedError, OptionsError, FaultError, ApiError, _RefusedError):
        blueprint.register_error_handler(kind, lambda error: _refusal(400, str(error)))
    return blueprint


class _RefusedError(ValueError):
    """A request that the control prefix can't take."""


def _object() -> jsontext.JsonObject:
    try:
        value = jsontext.load(request.get_data() or b"{}")
    except jsontext.InvalidJsonError as error:
        raise _RefusedError(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _RefusedError("the body is not an object")
    return value


def _done(action: Callable[..., None], *arguments: object) -> Response:
    action(*arguments)
    return Response(status=204)


def _json(value: object, status: int = 200) -> Response:
    return Response(jsontext.dump_bytes(value), status, content_type="application/json; charset=utf-8")


def _refusal(status: int, message: str) -> Response:
    return _json({"error": message}, status)
