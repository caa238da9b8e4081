"""The page's views: plain forms, rendered here, no script.

What a form changes goes through the Management API like anybody's change (`Gateway.call`), so that there is one code
path, the same validation, and an entry in the journal and in the tenant's log.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import resources
from typing import cast, get_args
from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from auth0_local_tenant import jsontext
from auth0_local_tenant.api_errors import ApiError
from auth0_local_tenant.control import guard
from auth0_local_tenant.faults import Action, Fault, FaultError
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.journal import JournalEntry
from auth0_local_tenant.models.resource_servers import ResourceServer, Scope
from auth0_local_tenant.models.tokens import Bearer
from auth0_local_tenant.options import OptionsError
from auth0_local_tenant.page.access import api_holders, role_rows
from auth0_local_tenant.tenant import Tenant
from auth0_local_tenant.urls import ENDPOINTS

PAGE_CLIENT_ID = "tenant-page"

_CALLER = Bearer(PAGE_CLIENT_ID, frozenset({"read:resource_servers", "update:resource_servers"}))
_JSON_FIELDS = {"status", "delay_s", "times", "rival_patch"}  # of the form for a fault
_ASSET_TYPES = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
_JOURNAL_PAGE = 50  # entries
_SHOWN_BODY = 20_000  # characters of a body; the control prefix has all of it

_HEADERS = {
    # No script at all, styles from the one file, forms to this site only.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

# What a redirect after a change tells; the value comes from the query and is escaped like everything else.
_DONE = {
    "deleted": "Permission deleted",
    "added": "Permission added",
    "described": "Description saved",
    "gone": "Nothing was changed, the permission was gone already",
}


def create_page(tenant: Tenant, gateway: Gateway) -> Blueprint:
    """Return the blueprint of the page."""
    blueprint = Blueprint("page", __name__, template_folder="templates")
    blueprint.before_request(guard(tenant))
    blueprint.after_request(_harden)
    views = _Views(tenant, gateway)
    rules: tuple[tuple[str, str, Callable[..., str | AnyResponse]], ...] = (
        ("GET", "/", views.apis),
        ("GET", "/apis/<segment:api_id>", views.settings),
        ("GET", "/apis/<segment:api_id>/permissions", views.permissions),
        ("POST", "/apis/<segment:api_id>/permissions", views.add),
        ("GET", "/apis/<segment:api_id>/permissions/delete", views.confirm_delete),
        ("POST", "/apis/<segment:api_id>/permissions/delete", views.delete),
        ("GET", "/apis/<segment:api_id>/permissions/edit", views.edit),
        ("POST", "/apis/<segment:api_id>/permissions/edit", views.describe),
        ("GET", "/apis/<segment:api_id>/holders", views.api_holders),
        ("GET", "/holders", views.holders),
        ("GET", "/journal", views.journal),
        ("POST", "/journal/clear", views.clear_journal),
        ("GET", "/settings", views.controls),
        ("POST", "/settings/options", views.set_options),
        ("POST", "/settings/faults", views.add_fault),
        ("POST", "/settings/faults/clear", views.clear_faults),
        ("GET", "/assets/<any('style.css', 'icon.svg'):name>", views.asset),
    )
    for method, rule, view in rules:
        blueprint.add_url_rule(rule, endpoint=view.__name__, view_func=view, methods=[method])
    blueprint.register_error_handler(ApiError, views.refused)
    return blueprint


def _harden(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


class _Views:
    def __init__(self, tenant: Tenant, gateway: Gateway) -> None:
        self._tenant = tenant
        self._gateway = gateway

    def apis(self) -> str:
        return self._render("apis.html", "apis", apis=[api.document for api in self._tenant.resource_servers.all()])

    def settings(self, api_id: str) -> str:
        return self._api("settings.html", "settings", self._tenant.resource_servers.get(api_id))

    def permissions(self, api_id: str) -> str:
        api = self._tenant.resource_servers.get(api_id)
        message = _DONE.get(request.args.get("done", ""), "")
        return self._permissions(api, message=message, about=request.args.get("value", ""))

    def add(self, api_id: str) -> str | AnyResponse:
        api = self._tenant.resource_servers.get(api_id)
        value, description = request.form.get("value", ""), request.form.get("description", "")
        new: Scope = {"value": value} | ({"description": description} if description else {})
        if problem := self._patch(api, [*api.scopes, new]):
            return self._permissions(api, problem=problem, form={"value": value, "description": description})
        return self._back(api, "added", value)

    def confirm_delete(self, api_id: str) -> str | AnyResponse:
        return self._about_one(api_id, "delete.html")

    def delete(self, api_id: str) -> str | AnyResponse:
        api = self._tenant.resource_servers.get(api_id)
        value = request.args.get("value", "")
        kept = [scope for scope in api.scopes if scope["value"] != value]
        if len(kept) == len(api.scopes):
            return self._back(api, "gone", value)
        if problem := self._patch(api, kept):
            return self._permissions(api, problem=problem)
        return self._back(api, "deleted", value)

    def edit(self, api_id: str) -> str | AnyResponse:
        return self._about_one(api_id, "edit.html")

    def describe(self, api_id: str) -> str | AnyResponse:
        api = self._tenant.resource_servers.get(api_id)
        value, description = request.args.get("value", ""), request.form.get("description", "")
        if all(scope["value"] != value for scope in api.scopes):
            return self._back(api, "gone", value)
        changed = [{**scope, "description": description} if scope["value"] == value else scope for scope in api.scopes]
        if problem := self._patch(api, changed):
            return self._about_one(api_id, "edit.html", problem=problem, description=description)
        return self._back(api, "described", value)

    def api_holders(self, api_id: str) -> str:
        api = self._tenant.resource_servers.get(api_id)
        return self._api("api-holders.html", "holders", api, holders=api_holders(self._tenant, api))

    def holders(self) -> str:
        apis = self._tenant.resource_servers.all()
        grants = [(api, grant) for api in apis for grant in api_holders(self._tenant, api).grants]
        return self._render("holders.html", "holders", roles=role_rows(self._tenant), grants=grants)

    def journal(self) -> str:
        page = max(0, request.args.get("page", 0, type=int))
        writes = "1" if request.args.get("writes") else None
        start = page * _JOURNAL_PAGE
        entries, total = self._gateway.journal.newest(start, _JOURNAL_PAGE, writes_only=writes is not None)
        names = {**self._tenant.clients.names(), PAGE_CLIENT_ID: "this page", "rival-writer": "rival (fault)"}
        return self._render(
            "journal.html",
            "journal",
            entries=[_shown(entry, names) for entry in entries],
            total=total,
            writes=writes,
            page=page,
            pages=-(-total // _JOURNAL_PAGE),
        )

    def clear_journal(self) -> AnyResponse:
        self._gateway.journal.clear()
        return redirect(url_for("page.journal"), 303)

    def controls(self, problem: str = "", form: Mapping[str, str] | None = None) -> str:
        endpoints: dict[str, list[str]] = defaultdict(list)
        for endpoint in ENDPOINTS:
            endpoints[endpoint.path.replace("<segment:id>", "{id}")].append(endpoint.method)
        options = {name: jsontext.dump(value) for name, value in self._tenant.options.as_json().items()}
        return self._render(
            "controls.html",
            "controls",
            problem=problem,
            form=form or {},
            actions=get_args(Action),
            faults=self._gateway.faults.listed(),
            options=options,
            endpoints=endpoints,
        )

    def set_options(self) -> str | AnyResponse:
        try:
            values = {name: jsontext.load(text) for name, text in request.form.items()}
            self._tenant.options = self._tenant.options.updated(values)
        except (jsontext.InvalidJsonError, OptionsError) as error:
            return self.controls(str(error))
        return redirect(url_for("page.controls"), 303)

    def add_fault(self) -> str | AnyResponse:
        try:
            filled = ((name, text) for name, text in request.form.items() if text)
            values = {name: jsontext.load(text) if name in _JSON_FIELDS else text for name, text in filled}
            self._gateway.faults.add(Fault.from_json(values))
        except (jsontext.InvalidJsonError, FaultError) as error:
            return self.controls(str(error), request.form)
        return redirect(url_for("page.controls"), 303)

    def clear_faults(self) -> AnyResponse:
        self._gateway.faults.clear()
        return redirect(url_for("page.controls"), 303)

    def asset(self, name: str) -> Response:
        content = (resources.files("auth0_local_tenant") / "page" / "assets" / name).read_bytes()
        return Response(content, content_type=_ASSET_TYPES[name])

    def refused(self, error: ApiError) -> tuple[str, int]:
        return self._render("error.html", "", message=error.message), error.status

    def _about_one(self, api_id: str, template: str, **values: object) -> str | AnyResponse:
        api = self._tenant.resource_servers.get(api_id)
        value = request.args.get("value", "")
        found = api_holders(self._tenant, api)
        row = found.permission(value)
        if row is None:
            return self._back(api, "gone", value)
        defaults: dict[str, object] = {"problem": "", "description": row.description}
        return self._api(template, "permissions", api, row=row, everything=found.everything, **{**defaults, **values})

    def _permissions(
        self,
        api: ResourceServer,
        *,
        message: str = "",
        about: str = "",
        problem: str = "",
        form: dict[str, str] | None = None,
    ) -> str:
        found = api_holders(self._tenant, api)
        search = request.args.get("q", "").strip()
        wanted = search.casefold()
        return self._api(
            "permissions.html",
            "permissions",
            api,
            holders=found,
            rows=[row for row in found.permissions if wanted in f"{row.value}\n{row.description}".casefold()],
            search=search,
            message=message,
            about=about,
            problem=problem,
            form=form or {"value": "", "description": ""},
        )

    def _patch(self, api: ResourceServer, scopes: list[Scope]) -> str:
        """Replace an API's permissions the way any client does; return the refusal's sentence, or ""."""
        path = f"/api/v2/resource-servers/{quote(api.id, safe='')}"
        reply = self._gateway.call("PATCH", path, jsontext.dump_bytes({"scopes": scopes}), _CALLER)
        if reply.code == 200:
            return ""
        return str(cast("jsontext.JsonObject", jsontext.load(reply.body))["message"])

    def _back(self, api: ResourceServer, done: str, value: str) -> AnyResponse:
        return redirect(url_for("page.permissions", api_id=api.id, done=done, value=value), 303)

    def _api(self, template: str, tab: str, api: ResourceServer, **values: object) -> str:
        return self._render(template, "apis", api=api, document=api.document, tab=tab, **values)

    def _render(self, template: str, place: str, **values: object) -> str:
        return render_template(template, place=place, domain=self._tenant.domain, **values)


def _shown(entry: JournalEntry, names: dict[str, str]) -> dict[str, object]:
    client = entry.client_id or ""
    return {
        "entry": entry,
        "time": datetime.fromtimestamp(entry.time, UTC).strftime("%H:%M:%S.%f")[:-3],
        "moment": datetime.fromtimestamp(entry.time, UTC).isoformat(),
        "client": names.get(client, client),
        "request": _pretty(entry.request_body),
        "response": _pretty(entry.response_body),
    }


def _pretty(body: object) -> str:
    if body is None:
        return ""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    if len(text) > _SHOWN_BODY:
        return f"{text[:_SHOWN_BODY]}\n… ({len(text)} characters in all; GET /_tenant/journal has the rest)"
    return text
