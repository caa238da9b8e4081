"""The vendor's documented way of deleting a permission, with the real curl: get the list, send it without one."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS
from vendor.curl import Curl

API_ID = "65f0c0ffee00000000000001"
ESCAPED = "https:%2F%2Forders.example.com"


@pytest.fixture
def curl(tenant: LocalTenant) -> Curl:
    """Curl, for that tenant."""
    return Curl(tenant)


def without(curl: Curl, token: str, api: str, value: str) -> dict[str, object]:
    """Return the body that deletes a permission: the API's list as it is, without that one."""
    scopes = curl.get(token, api).document["scopes"]
    assert isinstance(scopes, list)
    return {"scopes": [scope for scope in scopes if scope["value"] != value]}


@pytest.mark.parametrize(
    "api", [API_ID, ESCAPED, ESCAPED.replace("%", "%25")], ids=["id", "identifier", "escaped twice"]
)
def test_a_permission_is_deleted(curl: Curl, api: str) -> None:
    """Token, GET, PATCH with the list without one: 200 with the whole API, and the next GET lacks it."""
    token = curl.token()
    answer = curl.patch(token, api, without(curl, token, api, "delete:orders"))

    kept = [
        {"value": "read:orders", "description": "Read orders"},
        {"value": "write:orders", "description": "Create and change orders"},
    ]
    assert (answer.status, answer.document["identifier"], answer.document["scopes"]) == (200, ORDERS, kept)
    assert curl.get(token, api).document["scopes"] == kept


def test_whoever_forgets_one_deletes_it(curl: Curl) -> None:
    """What the list does not name is gone, without a word: the reason why this product exists."""
    token = curl.token()
    answer = curl.patch(token, API_ID, {"scopes": [{"value": "new:orders", "description": "New"}]})

    assert answer.status == 200
    assert curl.get(token, API_ID).document["scopes"] == [{"value": "new:orders", "description": "New"}]
