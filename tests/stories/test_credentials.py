"""Credentials as the official provider takes them."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from support.keys import key_pair, methods
from support.workspace import SCOPES, Workspace

CHANGED = {"read:orders": "Read orders", "write:orders": "Create and change orders", "new:orders": ""}


@pytest.mark.parametrize(("place", "algorithm"), [("configuration", "RS256"), ("environment", "PS256")])
def test_an_application_may_sign_instead_of_sending_a_secret(
    shop: Workspace, tenant: LocalTenant, place: str, algorithm: str
) -> None:
    """With a private key the change is applied, and the key is neither in the state nor in what is said."""
    private_key, _ = key_pair()
    tenant.seed(
        {
            "clients": [
                {
                    "client_id": "signs",
                    "name": "Signs",
                    "scopes": list(SCOPES),
                    "client_authentication_methods": methods(algorithm),
                }
            ]
        }
    )
    shop.environment |= {"AUTH0_CLIENT_ID": "signs", "AUTH0_CLIENT_SECRET": ""}
    if place == "environment":
        shop.environment |= {
            "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY": private_key,
            "AUTH0_CLIENT_ASSERTION_SIGNING_ALG": algorithm,
        }
    else:
        shop.pulumi("config", "set", "--secret", "auth0:clientAssertionPrivateKey", f"\n{private_key}")
        shop.config("auth0:clientAssertionSigningAlg", algorithm)
    shop.declare(CHANGED, arguments="unmanaged='keep'")

    output = shop.up("--skip-preview").output

    assert "new:orders" in shop.scopes()
    line = private_key.splitlines()[2]
    assert line not in output
    assert line not in shop.pulumi("stack", "export").output


def test_another_audience_is_asked_for(shop: Workspace) -> None:
    """Where the Management API does not go by the domain, `auth0:audience` names it."""
    shop.config("auth0:audience", "https://canonical.example.com/api/v2/")
    shop.declare(CHANGED)

    assert "Service not found: https://canonical.example.com/api/v2/" in shop.preview(ok=False).output
