"""The fleet is an example beside the packages: it is imported as such."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of the CLI; what is in it is not under test."""
    assert shutil.which("pulumi"), "the fleet needs the `pulumi` command: run `make test`, which brings one"
    return tmp_path_factory.mktemp("pulumi-home")
