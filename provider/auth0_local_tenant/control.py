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
from auth0_local_tenant.errors import ApiError
from auth0_local_tenant.faults import Fault, FaultError
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.options import OptionsError
from auth0_local_tenant.seed import SeedError, plant
from auth0_local_tenant.tenant import Tenant

__all__ = ["create_control", "guard", "reset"]

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
    control = _Control(tenant, gateway)
    for rule, view in control.views():
        method, path = rule.split(" ")
        blueprint.add_url_rule(path, endpoint=rule.replace("/", ""), view_func=view, methods=[method])
    for kind in (SeedError, OptionsError, FaultError, ApiError, _RefusedError):
        blueprint.register_error_handler(kind, lambda error: _refusal(400, str(error)))
    return blueprint


class _Control:
    def __init__(self, tenant: Tenant, gateway: Gateway) -> None:
        self._tenant = tenant
        self._gateway = gateway

    def views(self) -> Sequence[tuple[str, Callable[[], Response]]]:
        return (
            ("POST /reset", self._reset),
            ("POST /seed", self._seed),
            ("GET /journal", self._journal),
            ("DELETE /journal", self._clear_journal),
            ("GET /faults", self._faults),
            ("POST /faults", self._add_fault),
            ("DELETE /faults", self._clear_faults),
            ("GET /options", self._options),
            ("POST /options", self._set_options),
            ("GET /state", self._state),
            ("POST /clients", self._add_client),
        )

    def _reset(self) -> Response:
        reset(self._tenant, self._gateway)
        return _done()

    def _seed(self) -> Response:
        plant(self._tenant, _object())
        return _done()

    def _journal(self) -> Response:
        return _json([entry.as_json() for entry in self._gateway.journal.entries()])

    def _clear_journal(self) -> Response:
        self._gateway.journal.clear()
        return _done()

    def _faults(self) -> Response:
        return _json(self._gateway.faults.listed())

    def _add_fault(self) -> Response:
        self._gateway.faults.add(Fault.from_json(_object()))
        return _done()

    def _clear_faults(self) -> Response:
        self._gateway.faults.clear()
        return _done()

    def _options(self) -> Response:
        return _json(self._tenant.options.as_json())

    def _set_options(self) -> Response:
        self._tenant.options = self._tenant.options.updated(_object())
        return self._options()

    def _state(self) -> Response:
        return _json(self._tenant.dump())

    def _add_client(self) -> Response:
        scopes = _object().get("scopes")
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise _RefusedError("scopes: expected a list of strings")
        client_id, secret = self._tenant.issue_client("limited application", scopes)
        return _json({"client_id": client_id, "client_secret": secret}, 201)


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


def _done() -> Response:
    return Response(status=204)


def _json(value: object, status: int = 200) -> Response:
    return Response(jsontext.dump_bytes(value), status, content_type="application/json; charset=utf-8")


def _refusal(status: int, message: str) -> Response:
    return _json({"error": message}, status)
