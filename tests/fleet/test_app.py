"""The command line of the fleet, with a program that pretends to be the CLI."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from examples.fleet.runner.app import main

# Lists the stacks, fails those named bad…, and notes what it was called with.
PRETEND = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$*" in
    version) echo v3.259.0 ;;
    *"stack ls"*) echo "$STACKS" ;;
    *"config --show-secrets"*) echo "{}" ;;
    *"--stack bad"*) echo "error: it is bad"; exit 255 ;;
    *"config set"*) while [ "$1" != --config-file ]; do shift; done; echo "# with budget" >> "$2" ;;
    *) for last; do :; done; echo '{"summaryEvent":{"resourceChanges":{"same":1}}}' > "$last" ;;
esac
"""


class Project:
    """A project in the current folder, and what its CLI was called with."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._calls = folder / "calls"
        self._calls.touch()
        (folder / "bin").mkdir()
        (folder / "bin/pulumi").write_text(PRETEND)
        (folder / "bin/pulumi").chmod(0o755)
        (folder / "Pulumi.yaml").write_text("name: fleet\nruntime: python\n")
        self._monkeypatch = monkeypatch
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("CALLS", str(self._calls))

    def stacks(self, **tenants: str) -> None:
        """Make stacks: name → tenant, and after a comma the stack that it takes its permissions from."""
        self._monkeypatch.setenv("STACKS", json.dumps([{"name": name, "current": False} for name in tenants]))
        for name, text in tenants.items():
            tenant, _, source = text.partition(",")
            lines = f"config:\n  auth0:domain: {tenant}\n"
            lines += f"  auth0-permissions:promotedFrom: {source}\n" if source else ""
            (self.folder / f"Pulumi.{name}.yaml").write_text(lines)

    def ran(self) -> list[str]:
        """Return the stacks that were run, in order."""
        calls = [line.split() for line in self._calls.read_text().splitlines() if "--event-log" in line]
        return [call[call.index("--stack") + 1] for call in calls]

    def calls(self) -> str:
        """Return all that the CLI was called with."""
        return self._calls.read_text()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with three stacks on two tenants."""
    made = Project(tmp_path, monkeypatch)
    made.stacks(a="acme", b="acme", c="other")
    return made


def test_all_stacks_are_run(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """And all is well."""
    assert main(["up"]) == 0
    assert sorted(project.ran()) == ["a", "b", "c"]
    assert capsys.readouterr().out.endswith("3 stacks: 3 unchanged\n")


def test_shares_make_up_the_fleet(project: Project) -> None:
    """Every stack is run by one of the machines, and by no other."""
    for index in (1, 2, 3):
        main(["up", "--shard", f"{index}/3"])

    assert sorted(project.ran()) == ["a", "b", "c"]


def test_a_list_runs_nothing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows what would be run, and on which tenant."""
    assert main(["up", "a", "c", "--list"]) == 0
    assert capsys.readouterr().out == "a  acme\nc  other\n"
    assert project.ran() == []


def test_failures_end_it_where_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is told as not run, and why."""
    project.stacks(bad1="acme", bad2="acme", c="acme")

    assert main(["up", "--parallel", "1", "--max-failures", "1"]) == 1
    assert project.ran() == ["bad1"]
    out = capsys.readouterr().out
    assert "bad1: it is bad\n" in out
    assert out.endswith("2 not run, 1 failed (1 of 1 stacks failed, which is as many as were allowed)\n")


def test_what_is_done_is_not_run_again(project: Project) -> None:
    """Until the program changes."""
    main(["up", "--json", "run.json"])
    main(["up", "--json", "run.json", "--resume", "run.json"])
    assert len(project.ran()) == 3

    (project.folder / "__main__.py").write_text("")
    main(["up", "--json", "run.json", "--resume", "run.json"])
    assert len(project.ran()) == 6


def test_an_update_follows_its_preview(project: Project) -> None:
    """What the preview found unchanged is left out, though its report lies in the project by now."""
    assert main(["preview", "--json", "preview.json"]) == 0
    assert main(["up", "--resume", "preview.json", "--json", "up.json"]) == 0
    assert len(project.ran()) == 3


def test_the_reports_of_earlier_runs_are_no_part_of_the_program(project: Project) -> None:
    """With those of yesterday in the folder, what today's preview found unchanged is left out all the same."""
    for _ in range(2):
        main(["preview", "--json", "preview.json"])
        main(["up", "--resume", "preview.json", "--json", "up.json"])

    assert len(project.ran()) == 6


def test_a_budget_is_shared_and_goes_into_a_copy(project: Project) -> None:
    """Two of a tenant at a time have half of it each; the stack's own file stays as it is."""
    before = (project.folder / "Pulumi.a.yaml").read_text()

    assert main(["up", "a", "--per-tenant", "2", "--requests-per-second", "3"]) == 0

    assert "--plaintext auth0-permissions:requestsPerSecond 1.5\n" in project.calls()
    run = next(line for line in project.calls().splitlines() if "--event-log" in line)
    copy = Path(run.split("--config-file ")[1].split()[0])
    assert (project.folder / "Pulumi.a.yaml").read_text() == before
    assert not copy.exists()


def test_a_smaller_number_of_its_own_stays(project: Project) -> None:
    """A stack that asks for less than its share is not given more."""
    file = project.folder / "Pulumi.a.yaml"
    file.write_text(file.read_text() + "  auth0-permissions:requestsPerSecond: 0.5\n")

    assert main(["up", "a", "--requests-per-second", "3"]) == 0
    assert "--config-file" not in project.calls()


def test_a_stack_that_can_be_given_no_budget_is_not_run(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file there is nothing to copy, and a guard that was asked for is not left out."""
    (project.folder / "Pulumi.a.yaml").unlink()

    assert main(["up", "a", "--requests-per-second", "3"]) == 1
    assert project.ran() == []
    assert "it has no configuration file, so it can be given no budget" in capsys.readouterr().out


class TestRefusals:
    """What is not done, and says so before anything runs."""

    def test_a_source_and_who_takes_from_it(self, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
        """What the second would get depends on who is first."""
        project.stacks(golden="acme", east="other,golden")

        assert main(["up"]) == 4
        assert "east takes its permissions from golden" in capsys.readouterr().err
        assert project.ran() == []

    def test_those_who_take_from_elsewhere_are_run(self, project: Project) -> None:
        """The source was chosen out; a preview reads only, and may have both."""
        project.stacks(golden="acme", east="other,golden")

        assert main(["up", "east"]) == 0
        assert main(["preview"]) == 0

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["up", "--per-tenant", "2"], "--per-tenant above 1 needs --requests-per-second"),
            (["up", "nobody"], "no stack of this project is or fits nobody"),
            (["up", "--resume", "missing.json"], "No such file or directory: missing.json"),
            (["up", "--resume", "Pulumi.yaml"], "Pulumi.yaml: Expecting value"),
        ],
    )
    def test_wrong_usage(
        self, project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
    ) -> None:
        """Exit code 2, one sentence, and nothing was run."""
        assert main(arguments) == 2
        assert capsys.readouterr().err.startswith(f"error: {said}")
        assert project.ran() == []

    @pytest.mark.parametrize(
        "arguments",
        [
            ["up", "--parallel", "0"],
            ["up", "--requests-per-second", "-1"],
            ["up", "--requests-per-second", "inf"],
            ["up", "--shard", "4/3"],
            ["up", "--cwd", "bin"],
            ["up", "--json", "nowhere/run.json"],
            ["destroy"],
        ],
    )
    def test_wrong_arguments(self, project: Project, arguments: list[str]) -> None:
        """The parser refuses what cannot be meant."""
        with pytest.raises(SystemExit) as ended:
            main(arguments)

        assert ended.value.code == 2
        assert project.ran() == []
