"""Fixtures of the model: files of the provider's own for every test."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What provider processes of this machine share is the test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
