"""Stories of lists that cannot be believed: who holds a permission is unknown then, and never nobody."""

from __future__ import annotations

import json

import pytest

from auth0_local_tenant import Fault
from support.workspace import ORDERS_SCOPES, Workspace

OURS = {scope["value"]: scope["description"] for scope in ORDERS_SCOPES}
LEFT = {value: text for value, text in OURS.items() if value != "delete:orders"}
RENAMED = {**LEFT, "remove:orders": "Delete orders"}

LIES: dict[str, tuple[str, dict[str, object]]] = {
    "an empty page beside a total": ("/roles$", {"roles": [], "start": 0, "limit": 100, "total": 1}),
    "a page from elsewhere": ("/roles$", {"roles": [{"id": "r", "name": "r"}], "start": 50, "limit": 50, "total": 51}),
    "the same page again": ("/roles$", {"roles": [{"id": "r", "name": "r"}], "total": 900}),
    "grants of another API": (
        "/client-grants",
        {"client_grants": [{"id": "g", "client_id": "c", "audience": "https://other.example.com", "scope": []}]},
    ),
}
MODES: dict[str, tuple[dict[str, str], str]] = {
    "refuse_if_held": (LEFT, "removal='refuse_if_held'"),
    "revoke": (LEFT, "removal='revoke'"),
    "renames": (RENAMED, "renames={'delete:orders': 'remove:orders'}"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lie", LIES)
def test_nothing_is_deleted_while_holders_are_unknown(shop: Workspace, lie: str, mode: str) -> None:
    """The preview is refused and says what is not known; neither the API nor a role or grant is written."""
    path, body = LIES[lie]
    shop.declare(OURS)
    shop.adopt()
    declared, arguments = MODES[mode]
    shop.declare(declared, arguments=arguments)
    shop.tenant.add_fault(Fault("status", method="GET", path=path, times=None, status=200, body=json.dumps(body)))
    shop.tenant.clear_journal()

    said = shop.up(ok=False)

    assert "could not be read" in said
    assert "Updating (dev)" not in said
    assert shop.scopes() == OURS
    assert [entry.method for entry in shop.tenant.journal() if entry.method not in {"GET", "POST"}] == []


def test_a_deletion_that_only_warns_says_that_holders_are_unknown(shop: Workspace) -> None:
    """Under `warn` it goes on, and what is not known stands in the preview."""
    path, body = LIES["an empty page beside a total"]
    shop.declare(OURS)
    shop.adopt()
    shop.declare(LEFT)
    shop.tenant.add_fault(Fault("status", method="GET", path=path, times=None, status=200, body=json.dumps(body)))

    said = shop.up()

    assert "unknown: roles could not be read" in said.previewed
    assert "held by no role" not in said
    assert shop.scopes() == LEFT
