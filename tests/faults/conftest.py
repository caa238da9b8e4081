"""Fixtures of the fault tests: one tenant a test process, as fresh as new for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant, TenantOptions
from faults.scene import SEED
from support.workspace import Workspace


@pytest.fixture(scope="session")
def shared_tenant() -> Iterator[LocalTenant]:
    """A tenant that is reset for every test: starting one costs more than most tests."""
    with LocalTenant() as running:
        yield running


@pytest.fixture
def tenant(shared_tenant: LocalTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalTenant]:
    """The scene's tenant; what provider processes of this machine share is the test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    shared_tenant.options = TenantOptions()
    shared_tenant.reset()
    shared_tenant.seed(SEED)
    yield shared_tenant
    shared_tenant.clear_faults()


@pytest.fixture
def shop(tmp_path: Path, tenant: LocalTenant, pulumi_home: Path) -> Workspace:
    """A project of the real CLI with a stack and no program yet."""
    workspace = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
    workspace.init()
    return workspace
