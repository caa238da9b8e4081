"""Curl, and a Pulumi project that is applied."""

from __future__ import annotations

import pytest

from auth0_local_tenant import LocalTenant
from support.workspace import Workspace
from vendor.curl import Curl


@pytest.fixture
def curl(tenant: LocalTenant) -> Curl:
    """Curl, for that tenant."""
    return Curl(tenant)


@pytest.fixture
def shop(shop: Workspace) -> Workspace:
    """The same project, whose program manages the API and is applied."""
    shop.declare(shop.scopes())
    shop.adopt()
    return shop
