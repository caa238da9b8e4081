"""Access tokens by client credentials, for the Management API and for any other API of the tenant.

A token keeps the permissions it was issued with until it expires, whatever happens to the API or the grant
meanwhile: that is what "issued tokens still carry a deleted permission" looks like.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from auth0_local_tenant import api_errors, jsontext
from auth0_local_tenant.models.client_grants import ClientGrants
from auth0_local_tenant.models.clients import Clients
from auth0_local_tenant.models.resource_servers import ResourceServer, ResourceServers
from auth0_local_tenant.options import TenantOptions
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls, and with which permissions."""

    client_id: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Tokens:
    """Issues and checks access tokens."""

    _store: Store
    _ids: IdSource
    _domain: str
    _clients: Clients
    _client_grants: ClientGrants
    _resource_servers: ResourceServers
    _options: Callable[[], TenantOptions]

    @property
    def audience(self) -> str:
        """The identifier of the Management API."""
        return f"{self._domain}/api/v2/"

    def issue(
        self, client_id: str, client_secret: str, audience: str, *, assertion: str | None = None
    ) -> tuple[str, int]:
        """Issue a token to an application; return it and its lifetime in seconds.

        What it has signed (`assertion`) counts instead of the secret.

        The Management API is known under both schemes, because most clients build its identifier as
        `https://<domain>/api/v2/` from a bare domain.

        Raises:
            TokenError: 401 for unknown credentials, 403 for an API that does not exist or that the application
                has no grant for. NOT RECORDED; the sentences are those that the vendor's users quote.
        """
        known = (
            self._clients.authenticate(client_id, client_secret)
            if assertion is None
            else self._clients.authenticate_by_assertion(client_id, assertion, f"{self._domain}/")
        )
        if not known:
            raise api_errors.TokenError(401, "access_denied", "Unauthorized")
        if audience.partition("://")[2] == self.audience.partition("://")[2]:
            audience = self.audience
        api = self._resource_servers.find(audience)
        if api is None or api.identifier != audience:
            # auth0/lock issue 842; auth0/terraform-provider-auth0 issue 951: "Service not enabled within domain: …"
            raise api_errors.TokenError(403, "access_denied", f"Service not found: {audience}")
        scopes = self._granted(client_id, api)
        now = self._options().clock()
        lifetime_s = self._lifetime_s(api)
        token = self._sign(
            {
                "iss": f"{self._domain}/",
                "sub": f"{client_id}@clients",
                "aud": audience,
                "iat": int(now),
                "exp": int(now) + lifetime_s,
                "scope": " ".join(scopes),
                "gty": "client-credentials",
                "azp": client_id,
                "jti": self._ids.new("client"),
            }
        )
        self._store.write("DELETE FROM tokens WHERE expires_at <= ?", (now - 3600,))
        self._store.write(
            "INSERT INTO tokens (digest, client_id, audience, scope, expires_at) VALUES (?, ?, ?, ?, ?)",
            (_digest(token), client_id, audience, " ".join(scopes), now + lifetime_s),
        )
        return token, lifetime_s

    def check(self, authorization: str | None) -> Bearer:
        """Return who a request's Authorization header stands for.

        Raises:
            ApiError: 401 if the token is missing, unknown, expired or for another API; 400 if the header is not
                `Bearer <token>`.
        """
        if not authorization:
            raise api_errors.unauthorized("Missing authentication")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or " " in token.strip():
            raise api_errors.bad_authorization_header()
        row = self._store.one(
            "SELECT client_id, audience, scope, expires_at FROM tokens WHERE digest = ?",
            (_digest(token.strip()),),
        )
        if row is None:
            is_jwt = token.count(".") == 2
            raise api_errors.unauthorized("Invalid token") if is_jwt else api_errors.bad_authorization_header()
        client_id, audience, scope, expires_at = row
        if isinstance(expires_at, float) and expires_at <= self._options().clock():
            raise api_errors.unauthorized("Expired token received for JSON Web Token validation")
        if audience != self.audience:
            raise api_errors.unauthorized(f"Bad audience: {audience}")
        return Bearer(str(client_id), frozenset(str(scope).split(" ")))

    def expire_all(self) -> None:
        """Make every token that was issued so far an expired one."""
        self._store.write("UPDATE tokens SET expires_at = ?", (self._options().clock(),))

    def _granted(self, client_id: str, api: ResourceServer) -> list[str]:
        wanted = {"audience": api.identifier, "client_id": client_id, "subject_type": "client"}
        for grant in self._client_grants.matching(wanted):
            every = [scope["value"] for scope in api.scopes]
            return every if grant.get("allow_all_scopes") else cast("list[str]", grant.get("scope", []))
        raise api_errors.TokenError(
            403,
            "access_denied",
            f'Client is not authorized to access "{api.identifier}". You need to create a "client-grant" '
            "associated to this API. See: "
            "https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants",
        )

    def _lifetime_s(self, api: ResourceServer) -> int:
        if api.identifier == self.audience:
            return self._options().token_lifetime_s
        lifetime = api.document.get("token_lifetime")
        return lifetime if isinstance(lifetime, int) else 86400

    def _sign(self, claims: dict[str, object]) -> str:
        secret = self._store.kept("signing_secret", self._ids.new("secret"))
        head = _part({"alg": "HS256", "typ": "JWT"})
        payload = f"{head}.{_part(claims)}"
        signature = hmac.digest(secret.encode(), payload.encode(), hashlib.sha256)
        return f"{payload}.{_base64(signature)}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(value: dict[str, object]) -> str:
    return _base64(jsontext.dump_bytes(value))
