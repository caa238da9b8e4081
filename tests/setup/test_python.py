"""The set-up makes a Python environment once, mends a broken one, and says what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from setup.machine import Machine, Repository

PYTHON = r"""
me="$0"
case "$*" in
*sys.version_info*%d.%d*|*%d.%d*) echo 3.12 ;;
*sys.version_info*) exit {old} ;;
*ensurepip*) [ -e "{venv_module}" ] ;;
"--version") echo Python 3.12.1 ;;
"-m venv"*)
    for venv in "$@"; do :; done
    mkdir -p "$venv/bin"
    cp "$me" "$venv/bin/python"
    echo "command = $me $*" >"$venv/pyvenv.cfg"
    echo "venv $venv" >>"{journal}" ;;
"-m pip --version") ;;
*pip*install*) echo "pip $*" >>"{journal}"; [ ! -e "{journal}.no-index" ] ;;
esac
"""
"""A Python that makes environments of copies of itself, and whose pip writes its call to the journal."""


@pytest.fixture
def python(machine: Machine) -> None:
    """A recent Python with everything it needs, in place of the real one."""
    venv_module = machine.bin.parent / "venv-module"
    venv_module.touch()
    machine.add("python3", PYTHON.format(old=0, venv_module=venv_module, journal=machine.journal))


def installs(machine: Machine) -> int:
    """How often pip was asked to install."""
    return sum(call.startswith("pip ") for call in machine.calls())


def environments(machine: Machine) -> list[str]:
    """The environments made, oldest first."""
    return [call.removeprefix("venv ") for call in machine.calls() if call.startswith("venv ")]


@pytest.mark.usefixtures("python")
class TestEnvironment:
    """One environment, made when it has to be."""

    def test_it_holds_the_project_in_the_recorded_versions(self, repository: Repository, machine: Machine) -> None:
        """The environment gets the project with its development tools, in the versions recorded."""
        status, output = repository.run("tools/setup-python.sh")

        [_, pip] = machine.calls()
        assert (status, environments(machine)) == (0, [f"{repository.root}/.venv"]), output
        assert "-e .[dev]" in pip
        assert f"-c {repository.root}/tools/constraints.txt" in pip

    def test_the_second_time_installs_nothing(self, repository: Repository, machine: Machine) -> None:
        """A set-up that finds all as it left it does nothing."""
        repository.run("tools/setup-python.sh")

        status, output = repository.run("tools/setup-python.sh")

        assert (status, output) == (0, "set-up: Python environment: ready (.venv)\n")
        assert installs(machine) == 1

    @pytest.mark.parametrize("name", ["pyproject.toml", "tools/constraints.txt", "tools/requirements.txt"])
    def test_a_changed_dependency_is_installed(self, repository: Repository, machine: Machine, name: str) -> None:
        """A change of what is to be installed installs again, into the same environment."""
        repository.run("tools/setup-python.sh")
        with (repository.root / name).open("a") as changed:
            changed.write("\n# more\n")

        repository.run("tools/setup-python.sh")

        assert (installs(machine), len(environments(machine))) == (2, 1)

    def test_a_failed_installation_is_tried_again(self, repository: Repository, machine: Machine) -> None:
        """When pip fails, the set-up fails with the way out, and the next one tries again."""
        no_index = machine.journal.with_name("journal.no-index")
        no_index.touch()

        status, output = repository.run("tools/setup-python.sh")
        no_index.unlink()
        again, _ = repository.run("tools/setup-python.sh")

        assert (status, again, installs(machine)) == (1, 0, 2)
        assert "pip could not install the project's dependencies" in output

    def test_a_half_done_installation_is_not_taken_for_the_one_before(
        self, repository: Repository, machine: Machine
    ) -> None:
        """After an installation that failed, going back to the old dependencies installs those again."""
        repository.run("tools/setup-python.sh")
        old = (repository.root / "pyproject.toml").read_text()
        (repository.root / "pyproject.toml").write_text(f"{old}\n# more\n")
        no_index = machine.journal.with_name("journal.no-index")
        no_index.touch()
        repository.run("tools/setup-python.sh")
        no_index.unlink()
        (repository.root / "pyproject.toml").write_text(old)

        repository.run("tools/setup-python.sh")

        assert installs(machine) == 3

    def test_a_broken_environment_is_made_anew(self, repository: Repository, machine: Machine) -> None:
        """An environment whose interpreter is gone is made again."""
        repository.run("tools/setup-python.sh")
        (repository.root / ".venv/bin/python").unlink()

        status, _ = repository.run("tools/setup-python.sh")

        assert (status, len(environments(machine)), installs(machine)) == (0, 2, 2)

    def test_an_environment_that_was_moved_is_made_anew(self, repository: Repository, machine: Machine) -> None:
        """After the repository was moved, the environment, which still names the old place, is made again."""
        repository.run("tools/setup-python.sh")
        moved = repository.root.rename(repository.root.with_name("elsewhere"))

        status, _ = type(repository)(moved, machine).run("tools/setup-python.sh")

        assert status == 0
        assert environments(machine) == [f"{repository.root}/.venv", f"{moved}/.venv"]


class TestMissing:
    """What is missing is installed where that is ours to do, and named where it is not."""

    def test_an_old_python_is_not_enough(self, repository: Repository, machine: Machine) -> None:
        """Without a recent Python, one message says which is needed and how to get it."""
        machine.add("python3", PYTHON.format(old=1, venv_module="/", journal=machine.journal))

        status, output = repository.run("tools/setup-python.sh")

        assert status == 1
        assert "Python 3.11 or newer is needed" in output
        assert "sudo apt-get install python3 python3-venv" in output

    def test_a_newer_python_under_another_name_is_found(self, repository: Repository, machine: Machine) -> None:
        """A recent Python that is not called python3 is used."""
        machine.add("python3", PYTHON.format(old=1, venv_module="/", journal=machine.journal))
        machine.add("python3.12", PYTHON.format(old=0, venv_module="/", journal=machine.journal))

        status, output = repository.run("tools/setup-python.sh")

        assert (status, installs(machine)) == (0, 1), output

    def test_a_missing_venv_module_is_named(self, repository: Repository, machine: Machine) -> None:
        """Who is not root is told the exact package of Python's missing part, and nothing is installed."""
        machine.add_recorder("apt-get")
        machine.add("python3", PYTHON.format(old=0, venv_module="/nowhere", journal=machine.journal))

        status, output = repository.run("tools/setup-python.sh")

        assert (status, machine.calls()) == (1, [])
        assert "sudo apt-get install python3.12-venv" in output

    def test_root_gets_it_installed(self, repository: Repository, machine: Machine) -> None:
        """As root on Debian, Python's missing part is installed, aloud, and the set-up goes on."""
        venv_module = machine.bin.parent / "venv-module"
        machine.be_root(root=True)
        machine.add_recorder("apt-get", f'touch "{venv_module}"')
        machine.add("python3", PYTHON.format(old=0, venv_module=venv_module, journal=machine.journal))

        status, output = repository.run("tools/setup-python.sh")

        assert (status, installs(machine)) == (0, 1), output
        assert machine.calls()[0] == "apt-get install -y --no-install-recommends python3.12-venv"
        assert "installing with apt-get" in output

    def test_package_lists_are_refreshed_when_they_have_to_be(self, repository: Repository, machine: Machine) -> None:
        """On a machine without package lists they are fetched, and the installation is tried again."""
        venv_module = machine.bin.parent / "venv-module"
        lists = machine.bin.parent / "lists"
        machine.be_root(root=True)
        machine.add_recorder(
            "apt-get",
            f'case "$1" in update) touch "{lists}" ;; *) [ -e "{lists}" ] && touch "{venv_module}" ;; esac',
        )
        machine.add("python3", PYTHON.format(old=0, venv_module=venv_module, journal=machine.journal))

        status, output = repository.run("tools/setup-python.sh")

        assert status == 0, output
        assert [call.split()[1] for call in machine.calls() if call.startswith("apt-get")] == [
            "install",
            "update",
            "install",
        ]


class TestBrowser:
    """The browser tests get a browser, when there are such tests."""

    def test_no_tests_no_browser(self, repository: Repository, machine: Machine) -> None:
        """While there is no browser test, no browser is looked for or installed."""
        machine.be_root(root=True)
        machine.add_recorder("apt-get")

        assert repository.run("tools/setup-browser.sh") == (0, "")
        assert machine.calls() == []

    def test_one_on_path_is_used(self, repository: Repository, machine: Machine) -> None:
        """A browser that is there is not installed again."""
        (repository.root / "tests/browser").mkdir(parents=True)
        machine.be_root(root=True)
        machine.add_recorder("apt-get")
        machine.add("chromium", "exit 0")

        status, output = repository.run("tools/setup-browser.sh")

        assert (status, machine.calls()) == (0, [])
        assert f"ready ({machine.bin}/chromium)" in output

    def test_root_gets_it_installed(self, repository: Repository, machine: Machine) -> None:
        """As root on Debian, a missing browser is installed, aloud."""
        (repository.root / "tests/browser").mkdir(parents=True)
        machine.be_root(root=True)
        machine.add_recorder("apt-get")

        status, output = repository.run("tools/setup-browser.sh")

        assert (status, machine.calls()) == (0, ["apt-get install -y --no-install-recommends chromium"])
        assert "installing with apt-get" in output

    def test_others_are_told_the_command(self, repository: Repository, machine: Machine) -> None:
        """Who is not root is told how to install the browser, and the set-up fails."""
        (repository.root / "tests/browser").mkdir(parents=True)
        machine.add_recorder("apt-get")

        status, output = repository.run("tools/setup-browser.sh")

        assert (status, machine.calls()) == (1, [])
        assert "sudo apt-get install chromium" in output
