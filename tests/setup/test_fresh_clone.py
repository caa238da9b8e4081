"""A fresh clone sets itself up with what a machine has, or says in one message what it lacks."""

from __future__ import annotations

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
    awk basename bash cat chmod cp date dirname env find flock grep id ln make mkdir mktemp mv paste printf readlink rm
    sed sh sha256sum sleep tail tar timeout touch tr
"""
BROUGHT_BY_VENV = {"pip", "setuptools", "pulumi-auth0-permissions"}  # and the project itself
GO_MOD = (SOURCE / "tools/go/pulumi-cli/go.mod").read_text(encoding="utf-8")
WANTED = re.findall(r"github.com/pulumi/pulumi/pkg/v3 v(\S+)", GO_MOD)[0]  # the version that the set-up installs
COMPANIONS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
# A Python that makes environments of copies of itself, and whose pip writes its call to the journal.
PYTHON = r"""
me="$0"
case "$*" in
*%d.%d*) echo 3.12 ;;
*sys.version_info*) exit {old} ;;
"--version") echo Python 3.12.1 ;;
"-m venv"*)
    for venv in "$@"; do :; done
    mkdir -p "$venv/bin"
    cp "$me" "$venv/bin/python"
    echo "command = $me $*" >"$venv/pyvenv.cfg" ;;
*pip*install*) echo "pip $*" >>"{journal}"; [ ! -e "{journal}.no-index" ] ;;
esac
"""


class Clone:
    """A copy of the set-up on a machine with Debian's basic commands on PATH and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.journal = folder / "a repository", folder / "bin", folder / "journal"
        self.variables: dict[str, str] = {}
        self.bin.mkdir()
        for name in COMMANDS.split():
            (self.bin / name).symlink_to(shutil.which(name) or f"/missing/{name}")
        shutil.copytree(SOURCE / "tools", self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(SOURCE / ".ci", self.root / ".ci")
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(SOURCE / name, self.root)
        self.add(self.bin / "python3", f'exec "{shutil.which("python3")}" "$@"')

    def add(self, program: Path, script: str) -> None:
        """Put a shell script somewhere, in place of what is there."""
        program.unlink(missing_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    def add_pulumi(self, version: str) -> None:
        """Put a Pulumi of a version on PATH."""
        for name in COMPANIONS:
            self.add(self.bin / name, "exit 0")
        self.add(self.bin / "pulumi", f"echo v{version}")

    def add_python(self, *, old: bool = False) -> None:
        """Put a Python on PATH that has all that is needed, but for its age if it is to be old."""
        self.add(self.bin / "python3", PYTHON.format(old=int(old), journal=self.journal))

    def record(self, *names: str) -> None:
        """Make scripts of the set-up, and `python`, only write their names and arguments to the journal."""
        for name in names:
            program = self.root / "tools" / name if name.endswith(".sh") else self.bin / name
            self.add(program, f'echo "{name} $*" >>"{self.journal}"')

    def calls(self) -> list[str]:
        """Return the journal."""
        return self.journal.read_text(encoding="utf-8").splitlines() if self.journal.exists() else []

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command; return its exit code and what it printed, errors included."""
        done = subprocess.run(
            [str(self.root / command[0]), *command[1:]],
            cwd=self.root,
            env={"PATH": str(self.bin), "HOME": str(self.root), **self.variables},
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
    """The clone; `id` says that it is not root's, so that nothing is installed."""
    clone = Clone(tmp_path)
    clone.add(clone.bin / "id", "echo 1000")
    return clone


@pytest.fixture
def releases(tmp_path: Path, clone: Clone) -> Iterator[Path]:
    """The files of a release server that has the wanted version."""
    folder = tmp_path / "releases"
    folder.mkdir()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name in ("pulumi", *COMPANIONS):
            content = f"#!/bin/sh\necho v{WANTED}\n".encode()
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    name = f"pulumi-v{WANTED}-{platform.system().lower()}-{machine}.tar.gz"
    (folder / name).write_bytes(archive.getvalue())
    checksum = hashlib.sha256(archive.getvalue()).hexdigest()
    (folder / f"pulumi-{WANTED}-checksums.txt").write_text(f"{checksum}  {name}\n", encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        clone.variables["PULUMI_RELEASES_URL"] = f"http://127.0.0.1:{server.server_port}"
        yield folder
        server.shutdown()


@pytest.mark.parametrize("version", ["3.200.0", "4.0.0"])
def test_a_recent_pulumi_on_path_is_used(clone: Clone, version: str) -> None:
    """Nothing is downloaded where the machine has one that will do."""
    clone.add_pulumi(version)

    status, output = clone.run("tools/setup-pulumi.sh")

    assert (status, (clone.root / ".tools/bin").exists()) == (0, False), output


@pytest.mark.usefixtures("releases")
def test_an_old_pulumi_is_replaced_by_a_release(clone: Clone) -> None:
    """The release goes into .tools, and comes first from then on; the second time nothing is downloaded."""
    clone.add_pulumi("3.199.9")

    status, output = clone.run("tools/setup-pulumi.sh")

    assert status == 0, output
    assert "is 3.199.9, older than the 3.200.0 that this project needs" in output
    assert clone.run("tools/run.sh", "pulumi", "version") == (0, f"v{WANTED}\n")
    assert clone.run("tools/setup-pulumi.sh") == (0, f"set-up: Pulumi: {WANTED} (.tools/bin)\n")


def test_a_release_that_differs_from_its_checksum_is_not_installed(clone: Clone, releases: Path) -> None:
    """One message says so, and what else was tried."""
    sums = releases / f"pulumi-{WANTED}-checksums.txt"
    sums.write_text(f"{'a' * 64}  {sums.read_text(encoding='utf-8').split()[1]}\n", encoding="utf-8")

    status, output = clone.run("tools/setup-pulumi.sh")

    assert (status, (clone.root / ".tools/bin").exists()) == (1, False)
    assert "has SHA-256" in output
    assert "build:     Go is not installed" in output


def test_a_release_server_without_encryption_is_refused(clone: Clone) -> None:
    """Unless it is this machine itself."""
    clone.variables["PULUMI_RELEASES_URL"] = "http://releases.invalid/sdk"

    status, output = clone.run("tools/setup-pulumi.sh")

    assert status == 1
    assert "http://releases.invalid/sdk is not an https address" in output


def test_the_environment_is_made_once_in_the_recorded_versions(clone: Clone) -> None:
    """A changed dependency, and an installation that failed, are what installs again."""
    clone.add_python()
    assert clone.run("tools/setup-python.sh")[0] == 0
    assert clone.run("tools/setup-python.sh") == (0, "set-up: Python environment: ready (.venv)\n")
    [pip] = clone.calls()
    assert f"-e .[dev] -r tools/requirements.txt -c {clone.root}/tools/constraints.txt" in pip
    with (clone.root / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("# more\n")
    no_index = clone.journal.with_name("journal.no-index")
    no_index.touch()

    status, output = clone.run("tools/setup-python.sh")
    no_index.unlink()

    assert status == 1
    assert "pip could not install the project's dependencies" in output
    assert clone.run("tools/setup-python.sh")[0] == 0
    assert len(clone.calls()) == 3


def test_an_old_python_is_named_with_the_way_out(clone: Clone) -> None:
    """One message says which Python is needed, and how to get it."""
    clone.add_python(old=True)

    status, output = clone.run("tools/setup-python.sh")

    assert status == 1
    assert "Python 3.11 or newer is needed" in output
    assert "sudo apt-get install python3 python3-venv" in output


@pytest.mark.parametrize("command", [(".ci/run",), ("../bin/make", "test")])
def test_ci_and_make_test_set_up_check_and_test(clone: Clone, command: tuple[str, ...]) -> None:
    """In this order; a failure ends it with a failure."""
    clone.record("setup.sh", "check.sh", "python")
    assert clone.run(*command)[0] == 0
    assert [call.split()[0] for call in clone.calls()] == ["setup.sh", "check.sh", "python"]
    clone.journal.unlink()
    clone.add(clone.root / "tools/check.sh", "exit 1")

    assert clone.run(*command)[0] != 0
    assert [call.split()[0] for call in clone.calls()] == ["setup.sh"]


def test_the_recorded_versions_are_those_of_this_environment() -> None:
    """No package, and no version, is used that tools/constraints.txt does not name."""

    def pinned(name: str, version: str) -> str:
        return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"

    lines = (SOURCE / "tools" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    recorded = {pinned(*line.split("==")) for line in lines if line and not line.startswith("#")}
    installed = {pinned(one.name, one.version) for one in distributions()}
    assert {one for one in installed if one.split("==")[0] not in BROUGHT_BY_VENV} == recorded
