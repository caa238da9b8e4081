"""The APIs that belong to the vendor: their identifiers, names and permissions.

A tenant always has the Management API. The My Account API and the Okta OIN Express Configuration API come into
being when somebody POSTs their identifier, whatever name is sent (recorded). Which permissions the My Account
API answers with at creation, and the descriptions of any but the Management API's, are NOT RECORDED here; their
numbers are: three in the answer to the POST, eight in the GET right after it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import cast

__all__ = ["SystemApi", "creatable", "management_api", "management_api_scopes"]

_SCOPES: Mapping[str, Sequence[dict[str, str]]] = json.loads(
    (resources.files("auth0_local_tenant") / "data/system-api-scopes.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class SystemApi:
    """A vendor's API: what it is called and what it starts with."""

    identifier: str
    name: str
    token_lifetime_s: int
    scopes: Sequence[dict[str, str]]
    scopes_on_creation: Sequence[dict[str, str]]

    def document(self) -> dict[str, object]:
        """Return its settings with all of its permissions, but no id."""
        return {
            "name": self.name,
            "identifier": self.identifier,
            "allow_offline_access": False,
            "skip_consent_for_verifiable_first_party_clients": False,
            "subject_type_authorization": {
                "client": {"policy": "require_client_grant"},
                "user": {"policy": "allow_all"},
            },
            "token_lifetime": self.token_lifetime_s,
            "token_lifetime_for_web": min(7200, self.token_lifetime_s),
            "signing_alg": "RS256",
            "scopes": list(self.scopes),
            "is_system": True,
        }


def management_api(domain: str) -> SystemApi:
    """Return the Management API of the tenant at `domain`, without its permissions."""
    return SystemApi(f"{domain}/api/v2/", "Auth0 Management API", 86400, (), ())


def management_api_scopes() -> Sequence[dict[str, str]]:
    """Return the 273 permissions of a real Management API, in its order; their origin is in the data file."""
    data = json.loads((resources.files("auth0_local_tenant") / "data/management-api-scopes.json").read_text())
    return cast("list[dict[str, str]]", data["scopes"])


def creatable(identifier: str, domain: str) -> SystemApi | None:
    """Return the system API that a POST of `identifier` brings into being, or None."""
    if identifier == f"{domain}/me/":
        return SystemApi(identifier, "Auth0 My Account API", 600, _SCOPES["my_account"], _SCOPES["my_account"][:3])
    if identifier == "urn:auth0:express-configure":
        scopes = _SCOPES["express_configure"]
        return SystemApi(identifier, "Okta OIN Express Configuration API", 86400, scopes, scopes)
    return None
