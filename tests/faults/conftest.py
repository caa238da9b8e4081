"""Fixtures of the fault tests: the scene's tenant, and files of the provider's own for every test."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from faults.scene import SEED
from pulumi_auth0_permissions.pulumi_adapter import files_and_locks


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """The scene."""
    return SEED


@pytest.fixture(autouse=True)
def _runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What provider processes of this machine share is the test's own."""
    monkeypatch.setattr(files_and_locks, "_places", lambda: [tmp_path])
