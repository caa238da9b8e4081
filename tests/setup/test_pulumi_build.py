"""Without a download, the set-up builds Pulumi with Go, or says in one message what is missing."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from setup.machine import Machine, Repository

PROGRAMS = {"pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"}

GO = """
case "$1 $2" in
"env GOVERSION") echo go{version} ;;
"list -mod=readonly") case "$*" in *-deps*) echo fmt ;; *) echo "$SDK" ;; esac ;;
"build -v") {build} ;;
esac
"""
"""A Go that answers what the set-up asks."""

WRITES = r"""while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\necho v%s\n' "$BUILDS" >"$2"; chmod 755 "$2" """


@pytest.fixture(autouse=True)
def no_download(repository: Repository) -> None:
    """Nothing answers where releases are looked for."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    repository.variables["PULUMI_RELEASES_URL"] = f"http://127.0.0.1:{port}/releases"


@pytest.fixture
def sdk(repository: Repository) -> None:
    """The sources of Pulumi's SDK, as far as the set-up takes scripts from them."""
    sdk = repository.root.parent / "sdk"
    for name in ("dist/pulumi-resource-pulumi-python", "cmd/pulumi-language-python-exec"):
        (sdk / "python" / name).parent.mkdir(parents=True, exist_ok=True)
        (sdk / "python" / name).write_text("#!/bin/sh\n")
    repository.variables["SDK"] = str(sdk)


@pytest.mark.usefixtures("sdk")
def test_it_is_built_and_installed(repository: Repository, machine: Machine, wanted_version: str) -> None:
    """With Go, and no way to the download, what is built ends up in .tools/bin."""
    machine.add("go", GO.format(version="1.26.8", build=WRITES))
    repository.variables["BUILDS"] = wanted_version

    status, output = repository.run("tools/setup-pulumi.sh")

    assert status == 0, output
    assert "not downloaded: http://127.0.0.1" in output
    assert repository.pulumi_version() == f"v{wanted_version}"
    assert {path.name for path in (repository.root / ".tools/bin").iterdir()} >= PROGRAMS


def test_a_failed_build_shows_the_compilers_words(repository: Repository, machine: Machine) -> None:
    """A build that fails ends the set-up with what the compiler said, and installs nothing."""
    machine.add("go", GO.format(version="1.26.8", build='echo "no space left on device"; exit 1'))

    status, output = repository.run("tools/setup-pulumi.sh")

    assert (status, (repository.root / ".tools/bin").exists()) == (1, False)
    assert "no space left on device" in output
    assert "go could not build pulumi-language-python" in output


def test_without_go_one_message_says_everything(repository: Repository, machine: Machine, wanted_version: str) -> None:
    """Without any way to Pulumi, one message names each way tried, why it failed and what to install."""
    machine.add_pulumi("3.1.0")

    status, output = repository.run("tools/setup-pulumi.sh")

    message = output[output.index("the Pulumi command line is needed") :]
    assert (status, (repository.root / ".tools/bin").exists()) == (1, False)
    assert f"on PATH:   {machine.bin}/pulumi is 3.1.0, older than the 3.200.0" in message
    assert f"/releases/pulumi-{wanted_version}-checksums.txt cannot be reached" in message
    assert "build:     Go is not installed; the build needs Go 1." in message
    assert "https://www.pulumi.com/docs/install/" in message
    assert "https://go.dev/dl/" in message


@pytest.mark.parametrize("version", ["1.19.8", "1.25.10"])
def test_an_old_go_is_named(repository: Repository, machine: Machine, version: str) -> None:
    """A Go older than go.mod asks for is named with the version needed, and nothing is built with it."""
    machine.add("go", GO.format(version=version, build="exit 0"))

    status, output = repository.run("tools/setup-pulumi.sh")

    assert status == 1
    assert f"Go {version} is too old; the build needs Go 1.25.11 or newer" in output


def test_a_go_that_refuses_the_module_is_named(repository: Repository, machine: Machine) -> None:
    """A Go that will not even read go.mod is called too old, by its own version."""
    machine.add("go", '[ "$1" = version ] && echo "go version go1.16.2 linux/amd64" && exit 0; exit 1')

    status, output = repository.run("tools/setup-pulumi.sh")

    assert status == 1
    assert "Go 1.16.2 is too old" in output
