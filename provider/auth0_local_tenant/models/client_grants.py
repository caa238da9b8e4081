"""Client grants: which application may ask for which permissions of an API.

Recorded: scopes are not checked against the API, by POST or by PATCH; a PATCH of `scope` replaces the list;
`allow_all_scopes` makes `scope` disappear, and switching it off brings it back as []; a grant with `default_for`
has no client; lists are in the order of the ids; DELETE is content with a grant that is not there.
"""

from collections.abc import Mapping
from typing import cast

from auth0_local_tenant import api_errors, bodies
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.clients import Clients
from auth0_local_tenant.models.documents import Documents
from auth0_local_tenant.models.resource_servers import ResourceServers
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store

_ANSWER_KEYS = bodies.ANSWER_KEYS["client_grant"]

GRANT_FILTERS = ("audience", "client_id", "subject_type", "default_for", "allow_any_organization")


class ClientGrants(Documents):
    """The tenant's client grants."""

    def __init__(self, store: Store, ids: IdSource, resource_servers: ResourceServers, clients: Clients) -> None:
        super().__init__(store, "client_grant")
        self._ids = ids
        self._resource_servers = resource_servers
        self._clients = clients

    def create(self, body: JsonObject, *, fixed_id: str | None = None) -> JsonObject:
        """Create a grant and return the answer.

        Raises:
            ApiError: 404 if API or application do not exist, 409 if the application has a grant for this API and
                subject type; 400 if neither `client_id` nor `default_for` is sent, or `allow_all_scopes` is sent
                with scopes or for a system API (the last by pulumi/pulumi-auth0 issue 1069). All NOT RECORDED.
        """
        audience = str(body["audience"])
        api = self._resource_servers.find(audience)
        if api is None or api.identifier != audience:
            # auth0/auth0-deploy-cli issues 29 and 59
            raise api_errors.ApiError(404, f"No resource with identifier {audience}")
        if ("client_id" in body) == ("default_for" in body):
            raise api_errors.invalid_body("Exactly one of client_id and default_for is required")
        client_id = body.get("client_id")
        if isinstance(client_id, str):
            self._clients.get(client_id)
        if "allow_all_scopes" in body:
            _check_allow_all(body, is_system=api.is_system)
        values = {
            "scope": [],
            "subject_type": "client",
            **body,
            "id": fixed_id or self._ids.new("client_grant"),
        }
        self._refuse_repetition(values)
        document = _answer(values)
        self.put(str(values["id"]), document)
        return document

    def matching(self, criteria: Mapping[str, str]) -> list[JsonObject]:
        """Return the grants that match, by id."""
        audience = criteria.get("audience")
        return [
            document
            for document in (self.all("id") if audience is None else self.where("audience", audience))
            if all(_comparable(document.get(name)) == criteria[name] for name in GRANT_FILTERS if name in criteria)
        ]

    def update(self, grant_id: str, body: JsonObject, *, within_api: bool) -> JsonObject:
        """Change a grant and return it.

        Args:
            grant_id: its id.
            body: checked request body; null takes a key away, and makes `scope` an empty list (NOT RECORDED).
            within_api: refuse scopes that the API lacks, as the vendor's support describes.

        Raises:
            ApiError: 404 if there is none; 400 as for `create`, and for a scope outside the API if asked for.
        """
        before = self.get(grant_id)
        api = self._resource_servers.find(str(before["audience"]))
        if "allow_all_scopes" in body:
            _check_allow_all(body, is_system=api is not None and api.is_system)
        if within_api and body.get("scope"):
            known = {scope["value"] for scope in api.scopes} if api else set()
            if not set(cast("list[str]", body["scope"])) <= known:
                raise api_errors.ApiError(
                    400,
                    "Payload validation error: scope must be a subset of resource server scopes",
                    "invalid_body",
                )
        values = {**before, **body}
        if values.get("scope") is None:
            values["scope"] = []
        document = _answer(values)
        self.put(grant_id, document)
        return document

    def forget(self, key: str, value: str) -> None:
        """Drop the grants of an application (`client_id`) or an API (`audience`) that goes. NOT RECORDED."""
        for grant in self.where(key, value):
            self.remove(str(grant["id"]))

    def _refuse_repetition(self, values: JsonObject) -> None:
        if self.find(str(values["id"])):
            raise api_errors.conflict(f"A client grant with the id {values['id']} already exists")
        same = ("audience", "client_id", "default_for", "subject_type")
        for other in self.matching({"audience": str(values["audience"])}):
            if all(other.get(key) == values.get(key) for key in same):
                # The sentence: auth0/terraform-provider-auth0 issue 255.
                holder = values.get("client_id") or values.get("default_for")
                raise api_errors.conflict(f"A client grant already exists between {holder} and {values['audience']}")


def _comparable(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _check_allow_all(body: JsonObject, *, is_system: bool) -> None:
    if is_system:
        raise api_errors.invalid_request("`allow_all_scopes` cannot be provided when `audience` is a system API")
    if body["allow_all_scopes"] and body.get("scope"):
        raise api_errors.invalid_body("allow_all_scopes and scope can not be sent together")


def _answer(values: Mapping[str, object]) -> JsonObject:
    document = {key: values[key] for key in _ANSWER_KEYS if values.get(key) is not None}
    if document.get("allow_all_scopes"):
        document.pop("scope", None)
    return document
