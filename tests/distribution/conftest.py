"""The archives built from this tree, and an environment that has the wheel, as a user installs it.

Each is made once in a run of the tests, whichever of pytest's processes asks first.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs.pages import ROOT, run_block


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what is published: the source archive of this tree, and the wheel built from that."""

    def build(folder: Path) -> None:
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr

    return _once(tmp_path_factory, "dist", build)


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    [wheel] = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def index(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What makes pip find the wheel and all that it needs, and nothing else: the environment for its commands."""

    def fill(folder: Path) -> None:
        shutil.copy(wheel, folder)
        _pack_requirements("pulumi-auth0-permissions", "tenant", folder)

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
        assert typed.code == 0, typed.output

    return _once(tmp_path_factory, "tutorial", follow) / "orders" / ".venv"


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


def _pack_requirements(distribution: str, extra: str, folder: Path) -> None:
    """Put wheels of all that a distribution needs with an extra into a folder, made of what is installed here.

    So the tests run with what was tried, and depend neither on a network nor on what has been published since.
    """
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [(distribution, frozenset({extra}))]
    while todo:
        name, extras = todo.pop()
        if (name, extras) not in seen:
            seen.add((name, extras))
            todo += _needed(metadata.distribution(name), extras)
    for name in {name for name, _ in seen} - {distribution}:
        _pack(metadata.distribution(name), folder)


def _needed(installed: metadata.Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what a distribution needs here: names and their extras."""
    for text in installed.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def _pack(installed: metadata.Distribution, folder: Path) -> None:
    """Write a wheel of a distribution: its files in the folder for packages; its commands are made by pip anew."""
    kind = installed.read_text("WHEEL") or ""
    (tag, *_) = [line.removeprefix("Tag: ") for line in kind.splitlines() if line.startswith("Tag: ")]
    name = canonicalize_name(installed.name).replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-{installed.version}-{tag}.whl", "w") as wheel:
        for file in installed.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(file.locate(), str(file))
