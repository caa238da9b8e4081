"""The vendor's documented way of deleting a permission, with the real curl: get the list, send it without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS, ORDERS_SEED, Workspace
from vendor.curl import Curl

API_ID = "65f0c0ffee00000000000001"
ESCAPED = "https:%2F%2Forders.example.com"


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


def test_a_body_from_a_file_does_the_same(curl: Curl, tmp_path: Path) -> None:
    """The list may come from a file, as people do it with long ones."""
    token = curl.token()
    answer = curl.patch(token, API_ID, without(curl, token, API_ID, "delete:orders"), tmp_path)

    assert answer.status == 200
    assert "delete:orders" not in answer.body


def test_whoever_forgets_one_deletes_it(curl: Curl) -> None:
    """What the list does not name is gone, without a word: the reason why this product exists."""
    token = curl.token()
    answer = curl.patch(token, API_ID, {"scopes": [{"value": "new:orders", "description": "New"}]})

    assert answer.status == 200
    assert curl.get(token, API_ID).document["scopes"] == [{"value": "new:orders", "description": "New"}]


def test_it_works_over_tls_with_the_certificate_that_is_named() -> None:
    """Over HTTPS, curl trusts the tenant by its certificate, and the deletion works the same."""
    with LocalTenant(seed=ORDERS_SEED, tls=True) as tenant:
        curl = Curl(tenant)
        token = curl.token()
        answer = curl.patch(token, API_ID, without(curl, token, API_ID, "delete:orders"))

        assert tenant.domain.startswith("https://")
        assert answer.status == 200
        assert "delete:orders" not in answer.body


def test_a_wrong_token_is_refused(curl: Curl) -> None:
    """Without a token that the tenant has given, nothing is deleted."""
    answer = curl.patch("made.up.token", API_ID, {"scopes": []})

    assert (answer.status, answer.document["error"]) == (401, "Unauthorized")
    assert "delete:orders" in curl.get(curl.token(), API_ID).body


def test_the_real_cli_shows_the_drift(shop: Workspace, curl: Curl) -> None:
    """After the deletion by curl, `pulumi preview` shows the permission as one to be added, and nothing else."""
    token = curl.token()
    curl.patch(token, API_ID, without(curl, token, API_ID, "delete:orders"))

    preview = shop.preview()

    assert f'{ORDERS} (Orders) on {shop.host}: 1 to add; 2 unchanged\n      + delete:orders: "Delete orders"' in preview
