"""The archives built from this tree, and an environment that has the wheel, as a user installs it."""

import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs.pages import ROOT, run_block


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what is published: the source archive of this tree, and the wheel built from that."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The wheel."""
    [wheel] = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def index(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What makes pip find the wheel and all that it needs, and nothing else: the environment for its commands.

    What it needs is packed from what is installed here. So the tests run with what was tried, and depend neither on a
    network nor on what has been published since.
    """
    folder = tmp_path_factory.mktemp("index")
    shutil.copy(wheel, folder)
    todo, seen = [Requirement("pulumi-auth0-permissions[tenant]")], set[str]()
    while todo:
        wanted = todo.pop()
        for requirement in map(Requirement, metadata.distribution(wanted.name).requires or ()):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                todo += [] if str(requirement) in seen else [requirement]
                seen.add(str(requirement))
    for name in {canonicalize_name(Requirement(text).name) for text in seen} - {"pulumi-auth0-permissions"}:
        _pack(metadata.distribution(name), folder)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder.parent),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_NO_COMPILE": "1",  # Python compiles what is imported, which is a small part
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.fixture(scope="module")
def installed(index: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the tutorial makes: with the wheel, its command line, and what they depend on."""
    folder = tmp_path_factory.mktemp("tutorial")
    typed = run_block("tutorial-install", cwd=folder, environ=index)
    assert typed.code == 0, typed.output
    return folder / "orders" / ".venv"


def _pack(installed: metadata.Distribution, folder: Path) -> None:
    """Write a wheel of a distribution: its files in the folder for packages; its commands are made by pip anew."""
    kind = installed.read_text("WHEEL") or ""
    (tag, *_) = [line.removeprefix("Tag: ") for line in kind.splitlines() if line.startswith("Tag: ")]
    name = canonicalize_name(installed.name).replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-{installed.version}-{tag}.whl", "w") as wheel:
        for file in installed.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(file.locate(), str(file))
