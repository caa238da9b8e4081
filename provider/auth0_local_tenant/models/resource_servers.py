"""APIs (resource servers) and their permissions (scopes).

Behaviour is that of the recordings, unless a docstring says NOT RECORDED: defaults and key order of an answer,
`scopes` absent until it is first sent, lists replaced whole and returned in the order sent, identifiers usable
in place of ids, DELETE of what is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote

from auth0_local_tenant import api_errors, bodies, jsontext
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models import system_apis
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Row, Store

Scope = dict[str, str]  # "value", and "description" if one was sent

_ANSWER_KEYS = bodies.ANSWER_KEYS["resource_server"]

_DEFAULT_TOKEN_LIFETIME_S = 86400
_DEFAULT_TOKEN_LIFETIME_FOR_WEB_S = 7200


@dataclass(frozen=True, slots=True)
class ResourceServer:
    """An API as stored: `text` is the JSON of its answer."""

    id: str
    identifier: str
    is_system: bool
    text: str

    @property
    def document(self) -> JsonObject:
        """The answer, decoded anew at each call."""
        return jsontext.load_object(self.text)

    @property
    def scopes(self) -> list[Scope]:
        """The permissions in their order; empty also where the API has no such key."""
        return cast("list[Scope]", self.document.get("scopes", []))

    @property
    def name(self) -> str:
        """The name, or "" where there is none."""
        return str(self.document.get("name", ""))


def _from_row(row: Row) -> ResourceServer:
    identifier, key, is_system, text = row
    return ResourceServer(str(identifier), str(key), bool(is_system), str(text))


def _answer(values: Mapping[str, object]) -> JsonObject:
    """Return `values` in the order of an answer; a null takes the key away (recorded for three of them)."""
    return {key: values[key] for key in _ANSWER_KEYS if values.get(key) is not None}


@dataclass(frozen=True)
class ResourceServers:
    """The tenant's APIs."""

    _store: Store
    _ids: IdSource
    _domain: str

    def find(self, reference: str) -> ResourceServer | None:
        """Return the API with this id or identifier, or None.

        A reference that is still escaped after one decoding is decoded once more: the recordings answer
        `https:%252F%252F...` with the same object.
        """
        for candidate in dict.fromkeys((reference, unquote(reference))):
            row = self._store.one(
                "SELECT id, identifier, is_system, document FROM resource_servers WHERE id = ? OR identifier = ?",
                (candidate, candidate),
            )
            if row is not None:
                return _from_row(row)
        return None

    def get(self, reference: str) -> ResourceServer:
        """Return the API with this id or identifier, or raise ApiError: 404 if there is none."""
        found = self.find(reference)
        if found is None:
            raise api_errors.missing("resource_server")
        return found

    def all(self) -> list[ResourceServer]:
        """Return all APIs in the order of creation."""
        rows = self._store.all("SELECT id, identifier, is_system, document FROM resource_servers ORDER BY position")
        return [_from_row(row) for row in rows]

    def page(self, start: int, limit: int, identifiers: Sequence[str]) -> tuple[list[str], int]:
        """Return the texts of up to `limit` APIs from item `start`, and how many there are.

        The order is that of creation; NOT RECORDED.
        """
        marks = ",".join("?" * len(identifiers))
        where = f" WHERE identifier IN ({marks})" if identifiers else ""
        rows = self._store.all(
            f"SELECT document FROM resource_servers{where} ORDER BY position LIMIT ? OFFSET ?",  # noqa: S608
            (*identifiers, limit, start),
        )
        total = self._store.all(f"SELECT 1 FROM resource_servers{where}", identifiers)  # noqa: S608
        return [str(row[0]) for row in rows], len(total)

    def create(self, body: object, *, fixed_id: str | None = None) -> JsonObject:
        """Create an API and return the answer.

        Raises:
            ApiError: 400 if the body breaks its schema, 409 if the identifier or id is taken.
        """
        values = bodies.checked("create_resource_server", body)
        identifier = str(values["identifier"])
        new_id = fixed_id or self._ids.new("resource_server")
        if self.find(identifier) or self.find(new_id):
            # NOT RECORDED: the OpenAPI description lists 409, but no recording shows one.
            raise api_errors.conflict("A resource server with the same identifier already exists")
        _check_lifetimes(values, None)
        if system := system_apis.creatable(identifier, self._domain):
            document, answered = system
            stored = _answer({**document, "id": new_id})
            self._insert(stored, is_system=True)
            return {**stored, "scopes": cast("list[Scope]", stored["scopes"])[:answered]}
        lifetime = values.get("token_lifetime", _DEFAULT_TOKEN_LIFETIME_S)
        sent = cast("JsonObject", values.get("subject_type_authorization", {}))
        stored = _answer(
            {
                "allow_offline_access": False,
                "skip_consent_for_verifiable_first_party_clients": False,
                "token_lifetime": lifetime,
                # The vendor: may not be greater than token_lifetime. That it is lowered is NOT RECORDED.
                "token_lifetime_for_web": min(_DEFAULT_TOKEN_LIFETIME_FOR_WEB_S, cast("int", lifetime)),
                "signing_alg": "RS256",
                **values,
                "subject_type_authorization": {**sent, **system_apis.POLICIES, **sent},
                "id": new_id,
            }
        )
        self._insert(stored, is_system=False)
        return stored

    def set_management_api(self, scopes: Sequence[Scope]) -> None:
        """Give the tenant its Management API, or other permissions to the one that is there."""
        document = {**system_apis.management_api(self._domain), "scopes": list(scopes)}
        if found := self.find(str(document["identifier"])):
            self._store_changed(found, {"scopes": list(scopes)})
        else:
            self._insert(_answer({**document, "id": self._ids.new("resource_server")}), is_system=True)

    def update(self, reference: str, body: object) -> tuple[JsonObject, list[str]]:
        """Change an API; return the answer and the values of the permissions that it lost.

        `scopes` replaces the whole list, every other key its own value; what is not sent stays. That leaving
        `scopes` out leaves the list alone, and leaving out a description drops it, is INFERRED.

        Raises:
            ApiError: 404 if there is no such API; 400 if the body breaks its schema, which is a narrower one for
                a system API (for its `scopes` by auth0/terraform-provider-auth0 issue 939, NOT RECORDED).
        """
        found = self.find(reference)
        is_system = found is not None and found.is_system
        schema = "update_system_resource_server" if is_system else "update_resource_server"
        values = bodies.checked(schema, body)
        _check_lifetimes(values, found)
        if found is None:
            raise api_errors.missing("resource_server")
        before = found.document
        stored = self._store_changed(found, values)
        return stored, _lost(before, stored)

    def link_client(self, reference: str, client_id: str | None) -> None:
        """Make an API answer with the application that stands for it, or with none."""
        if found := self.find(reference):
            self._store_changed(found, {"client_id": client_id})

    def delete(self, reference: str) -> ResourceServer | None:
        """Delete an API and return it; None, and no error, if there is no such API.

        Raises:
            ApiError: 400 for the Management API, which no tenant is without. NOT RECORDED.
        """
        found = self.find(reference)
        if found is None:
            return None
        if found.identifier == f"{self._domain}/api/v2/":
            raise api_errors.invalid_request("The Auth0 Management API can not be deleted")
        self._store.write("DELETE FROM resource_servers WHERE id = ?", (found.id,))
        return found

    def rename(self, found: ResourceServer, identifier: str) -> None:
        """Give a system API the identifier that follows from another domain."""
        self._store_changed(found, {"identifier": identifier})
        self._store.write("UPDATE resource_servers SET identifier = ? WHERE id = ?", (identifier, found.id))

    def _store_changed(self, found: ResourceServer, values: JsonObject) -> JsonObject:
        stored = _answer({**found.document, **values})
        self._store.write("UPDATE resource_servers SET document = ? WHERE id = ?", (jsontext.dump(stored), found.id))
        return stored

    def _insert(self, stored: JsonObject, *, is_system: bool) -> None:
        self._store.write(
            "INSERT INTO resource_servers (id, identifier, is_system, document) VALUES (?, ?, ?, ?)",
            (stored["id"], stored["identifier"], is_system, jsontext.dump(stored)),
        )


def _check_lifetimes(values: JsonObject, found: ResourceServer | None) -> None:
    """Refuse a lifetime for browsers above that of the API, as documented by the vendor; sentence NOT RECORDED."""
    before = found.document if found else {"token_lifetime": _DEFAULT_TOKEN_LIFETIME_S}
    lifetime = cast("int", values.get("token_lifetime", before["token_lifetime"]))
    if cast("int", values.get("token_lifetime_for_web", 0)) > lifetime:
        raise api_errors.invalid_request("token_lifetime_for_web can not be greater than token_lifetime")


def _lost(before: JsonObject, after: JsonObject) -> list[str]:
    if before.get("scopes") == after.get("scopes"):
        return []
    kept = {scope["value"] for scope in cast("list[Scope]", after.get("scopes", []))}
    return [scope["value"] for scope in cast("list[Scope]", before.get("scopes", [])) if scope["value"] not in kept]
