"""Fixtures of the set-up's tests: a bare machine, a copy of the scripts and a release server to run them against."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from setup.machine import Machine, Repository
from setup.releases import ReleaseServer

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[2]

COMMANDS = [
    "awk",
    "basename",
    "bash",
    "cat",
    "chmod",
    "cp",
    "date",
    "dirname",
    "env",
    "find",
    "flock",
    "grep",
    "id",
    "ln",
    "make",
    "mkdir",
    "mktemp",
    "mv",
    "paste",
    "printf",
    "readlink",
    "rm",
    "sed",
    "sh",
    "sha256sum",
    "sleep",
    "tail",
    "timeout",
    "touch",
    "tr",
]
"""What every Debian has; all else a test has to put on the machine itself."""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with Debian's basic commands and Python, not ours to install packages on, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in COMMANDS:
        found = shutil.which(name)
        assert found, f"{name} is missing on the machine that runs the tests"
        (folder / name).symlink_to(found)
    made = Machine(folder, tmp_path / "journal")
    made.be_root(root=False)
    made.add("python3", f'exec "{sys.executable}" "$@"')
    return made


@pytest.fixture
def repository(tmp_path: Path, machine: Machine) -> Iterator[Repository]:
    """A copy of the set-up on that machine; whatever a test leaves running of it is ended."""
    root = tmp_path / "a repository"
    shutil.copytree(SOURCE / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(SOURCE / ".ci", root / ".ci")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(SOURCE / name, root)
    yield Repository(root, machine)
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if entry.readlink().is_relative_to(tmp_path):
                os.kill(int(entry.parent.name), signal.SIGKILL)
        except OSError:
            continue  # ended meanwhile, or not ours to look at


@pytest.fixture
def releases(repository: Repository) -> Iterator[ReleaseServer]:
    """A release server that the repository's set-up downloads from; it has no release yet."""
    server = ReleaseServer()
    repository.variables["PULUMI_RELEASES_URL"] = server.url
    yield server
    server.stop()


@pytest.fixture
def wanted_version() -> str:
    """The Pulumi version that the set-up installs, as the go.mod file pins it."""
    lines = (SOURCE / "tools/go/pulumi-cli/go.mod").read_text().splitlines()
    [line] = [line for line in lines if line.strip().startswith("github.com/pulumi/pulumi/pkg/v3 ")]
    return line.split()[1].removeprefix("v")
