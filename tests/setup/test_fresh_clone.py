"""A fresh clone gets its Pulumi from what a machine has, or says in one message what it lacks."""

import hashlib
import io
import platform
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distributions
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2]
COMMANDS = """
    awk basename bash cat chmod cp date dirname env find flock grep id ln mkdir mktemp mv paste printf python3 readlink
    rm sed sh sha256sum sleep tail tar timeout touch tr
"""
BROUGHT_BY_VENV = {"pip", "setuptools", "pulumi-auth0-permissions"}  # and the project itself
GO_MOD = (SOURCE / "tools/go/pulumi-cli/go.mod").read_text(encoding="utf-8")
WANTED = re.findall(r"github.com/pulumi/pulumi/pkg/v3 v(\S+)", GO_MOD)[0]  # the version that the set-up installs
COMPANIONS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")


class Clone:
    """A copy of the set-up on a machine with Debian's basic commands on PATH and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin = folder / "a repository", folder / "bin"
        self.releases = "https://releases.invalid"
        self.bin.mkdir()
        for name in COMMANDS.split():
            (self.bin / name).symlink_to(shutil.which(name) or f"/missing/{name}")
        self.add("id", "echo 1000")  # not root's, so that nothing is installed
        shutil.copytree(SOURCE / "tools", self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(SOURCE / "pyproject.toml", self.root)

    def add(self, name: str, script: str) -> None:
        """Put a shell script on PATH."""
        program = self.bin / name
        program.unlink(missing_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    def add_pulumi(self, version: str) -> None:
        """Put a Pulumi of a version on PATH."""
        for name in COMPANIONS:
            self.add(name, "exit 0")
        self.add("pulumi", f"echo v{version}")

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command of tools; return its exit code and what it printed, errors included."""
        done = subprocess.run(
            [str(self.root / "tools" / command[0]), *command[1:]],
            cwd=self.root,
            env={"PATH": str(self.bin), "HOME": str(self.root), "PULUMI_RELEASES_URL": self.releases},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """The clone."""
    return Clone(tmp_path)


@pytest.fixture
def checksums(tmp_path: Path, clone: Clone) -> Iterator[Path]:
    """The file of checksums of a release server that has the wanted version."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for program in ("pulumi", *COMPANIONS):
            content = f"#!/bin/sh\necho v{WANTED}\n".encode()
            member = tarfile.TarInfo(f"pulumi/{program}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    name = f"pulumi-v{WANTED}-{platform.system().lower()}-{machine}.tar.gz"
    (tmp_path / name).write_bytes(archive.getvalue())
    sums = tmp_path / f"pulumi-{WANTED}-checksums.txt"
    sums.write_text(f"{hashlib.sha256(archive.getvalue()).hexdigest()}  {name}\n", encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        clone.releases = f"http://127.0.0.1:{server.server_port}"
        yield sums
        server.shutdown()


@pytest.mark.parametrize("version", ["3.200.0", "4.0.0"])
def test_a_recent_pulumi_on_path_is_used(clone: Clone, version: str) -> None:
    """Nothing is downloaded where the machine has one that will do."""
    clone.add_pulumi(version)

    status, output = clone.run("setup-pulumi.sh")

    assert (status, (clone.root / ".tools/bin").exists()) == (0, False), output


@pytest.mark.usefixtures("checksums")
def test_an_old_pulumi_is_replaced_by_a_release(clone: Clone) -> None:
    """The release goes into .tools, and comes first from then on; the second time nothing is downloaded."""
    clone.add_pulumi("3.199.9")

    status, output = clone.run("setup-pulumi.sh")

    assert status == 0, output
    assert "is 3.199.9, older than the 3.200.0 that this project needs" in output
    assert clone.run("run.sh", "pulumi", "version") == (0, f"v{WANTED}\n")
    assert clone.run("setup-pulumi.sh") == (0, f"set-up: Pulumi: {WANTED} (.tools/bin)\n")


def test_a_release_that_differs_from_its_checksum_is_not_installed(clone: Clone, checksums: Path) -> None:
    """One message says so, and what else was tried."""
    checksums.write_text(f"{'a' * 64}  {checksums.read_text(encoding='utf-8').split()[1]}\n", encoding="utf-8")

    status, output = clone.run("setup-pulumi.sh")

    assert (status, (clone.root / ".tools/bin").exists()) == (1, False)
    assert "has SHA-256" in output
    assert "build:     Go is not installed" in output


def test_what_cannot_be_used_is_named_with_the_way_out(clone: Clone) -> None:
    """A release server without encryption that is not this machine itself; an old Python."""
    clone.releases = "http://releases.invalid/sdk"
    _, of_pulumi = clone.run("setup-pulumi.sh")
    clone.add("python3", "exit 1")

    status, of_python = clone.run("setup-python.sh")

    assert "http://releases.invalid/sdk is not an https address" in of_pulumi
    assert status == 1
    assert "Python 3.11 or newer is needed" in of_python
    assert "sudo apt-get install python3 python3-venv" in of_python


def test_the_recorded_versions_are_those_of_this_environment() -> None:
    """No package, and no version, is used that tools/constraints.txt does not name."""

    def pinned(name: str, version: str) -> str:
        return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"

    lines = (SOURCE / "tools" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    recorded = {pinned(*line.split("==")) for line in lines if line and not line.startswith("#")}
    installed = {pinned(one.name, one.version) for one in distributions()}
    assert {one for one in installed if one.split("==")[0] not in BROUGHT_BY_VENV} == recorded
