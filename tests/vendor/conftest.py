"""A tenant, curl, and a Pulumi project against that tenant."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS_SEED, Workspace
from vendor.curl import Curl


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with one API, Orders, that holds three permissions."""
    with LocalTenant(seed=ORDERS_SEED) as running:
        yield running


@pytest.fixture
def curl(tenant: LocalTenant) -> Curl:
    """Curl, for that tenant."""
    return Curl(tenant)


@pytest.fixture
def shop(tmp_path: Path, tenant: LocalTenant) -> Workspace:
    """A Pulumi project with a stack, whose program manages the API and is applied."""
    assert shutil.which("pulumi"), "this test needs the `pulumi` command: run `make test`, which brings one"
    workspace = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(tmp_path / "pulumi-home")})
    workspace.init()
    workspace.declare(workspace.scopes())
    workspace.up("--skip-preview")
    return workspace
