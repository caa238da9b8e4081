"""The archives built from this tree, and an environment that has nothing but the wheel, as a user installs it.

Each is made once in a run of the tests, whichever of pytest's processes asks first.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from distribution.archives import ROOT, Archives, archives_in, build


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """The source archive of this tree, and the wheel built from that."""
    return archives_in(_once(tmp_path_factory, "dist", lambda folder: build(ROOT, folder)))


@pytest.fixture(scope="session")
def installed(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, without extras, and what it depends on; pip chose the versions."""
    return _once(tmp_path_factory, "environment", lambda folder: _install(archives.wheel, folder))


def _install(wheel: Path, folder: Path) -> None:
    venv.create(folder)  # our own pip does it: to give the new one a pip takes three seconds
    python = str(folder / "bin" / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-input", str(wheel)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def _once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first one to ask makes and fills; the others wait for it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # that of the whole run
    folder, made = shared / f"distribution-{name}", shared / f"distribution-{name}.made"
    with (shared / f"distribution-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
