"""The Flask application: routing on raw path segments, and the service's own words for what it does not have.

WSGI decodes the path before an application sees it, and an identifier such as `https://api.example.com/a` then
falls apart at its slashes. So the gateway hands over the path as it came, Werkzeug matches it segment by segment,
and the converter below decodes each segment once.
"""

from urllib.parse import quote, unquote

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from auth0_local_tenant import api_errors
from auth0_local_tenant.control import create_control
from auth0_local_tenant.endpoint import error_response, unemulated, view
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.page import create_page
from auth0_local_tenant.page.escaping import as_it_is, body, visible
from auth0_local_tenant.routes.token import token_view
from auth0_local_tenant.tenant import Tenant
from auth0_local_tenant.urls import ENDPOINTS, UNEMULATED


class _Segment(BaseConverter):
    """One path segment, decoded once."""

    def to_python(self, value: str) -> str:
        return unquote(value)

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


def create_application(tenant: Tenant, gateway: Gateway) -> Flask:
    """Return the application that answers for a tenant."""
    app = Flask("auth0_local_tenant", static_folder=None)
    app.jinja_env.finalize = visible
    app.jinja_env.filters |= {"as_it_is": as_it_is, "body": body}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.converters["segment"] = _Segment
    app.url_map.merge_slashes = False
    views = [((endpoint.method,), endpoint.path, view(tenant, endpoint)) for endpoint in ENDPOINTS]
    for methods, path, function in (*views, *((*rule, unemulated) for rule in UNEMULATED)):
        app.add_url_rule(
            f"/api/v2{path}",
            endpoint=f"{'|'.join(methods)} {path}",
            view_func=function,
            methods=methods,
            provide_automatic_options=False,
        )
    app.add_url_rule("/oauth/token", endpoint="token", view_func=token_view(tenant), methods=["POST"])
    app.register_blueprint(create_control(tenant, gateway))
    app.register_blueprint(create_page(tenant, gateway))
    app.register_error_handler(HTTPException, _refuse)
    return app


def _refuse(error: HTTPException) -> Response:
    if error.code in {404, 405}:
        return error_response(api_errors.unknown_path())
    return error_response(api_errors.ApiError(error.code or 500, error.description or error.name))
