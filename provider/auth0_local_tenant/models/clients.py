"""Applications (clients).

The order of the first keys, their defaults, and how an API names its application, are those of go-auth0's recordings
TestClient_Delete and TestClient_CreateLinkedToResourceServer; the real answers have more. Keys that are not known here
are kept and answered, since the real ones are over a hundred.
"""

import hmac
from collections.abc import Mapping

from auth0_local_tenant import api_errors
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.documents import Documents
from auth0_local_tenant.models.resource_servers import ResourceServers
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store

_GRANT_TYPES = ("authorization_code", "implicit", "refresh_token", "client_credentials")


class Clients(Documents):
    """The tenant's applications, with their secrets."""

    def __init__(self, store: Store, ids: IdSource, resource_servers: ResourceServers) -> None:
        super().__init__(store, "client")
        self._ids = ids
        self._resource_servers = resource_servers

    def create(self, body: JsonObject, *, fixed_id: str | None = None) -> JsonObject:
        """Create an application and return it with its secret.

        An application of the type `resource_server` belongs to the API `resource_server_identifier`, which then
        answers with its `client_id`.

        Raises:
            ApiError: 409 if the id is taken; 400 if a `resource_server` names no API of the tenant.
        """
        client_id = fixed_id or self._ids.new("client")
        if self.find(client_id):
            raise api_errors.conflict(f"A client with the id {client_id} already exists")
        stands_for_api = body.get("app_type") == "resource_server"
        document: JsonObject = {
            "name": body["name"],
            "client_id": client_id,
            "client_secret": self._ids.new("secret"),
            "is_first_party": True,
            "oidc_conformant": stands_for_api,
            "grant_types": [] if stands_for_api else list(_GRANT_TYPES),
            **{key: value for key, value in body.items() if key != "client_id"},
        }
        if stands_for_api:
            if self._resource_servers.find(str(body.get("resource_server_identifier"))) is None:
                raise api_errors.invalid_request("The resource server of the client does not exist")
            self._resource_servers.link_client(str(body["resource_server_identifier"]), client_id)
        self.put(client_id, document)
        return document

    def update(self, client_id: str, body: JsonObject) -> JsonObject:
        """Change an application and return it; null takes a key away, or raise ApiError: 404 if there is none."""
        values = {**self.get(client_id), **body, "client_id": client_id}
        document = {key: value for key, value in values.items() if value is not None}
        self.put(client_id, document)
        return document

    def delete(self, client_id: str) -> None:
        """Delete an application and what links an API to it, if it is there (NOT RECORDED)."""
        if client := self.find(client_id):
            if client.get("app_type") == "resource_server":
                self._resource_servers.link_client(str(client["resource_server_identifier"]), None)
            self.remove(client_id)

    def authenticate(self, client_id: str, secret: str) -> bool:
        """Return whether this is an application's id and secret."""
        client = self.find(client_id)
        return client is not None and hmac.compare_digest(str(client["client_secret"]).encode(), secret.encode())

    def authenticate_by_assertion(self, client_id: str, assertion: str, audience: str) -> bool:
        """Return whether an application with this id has signed the assertion (`private_key_jwt`).

        Its public keys are those of `client_authentication_methods`, as the vendor documents them.
        """
        import jwt  # only here: few tenants are asked for it

        client = self.find(client_id) or {}
        methods = client.get("client_authentication_methods")
        by_key = methods.get("private_key_jwt") if isinstance(methods, Mapping) else None
        credentials = by_key.get("credentials") if isinstance(by_key, Mapping) else None
        for credential in credentials if isinstance(credentials, list) else ():
            try:
                claims = jwt.decode(
                    assertion,
                    credential["pem"],
                    algorithms=[credential.get("alg", "RS256")],
                    audience=audience,
                    issuer=client_id,
                    options={"require": ["exp", "iss", "sub", "aud", "jti"]},
                )
            except (jwt.PyJWTError, ValueError, TypeError, KeyError):
                continue
            return bool(claims["sub"] == client_id)
        return False


def without_secret(client: JsonObject) -> JsonObject:
    """Return an application as it is shown to whoever may not read secrets."""
    return {key: value for key, value in client.items() if key != "client_secret"}
