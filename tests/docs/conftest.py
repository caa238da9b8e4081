"""One home of the CLI for all scenes of a process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of the CLI; what is in it is not under test."""
    assert shutil.which("pulumi"), "the outputs need the `pulumi` command: run `make test`, which brings one"
    return tmp_path_factory.mktemp("pulumi-home")
