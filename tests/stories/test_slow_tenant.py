"""Stories of a tenant that wants to be waited for: the run ends, and says when to come back."""

from __future__ import annotations

import pytest

from auth0_local_tenant import Fault
from support.workspace import ORDERS_SCOPES, Workspace

OURS = {scope["value"]: scope["description"] for scope in ORDERS_SCOPES}


def asking_for(seconds: int, method: str, status: int) -> Fault:
    """Return a fault that asks for a wait before the next attempt."""
    headers = (("Retry-After", str(seconds)),)
    return Fault("status", method=method, path="resource-servers", times=None, status=status, headers=headers)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_nobody_waits_for_a_day(shop: Workspace, method: str, status: int) -> None:
    """Asked to come back tomorrow, the run ends at once with one error that says so."""
    shop.declare({**OURS, "read:refunds": ""})
    shop.tenant.add_fault(asking_for(86400, method, status))

    said = shop.up(ok=False)

    assert "Run again in 24 hours" in said
    assert sum(entry.method == method for entry in shop.tenant.journal()) == 1
    assert shop.scopes() == OURS


def test_an_operation_has_a_deadline_of_its_own(shop: Workspace) -> None:
    """Waits that are short enough one by one end with the operation, whose limit is named."""
    shop.declare({**OURS, "read:refunds": ""})
    shop.config("auth0-permissions:operationTimeout", "1.5")
    shop.tenant.add_fault(asking_for(100, "GET", 503))

    said = shop.preview(ok=False)

    assert "the operation takes longer than 1.5 minutes" in said
    assert "auth0-permissions:operationTimeout sets the limit" in said


def test_a_limit_that_is_none_is_said(shop: Workspace) -> None:
    """Like every setting that is wrong, before anything is asked."""
    shop.declare(OURS)
    shop.config("auth0-permissions:operationTimeout", "soon")

    assert (
        'auth0-permissions:operationTimeout: it must be a number greater than 0 and at most 1440; got "soon".'
        in shop.up(ok=False)
    )
