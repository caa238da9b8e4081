"""Stories of bad input: one clear message each, in the preview, and nothing written."""

from __future__ import annotations

import json

import pytest

from support.workspace import ORDERS, Workspace

OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}


def refusal(shop: Workspace, **environment: str) -> str:
    """Run `up`, which has to fail in its preview, and return what it said."""
    result = shop.up(ok=False, **environment)
    assert "Updating (dev)" not in result
    assert shop.writes() == []
    return result.output


def test_all_bad_inputs_are_said_at_once(shop: Workspace) -> None:
    """Every wrong value is named with its property, its numbers and what is allowed."""
    shop.declare(
        {"": "empty", "a\tb": "tab", "d" * 281: "y" * 501, "number": 5, "nothing": None},
        arguments="unmanaged='some', removal=3, renames={'x': 'x'}",
    )

    said = refusal(shop)

    for part in (
        'permissions[""]: the permission is empty; it needs 1 to 280 characters',
        "has a control character (U+0009) at position 2",
        "the permission has 281 characters; Auth0 allows 280",
        "the description has 501 characters; Auth0 allows 500",
        'permissions["number"]: the description must be text; got a number',
        'unmanaged: must be one of "refuse", "keep", "remove"; got "some"',
        "removal: must be one of",
        'renames["x"]: renames a permission to itself',
    ):
        assert part in said


def test_a_system_api_is_refused(shop: Workspace) -> None:
    """Auth0's own API is refused with a sentence, and its permissions are not listed."""
    shop.declare(OURS, api=f"{shop.tenant.domain}/api/v2/")

    said = refusal(shop)

    assert "is one of Auth0's own APIs" in said
    assert "read:client_grants" not in said


def test_a_list_of_permissions_is_told_how_to_be_a_map(shop: Workspace) -> None:
    """Who writes a list is shown what a map looks like."""
    shop.program(f"auth0_permissions.ApiPermissions('orders', api='{ORDERS}', permissions=['read:orders'])\n")

    assert '`permissions` must be a map such as {"read:orders": "Read orders"}; got a list' in refusal(shop)


def test_no_credentials(shop: Workspace) -> None:
    """Without credentials the message says both ways to give them; a misspelled setting is named with the right one."""
    shop.declare(OURS)
    shop.config("auth0-permissions:maxremovals", json.dumps(0))

    said = refusal(shop, AUTH0_CLIENT_ID="", AUTH0_CLIENT_SECRET="", AUTH0_DOMAIN="")

    assert "auth0:domain: the tenant is not set" in said
    assert "there are no credentials. Set auth0:clientId and auth0:clientSecret" in said
    assert 'there is no such setting. Did you mean "maxRemovals"?' in said


@pytest.mark.parametrize(("scopes", "missing"), [([], "read:resource_servers"), (["read:resource_servers"], "update")])
def test_a_token_without_a_scope(shop: Workspace, scopes: list[str], missing: str) -> None:
    """A token that may not read or may not update is found out in the preview, with the scope by name."""
    client_id, client_secret = shop.tenant.issue_client(scopes)
    shop.declare({**OURS, "new": ""})

    said = refusal(shop, AUTH0_CLIENT_ID=client_id, AUTH0_CLIENT_SECRET=client_secret)

    assert missing in said
    assert "resource_servers" in said
