"""Fixtures of the stories: a tenant and a project a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS_SEED, Workspace


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with one API, Orders, that holds three permissions."""
    with LocalTenant(seed=ORDERS_SEED) as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, tenant: LocalTenant, pulumi_home: Path) -> Workspace:
    """A project with a stack and no program yet."""
    workspace = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
    workspace.init()
    return workspace
