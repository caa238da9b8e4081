"""Stories of a tenant that wants to be waited for: the run ends, and says when to come back."""

from __future__ import annotations

import pytest

from auth0_local_tenant import Fault
from support.workspace import ORDERS_SCOPES, Workspace

OURS = {scope["value"]: scope["description"] for scope in ORDERS_SCOPES}


@pytest.mark.parametrize(
    ("method", "status", "command"), [("GET", 503, ("preview",)), ("PATCH", 429, ("up", "--yes", "--skip-preview"))]
)
def test_nobody_waits_for_a_day(shop: Workspace, method: str, status: int, command: tuple[str, ...]) -> None:
    """Asked to come back tomorrow, the run ends at once with one error that says so."""
    shop.declare({**OURS, "read:refunds": ""})
    headers = (("Retry-After", "86400"),)
    shop.tenant.add_fault(
        Fault("status", method=method, path="resource-servers", times=None, status=status, headers=headers)
    )

    said = shop.pulumi(*command, ok=False)

    assert "Run again in 24 hours" in said
    assert sum(entry.method == method for entry in shop.tenant.journal()) == 1
    assert shop.scopes() == OURS
