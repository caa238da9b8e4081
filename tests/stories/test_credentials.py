"""Credentials as the official provider takes them, and settings that are spelled wrong."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from support.keys import key_pair, methods
from support.workspace import SCOPES, Workspace

CHANGED = {"read:orders": "Read orders", "write:orders": "Create and change orders", "new:orders": ""}


@pytest.mark.parametrize("place", ["configuration", "environment"])
@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
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

    output = shop.up().output

    assert "new:orders" in shop.scopes()
    line = private_key.splitlines()[2]
    assert line not in output
    assert line not in shop.pulumi("stack", "export").output


def test_half_a_key_pair_says_what_is_missing(shop: Workspace) -> None:
    """A private key without its algorithm is told which key is missing."""
    shop.environment |= {"AUTH0_CLIENT_SECRET": "", "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY": key_pair()[0]}
    shop.declare(CHANGED)

    output = shop.preview(ok=False).output

    assert "auth0:clientAssertionSigningAlg: it is not set" in output
    assert "AUTH0_CLIENT_ASSERTION_SIGNING_ALG" in output


def test_another_audience_is_asked_for(shop: Workspace) -> None:
    """Where the Management API does not go by the domain, `auth0:audience` names it."""
    shop.config("auth0:audience", "https://canonical.example.com/api/v2/")
    shop.declare(CHANGED)

    assert "Service not found: https://canonical.example.com/api/v2/" in shop.preview(ok=False).output


@pytest.mark.parametrize(("wrong", "right"), [("maxremovals", "maxRemovals"), ("removals", "removal")])
def test_a_misspelled_setting_stops_everything(shop: Workspace, wrong: str, right: str) -> None:
    """It is an error that names the right key, and the removal that it was to stop does not go through."""
    shop.declare(CHANGED, arguments="unmanaged='remove'")
    shop.config(f"auth0-permissions:{wrong}", "0")

    output = shop.up(ok=False).output

    assert f"auth0-permissions:{wrong}: there is no such setting. Did you mean auth0-permissions:{right}?" in output
    assert shop.writes() == []
