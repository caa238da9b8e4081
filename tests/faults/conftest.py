"""Fixtures of the fault tests: one tenant a test process, as fresh as new for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant, TenantOptions
from faults.scene import SEED


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
