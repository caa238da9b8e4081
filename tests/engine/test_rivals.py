"""Others who write to the same API at the same moment, between our last read and our write."""

from __future__ import annotations

import pytest

from auth0_local_tenant import Fault, LocalTenant
from engine.conftest import Start
from support.hand import Hand
from support.provider_process import URN, ProviderProcess
from support.workspace import ORDERS

OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}
THEIRS = [{"value": value, "description": text} for value, text in {**OURS, "theirs": "Added in between"}.items()]


def update_with_a_rival(provider: ProviderProcess, tenant: LocalTenant) -> None:
    """Add a permission while somebody else adds theirs right before our write arrives."""
    inputs, _ = provider.check({"api": ORDERS, "permissions": OURS}, preview=False)
    id_, outputs = provider.create(inputs)
    news, _ = provider.check({"api": ORDERS, "permissions": {**OURS, "ours": ""}}, inputs, preview=False)
    tenant.add_fault(Fault("rival", method="PATCH", path="resource-servers", rival_patch={"scopes": THEIRS}))
    provider.update(id_, outputs, news)


def test_a_rivals_write_is_found_in_the_log(start: Start, tenant: LocalTenant) -> None:
    """Where the token may read the log, a write inside the window is told: who, when and what theirs had."""
    provider = start()

    update_with_a_rival(provider, tenant)

    (warning,) = [message for message in provider.messages if message.severity == "WARNING"]
    assert warning.urn == URN
    assert "wrote to this API at" in warning.text
    assert 'theirs included "theirs" and lacked "ours"' in warning.text


def test_an_undisturbed_write_says_nothing_of_rivals(start: Start, tenant: LocalTenant) -> None:
    """Writes that came before our read, and our own, are not taken for a rival's."""
    Hand(tenant).add(ORDERS, "earlier")
    Hand(tenant).delete(ORDERS, "earlier")
    provider = start()

    inputs, _ = provider.check({"api": ORDERS, "permissions": {**OURS, "ours": ""}}, preview=False)
    provider.create(inputs)

    assert [message.severity for message in provider.messages] == ["INFO"]
    assert any(entry.path == "/api/v2/logs" for entry in tenant.journal())


@pytest.mark.parametrize("scopes", [("read:resource_servers", "update:resource_servers")])
def test_without_the_scope_nobody_asks_for_the_log(start: Start, tenant: LocalTenant, scopes: tuple[str, ...]) -> None:
    """A token that may not read the log costs no request for it."""
    client_id, client_secret = tenant.issue_client(scopes)
    provider = start(auth0__clientId=client_id, auth0__clientSecret=client_secret)

    update_with_a_rival(provider, tenant)

    assert [entry.path for entry in tenant.journal() if entry.path == "/api/v2/logs"] == []
