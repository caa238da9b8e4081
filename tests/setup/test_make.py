"""`make` and the CI entry run the right things in the right order and pass their exit status on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from setup.machine import Machine, Repository


@pytest.fixture
def recorded(repository: Repository, machine: Machine) -> Repository:
    """The repository with set-up and check scripts that only record their calls."""
    for name in ("setup.sh", "setup-python.sh", "check.sh"):
        script = machine.add_recorder(name, f"exit ${{STATUS_{name.split('.')[0].replace('-', '_')}:-0}}")
        script.rename(repository.root / "tools" / name)
    for name in ("python", "ruff"):
        machine.add_recorder(name, f"exit ${{STATUS_{name}:-0}}").rename(machine.bin / name)
    return repository


class TestTargets:
    """What each target does."""

    def test_help_is_the_default_and_names_every_target(self, recorded: Repository) -> None:
        """`make` alone lists every target a person may call, and runs nothing."""
        makefile = (recorded.root / "Makefile").read_text()
        internal = {"setup-tests", "setup-python"}
        targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) - internal

        status, output = recorded.run("../bin/make")

        assert status == 0, output
        assert {line.split()[0] for line in output.splitlines() if line.startswith("  ")} == targets
        assert recorded.machine.calls() == []

    @pytest.mark.parametrize(
        ("target", "calls"),
        [
            ("setup", ["setup.sh"]),
            ("check", ["setup-python.sh", "check.sh"]),
            ("test", ["setup.sh --tests", "check.sh", "python -m pytest -n 2 --dist loadscope --no-loadscope-reorder"]),
            ("demo", ["setup.sh", "python examples/demo/demo.py"]),
            ("bench", ["setup.sh", "python benchmarks/run.py"]),
            ("format", ["setup-python.sh", "ruff format .", "ruff check --fix ."]),
            ("try-versions", ["setup.sh", "python tools/try_versions.py"]),
            ("dist", ["setup-python.sh", "python -m build --no-isolation --outdir dist"]),
            ("upgrade", ["setup-python.sh --upgrade"]),
        ],
    )
    def test_each_target_sets_up_first(self, recorded: Repository, target: str, calls: list[str]) -> None:
        """A target does its own set-up, then its work, in this order."""
        status, _ = recorded.run("../bin/make", target)

        assert (status, [call.strip() for call in recorded.machine.calls()]) == (0, calls)

    def test_nothing_follows_the_test_runners_words(self, recorded: Repository, machine: Machine) -> None:
        """The last line of `make test` is the test runner's own."""
        machine.add("python", "echo '== 3 passed in 1s =='")

        _, output = recorded.run("../bin/make", "test")

        assert output.splitlines()[-1] == "== 3 passed in 1s =="

    @pytest.mark.parametrize(
        ("failing", "last_call"),
        [
            ("setup", "setup.sh --tests"),
            ("check", "check.sh"),
            ("python", "python -m pytest -n 2 --dist loadscope --no-loadscope-reorder"),
        ],
    )
    def test_a_failure_ends_it(self, recorded: Repository, failing: str, last_call: str) -> None:
        """What fails ends `make test` with a failure, and nothing after it is run."""
        recorded.variables[f"STATUS_{failing}"] = "1"

        status, _ = recorded.run("../bin/make", "test")

        assert status != 0
        assert recorded.machine.calls()[-1].strip() == last_call

    def test_arguments_reach_pytest(self, recorded: Repository) -> None:
        """ARGS and WORKERS are handed to pytest."""
        recorded.run("../bin/make", "test", "ARGS=-k drift", "WORKERS=0")

        assert recorded.machine.calls()[-1] == "python -m pytest -n 0 --dist loadscope --no-loadscope-reorder -k drift"

    def test_clean_keeps_the_set_up_and_the_state(self, recorded: Repository) -> None:
        """`make clean` removes caches and keeps what took time to set up, and the local Pulumi state."""
        names = (".mypy_cache", "provider/__pycache__", ".venv", ".tools", ".pulumi-state")
        for name in names:
            (recorded.root / name).mkdir(parents=True)

        recorded.run("../bin/make", "clean")

        assert [name for name in names if (recorded.root / name).exists()] == [".venv", ".tools", ".pulumi-state"]


class TestCi:
    """What the CI machine runs."""

    def test_it_is_make_test(self, recorded: Repository) -> None:
        """The CI entry runs `make test`, from whatever folder it is called, and passes its status on."""
        recorded.variables["STATUS_python"] = "7"

        status, _ = recorded.run(".ci/run")

        assert status != 0
        assert [call.split()[0] for call in recorded.machine.calls()] == ["setup.sh", "check.sh", "python"]

    def test_a_missing_make_is_installed(self, recorded: Repository) -> None:
        """As root on a machine without make, make is installed first."""
        machine = recorded.machine
        make = machine.bin / "make"
        kept = make.rename(machine.bin.parent / "make")
        machine.be_root(root=True)
        machine.add_recorder("apt-get", f'[ "$1" = update ] || ln -s "{kept}" "{make}"')

        status, output = recorded.run(".ci/run")

        assert status == 0, output
        assert machine.calls()[-1].startswith("python -m pytest")


class TestRun:
    """Commands run with the project's tools on PATH."""

    def test_the_environment_comes_first(self, repository: Repository, machine: Machine) -> None:
        """A program of the Python environment is found before one of the machine, and its status is passed on."""
        machine.add("tool", "exit 3")
        machine.add("tool", "exit 4", repository.root / ".venv/bin")

        assert repository.run("tools/run.sh", "tool") == (4, "")

    def test_arguments_stay_as_they_are(self, repository: Repository, machine: Machine) -> None:
        """Arguments with spaces and quotes reach the command unchanged."""
        machine.add("show", r'printf "<%s>" "$@"')

        assert repository.run("tools/run.sh", "show", "a  b", "", '"*"') == (0, '<a  b><><"*">')


class TestCheck:
    """All static checks run, and any of them can fail the whole."""

    TOOLS = ("ruff", "mypy", "lint-imports", "shellcheck")

    @pytest.mark.parametrize("failing", [None, *TOOLS])
    def test_one_failure_fails_it_and_stops_no_other(
        self, repository: Repository, machine: Machine, failing: str | None
    ) -> None:
        """Every check runs although one fails; the failing one's words are shown, and the status says so."""
        for name in self.TOOLS:
            machine.add_recorder(name, f"echo {name} says no; exit 1" if name == failing else "")

        status, output = repository.run("tools/check.sh")

        called = {call.split()[0] for call in machine.calls()}
        assert (status, called) == (int(failing is not None), set(self.TOOLS))
        assert ("says no" in output) == (failing is not None)
