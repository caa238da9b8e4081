"""Fixtures of the model: one tenant a test process; how many histories there are to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant


@pytest.fixture(scope="session")
def model_tenant() -> Iterator[LocalTenant]:
    """A tenant that every history makes as new."""
    with LocalTenant() as running:
        yield running


@pytest.fixture
def tenant(model_tenant: LocalTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalTenant:
    """The tenant; what provider processes of this machine share is the test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return model_tenant
