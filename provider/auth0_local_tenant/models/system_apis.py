"""The APIs that belong to the vendor: their identifiers, names and permissions.

A tenant always has the Management API. The My Account API and the Okta OIN Express Configuration API come into
being when somebody POSTs their identifier, whatever name is sent (recorded, and so are the lifetimes of 600 and 86400
seconds, the permissions of the latter, and that the former has three in the answer to the POST and eight in the GET
right after it). The access policies of the My Account API are those of auth0.com/docs/manage-users/my-account-api.
NOT RECORDED: which three come first, the descriptions of both, and the policies of the latter.
"""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import cast

Policies = Mapping[str, Mapping[str, str]]

POLICIES: Policies = {"client": {"policy": "require_client_grant"}, "user": {"policy": "allow_all"}}  # of any new API
_MY_ACCOUNT_POLICIES: Policies = {"client": {"policy": "deny_all"}, "user": {"policy": "require_client_grant"}}

_SCOPES: Mapping[str, Sequence[dict[str, str]]] = json.loads(
    (resources.files("auth0_local_tenant") / "data/system-api-scopes.json").read_text(encoding="utf-8")
)


def _document(
    identifier: str,
    name: str,
    scopes: Sequence[dict[str, str]],
    token_lifetime_s: int = 86400,
    policies: Policies = POLICIES,
) -> dict[str, object]:
    return {
        "name": name,
        "identifier": identifier,
        "allow_offline_access": False,
        "skip_consent_for_verifiable_first_party_clients": False,
        "subject_type_authorization": policies,
        "token_lifetime": token_lifetime_s,
        "token_lifetime_for_web": min(7200, token_lifetime_s),
        "signing_alg": "RS256",
        "scopes": list(scopes),
        "is_system": True,
    }


def management_api(domain: str) -> dict[str, object]:
    """Return the Management API of the tenant at `domain`: its settings, without id and permissions."""
    return _document(f"{domain}/api/v2/", "Auth0 Management API", ())


def management_api_scopes() -> Sequence[dict[str, str]]:
    """Return the 273 permissions of a real Management API, in its order; their origin is in the data file."""
    data = json.loads((resources.files("auth0_local_tenant") / "data/management-api-scopes.json").read_text())
    return cast("list[dict[str, str]]", data["scopes"])


def creatable(identifier: str, domain: str) -> tuple[dict[str, object], int] | None:
    """Return the system API that a POST brings into being, and how many permissions its answer has; or None."""
    if identifier == f"{domain}/me/":
        scopes = _SCOPES["my_account"]
        return _document(identifier, "Auth0 My Account API", scopes, 600, _MY_ACCOUNT_POLICIES), 3
    if identifier == "urn:auth0:express-configure":
        scopes = _SCOPES["express_configure"]
        return _document(identifier, "Okta OIN Express Configuration API", scopes), len(scopes)
    return None
