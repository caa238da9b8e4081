"""The archives built from this tree, and environments that have the wheel, as a user installs it.

Each is made once in a run of the tests, whichever of pytest's processes asks first.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from distribution.archives import ROOT, Archives, archives_in, build
from distribution.wheels import pack_requirements
from docs.typed import run_block


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """The source archive of this tree, and the wheel built from that."""
    return archives_in(_once(tmp_path_factory, "dist", lambda folder: build(ROOT, folder)))


@pytest.fixture(scope="session")
def index(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What makes pip find the wheel and all that it needs, and nothing else: the environment for its commands."""

    def fill(folder: Path) -> None:
        shutil.copy(archives.wheel, folder)
        pack_requirements("pulumi-auth0-permissions", "tenant", folder)

    folder = _once(tmp_path_factory, "index", fill)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder.parent),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_NO_COMPILE": "1",  # Python compiles what is imported, which is a small part
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.fixture(scope="session")
def installed(index: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the tutorial makes: with the wheel, its command line, and what they depend on."""

    def follow(folder: Path) -> None:
        typed = run_block("tutorial-install", cwd=folder, environ=index)
        assert typed.codes == (0, 0, 0), typed.output

    return _once(tmp_path_factory, "tutorial", follow) / "orders" / ".venv"


@pytest.fixture(scope="session")
def bare(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and nothing else, not even what it depends on."""

    def install(folder: Path) -> None:
        venv.create(folder)  # our own pip does it: to give the new one a pip takes three seconds
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
        run = subprocess.run(
            [*pip, "install", "--no-deps", "--quiet", "--no-input", str(archives.wheel)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr

    return _once(tmp_path_factory, "bare", install)


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
