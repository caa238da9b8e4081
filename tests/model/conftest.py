"""Fixtures of the model: files of the provider's own for every test."""

from pathlib import Path

import pytest

from pulumi_auth0_permissions.pulumi_adapter import files_and_locks


@pytest.fixture(autouse=True)
def _runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What provider processes of this machine share is the test's own."""
    monkeypatch.setattr(files_and_locks, "_places", lambda: [tmp_path])
