"""What provider processes of this machine share is the test's own."""

from pathlib import Path

import pytest

from pulumi_auth0_permissions.pulumi_adapter import files_and_locks


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's private folder, empty."""
    monkeypatch.setattr(files_and_locks, "_places", lambda: [tmp_path])
    return tmp_path
