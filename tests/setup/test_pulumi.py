"""The set-up gets a working Pulumi command line, or says in one message why it cannot."""

from __future__ import annotations

import importlib.util
import os
import signal
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from setup.machine import Machine, Repository
    from setup.releases import ReleaseServer

SCRIPT = Path(__file__).parents[2] / "tools/fetch_pulumi.py"
COMPANIONS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")


def release(version: str) -> dict[str, str]:
    """The programs of a release, as shell scripts."""
    return {"pulumi": f"echo v{version}", **dict.fromkeys(COMPANIONS, "exit 0")}


def installed(repository: Repository) -> bool:
    """Whether anything stands where the set-up puts Pulumi."""
    return (repository.root / ".tools/bin").exists()


class TestOnPath:
    """What is on PATH comes first."""

    @pytest.mark.parametrize("version", ["3.200.0", "3.200.1-alpha.1", "3.1000.0", "4.0.0"])
    def test_a_recent_one_is_used_as_it_is(
        self, repository: Repository, machine: Machine, releases: ReleaseServer, version: str
    ) -> None:
        """A Pulumi on PATH that is recent enough is used, and nothing is downloaded."""
        machine.add_pulumi(version)

        status, output = repository.run("tools/setup-pulumi.sh")

        assert (status, releases.asked, installed(repository)) == (0, [], False)
        assert f"Pulumi: {version} ({machine.bin}/pulumi)" in output
        assert repository.pulumi_version() == f"v{version}"

    @pytest.mark.parametrize("version", ["3.199.9", "3.20.0", "2.900.0"])
    def test_an_old_one_is_replaced(
        self, repository: Repository, machine: Machine, releases: ReleaseServer, wanted_version: str, version: str
    ) -> None:
        """A Pulumi on PATH that is too old is named with the version needed, and another is installed."""
        machine.add_pulumi(version)
        releases.publish(wanted_version, release(wanted_version))

        status, output = repository.run("tools/setup-pulumi.sh")

        assert status == 0, output
        assert f"{machine.bin}/pulumi is {version}, older than the 3.200.0 that this project needs" in output
        assert repository.pulumi_version() == f"v{wanted_version}"

    def test_something_else_of_that_name_is_not_taken_for_it(
        self, repository: Repository, machine: Machine, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A program called pulumi that does not say a version is not used."""
        machine.add_pulumi("nonsense")
        releases.publish(wanted_version, release(wanted_version))

        status, output = repository.run("tools/setup-pulumi.sh")

        assert status == 0, output
        assert "does not answer 'pulumi version' with a version" in output
        assert repository.pulumi_version() == f"v{wanted_version}"

    def test_one_without_python_is_not_enough(
        self, repository: Repository, machine: Machine, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A Pulumi without its Python language host is not used."""
        machine.add_pulumi("3.259.0", language_host=False)
        releases.publish(wanted_version, release(wanted_version))

        status, output = repository.run("tools/setup-pulumi.sh")

        assert status == 0, output
        assert "no Python language host: pulumi-language-python is neither on PATH nor beside it" in output
        assert installed(repository)

    def test_a_link_leads_to_the_language_host(self, repository: Repository, machine: Machine) -> None:
        """The language host may stand beside the program that a link on PATH leads to."""
        elsewhere = repository.root.parent / "opt"
        machine.add_pulumi("3.259.0", folder=elsewhere)
        (machine.bin / "pulumi").symlink_to(elsewhere / "pulumi")

        status, output = repository.run("tools/setup-pulumi.sh")

        assert status == 0, output
        assert not installed(repository)

    def test_it_wins_over_an_earlier_installation(
        self, repository: Repository, machine: Machine, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A recent Pulumi that appears on PATH later is used from then on."""
        releases.publish(wanted_version, release(wanted_version))
        repository.run("tools/setup-pulumi.sh")
        machine.add_pulumi("3.300.0")

        repository.run("tools/setup-pulumi.sh")

        assert repository.pulumi_version() == "v3.300.0"

    def test_our_own_is_not_taken_for_the_machines(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """With .tools/bin on PATH, what is in it still counts as ours."""
        releases.publish(wanted_version, release(wanted_version))
        repository.run("tools/setup-pulumi.sh")
        repository.variables["PATH"] = f"{repository.root}/.tools/bin:{repository.machine.bin}"

        _, output = repository.run("tools/setup-pulumi.sh")

        assert output == f"set-up: Pulumi: {wanted_version} (.tools/bin)\n"


class TestDownload:
    """Without one on PATH, the official release is downloaded."""

    def test_a_release_is_installed(self, repository: Repository, releases: ReleaseServer, wanted_version: str) -> None:
        """A download that matches its checksum ends up in .tools/bin, with all four programs."""
        releases.publish(wanted_version, release(wanted_version))

        status, output = repository.run("tools/setup-pulumi.sh")

        assert status == 0, output
        programs = {path.name for path in (repository.root / ".tools/bin").iterdir() if os.access(path, os.X_OK)}
        assert programs == {"pulumi", *COMPANIONS}
        assert repository.pulumi_version() == f"v{wanted_version}"

    def test_the_second_time_needs_no_network(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """Once Pulumi is installed, the set-up asks nobody for anything."""
        releases.publish(wanted_version, release(wanted_version))
        repository.run("tools/setup-pulumi.sh")
        releases.asked.clear()

        status, output = repository.run("tools/setup-pulumi.sh")

        assert (status, releases.asked) == (0, [])
        assert output == f"set-up: Pulumi: {wanted_version} (.tools/bin)\n"

    def test_a_wrong_checksum_is_refused(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A download that differs from its published checksum is not installed, and both sums are named."""
        releases.publish(wanted_version, release(wanted_version), checksum="a" * 64)

        status, output = repository.run("tools/setup-pulumi.sh")

        assert (status, installed(repository)) == (1, False)
        assert "has SHA-256" in output
        assert "a" * 64 in output

    def test_no_checksum_is_refused(self, repository: Repository, releases: ReleaseServer, wanted_version: str) -> None:
        """A release whose checksums do not name the archive is not even downloaded."""
        releases.publish(wanted_version, release(wanted_version))
        checksums = f"pulumi-{wanted_version}-checksums.txt"
        releases.files[checksums] = b"<html>Please sign in</html>"

        status, output = repository.run("tools/setup-pulumi.sh")

        assert (status, releases.asked, installed(repository)) == (1, [checksums], False)
        assert "has no checksum for" in output

    def test_an_incomplete_release_is_refused(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A release that lacks one of the programs is not installed."""
        programs = release(wanted_version)
        del programs["pulumi-language-python-exec"]
        releases.publish(wanted_version, programs)

        status, output = repository.run("tools/setup-pulumi.sh")

        assert (status, installed(repository)) == (1, False)
        assert "lacks a program" in output
        assert "pulumi-language-python-exec" in output

    def test_a_release_that_does_not_run_is_refused(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A release that cannot say its version here is not installed."""
        releases.publish(wanted_version, {**release(wanted_version), "pulumi": "exit 126"})

        status, output = repository.run("tools/setup-pulumi.sh")

        assert (status, installed(repository)) == (1, False)
        assert "do not run on this machine" in output

    def test_plain_http_is_for_this_machine_only(self, repository: Repository) -> None:
        """An address without encryption is refused unless it is this machine's own."""
        repository.variables["PULUMI_RELEASES_URL"] = "http://releases.invalid/sdk"

        status, output = repository.run("tools/setup-pulumi.sh")

        assert status == 1
        assert "http://releases.invalid/sdk is not an https address" in output

    def test_a_download_that_breaks_off_is_refused(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """An archive that ends before its announced length is not installed."""
        releases.publish(wanted_version, release(wanted_version))
        releases.missing_bytes = 1

        status, output = repository.run("tools/setup-pulumi.sh")

        assert (status, installed(repository)) == (1, False)
        assert "broke off after" in output

    def test_a_killed_set_up_is_not_taken_for_a_finished_one(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A set-up killed in the middle of the download installs nothing, and the next one finishes."""
        releases.publish(wanted_version, release(wanted_version))
        releases.may_answer.clear()
        with repository.start("tools/setup-pulumi.sh") as process:
            assert releases.archive_asked.wait(timeout=30)
            os.killpg(process.pid, signal.SIGKILL)
        releases.may_answer.set()
        assert not installed(repository)

        status, output = repository.run("tools/setup-pulumi.sh")

        assert status == 0, output
        assert repository.pulumi_version() == f"v{wanted_version}"
        assert not list((repository.root / ".tools").glob("staging.*"))

    def test_two_at_the_same_time_download_once(
        self, repository: Repository, releases: ReleaseServer, wanted_version: str
    ) -> None:
        """A second set-up waits for the first, says so, and uses what that one installed."""
        releases.publish(wanted_version, release(wanted_version))
        releases.may_answer.clear()
        with repository.start("tools/setup-pulumi.sh") as first:
            assert releases.archive_asked.wait(timeout=30)
            with repository.start("tools/setup-pulumi.sh") as second:
                assert second.stdout
                assert "another set-up" in second.stdout.readline()
                releases.may_answer.set()
                second_output, _ = second.communicate(timeout=60)
            first.communicate(timeout=60)

        assert (first.returncode, second.returncode) == (0, 0), second_output
        assert len([name for name in releases.asked if name.endswith(".tar.gz")]) == 1


def test_a_redirect_does_not_leave_https() -> None:
    """A redirect from https to an address without encryption is refused."""
    spec = importlib.util.spec_from_file_location("fetch_pulumi", SCRIPT)
    assert spec
    assert spec.loader
    fetch_pulumi = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fetch_pulumi)
    request = urllib.request.Request("https://releases.invalid/a")
    handler = fetch_pulumi._SameSecurity()

    with pytest.raises(fetch_pulumi.Unreachable, match="not https"):
        handler.redirect_request(request, None, 302, "Found", {}, "http://releases.invalid/b")
    assert handler.redirect_request(request, None, 302, "Found", {}, "https://other.invalid/b") is not None
