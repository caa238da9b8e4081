"""The table, the file, the exit code, and what a second run makes of the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from examples.fleet.runner.outcome import Changes, Outcome, Result
from examples.fleet.runner.report import Earlier, Report, table

DONE = Outcome("dev", "acme", Result.CHANGED, Changes(1, 0, 2), seconds=3.21, revision="abc")
SAME = Outcome("prod", "acme", Result.UNCHANGED, seconds=2.0, revision="abc")


def report(*results: Result, command: str = "up", interrupted: bool = False) -> Report:
    """Return a report on stacks that came to these results."""
    outcomes = [Outcome(f"stack{n}", "acme", result) for n, result in enumerate(results)]
    return Report(command, "1/1", outcomes, 1.0, interrupted)


class TestExitCode:
    """What a script is told."""

    @pytest.mark.parametrize(
        ("command", "results", "code"),
        [
            ("up", [Result.CHANGED, Result.UNCHANGED], 0),
            ("preview", [Result.UNCHANGED], 0),
            ("preview", [Result.CHANGED, Result.UNCHANGED], 5),
            ("preview", [Result.CHANGED, Result.FAILED], 1),
            ("refresh", [Result.CHANGED], 0),
            ("up", [Result.CHANGED, Result.CONFLICT], 1),
            ("up", [Result.CHANGED, Result.CANCELLED], 1),
            ("up", [Result.CHANGED, Result.NOT_RUN], 1),
            ("up", [], 0),
        ],
    )
    def test_it_follows_from_the_results(self, command: str, results: list[Result], code: int) -> None:
        """All well, something failed or was not run, or a preview has found something to do."""
        assert report(*results, command=command).exit_code() == code

    def test_who_was_stopped_says_so(self) -> None:
        """Whatever else there is, 130 tells that the run did not come to its end."""
        assert report(Result.UNCHANGED, Result.NOT_RUN, interrupted=True).exit_code() == 130
        assert report(Result.FAILED, Result.CANCELLED, interrupted=True).exit_code() == 130

    def test_who_was_stopped_too_late_has_done_it_all(self) -> None:
        """Nothing was left to be cut short."""
        assert report(Result.UNCHANGED, interrupted=True).exit_code() == 0


class TestEarlier:
    """What is done already."""

    def written(self, folder: Path, command: str, *outcomes: Outcome) -> Earlier:
        """Write a report and read it again."""
        file = folder / "report.json"
        Report(command, "1/1", outcomes, 1.0).write(file)
        return Earlier.read(file)

    def test_the_same_command_at_the_same_revision_is_done(self, tmp_path: Path) -> None:
        """And its outcome, kept from then, is in the new report."""
        found = self.written(tmp_path, "up", DONE).done("up", "dev", "abc")

        assert found is not None
        assert (found.result, found.changes, found.earlier) == (Result.CHANGED, Changes(1, 0, 2), True)

    @pytest.mark.parametrize(
        ("command", "stack", "revision"), [("up", "dev", "new"), ("up", "other", "abc"), ("preview", "dev", "abc")]
    )
    def test_anything_else_is_not(self, tmp_path: Path, command: str, stack: str, revision: str) -> None:
        """Another revision, another stack or another command has to be run."""
        assert self.written(tmp_path, "up", DONE).done(command, stack, revision) is None

    @pytest.mark.parametrize("result", [Result.FAILED, Result.CONFLICT, Result.CANCELLED, Result.NOT_RUN])
    def test_what_did_not_go_well_is_run_again(self, tmp_path: Path, result: Result) -> None:
        """Whatever kept it from being done."""
        outcome = Outcome("dev", "acme", result, revision="abc")

        assert self.written(tmp_path, "up", outcome).done("up", "dev", "abc") is None

    def test_an_update_leaves_out_what_its_preview_found_unchanged(self, tmp_path: Path) -> None:
        """And runs what has something to do: first all previews, then the updates that are needed."""
        earlier = self.written(tmp_path, "preview", DONE, SAME)

        assert earlier.done("up", "prod", "abc") is not None
        assert earlier.done("up", "dev", "abc") is None
        assert earlier.done("refresh", "prod", "abc") is None

    @pytest.mark.parametrize("text", ["[]", "{}", '{"format": 2, "stacks": []}', '{"format": 1}', "not JSON"])
    def test_another_file_is_refused(self, tmp_path: Path, text: str) -> None:
        """It is no report in which nothing is done."""
        (tmp_path / "file.json").write_text(text)

        with pytest.raises(ValueError, match=r"report|list|Expecting"):
            Earlier.read(tmp_path / "file.json")


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    """A reader finds the old report or the new one, and nothing else is left in the folder."""
    file = tmp_path / "report.json"
    before = report(Result.FAILED)
    before.write(file)
    with file.open() as reader:
        report(Result.CHANGED, Result.CHANGED).write(file)

        assert json.load(reader) == before.to_data()
    assert json.loads(file.read_text())["counts"]["changed"] == 2
    assert list(tmp_path.iterdir()) == [file]


def test_the_table_has_the_worst_last() -> None:
    """Failures stand nearest to the prompt, with their messages; then the numbers."""
    failed = Outcome("a", "acme.eu", Result.FAILED, conflicts=1, seconds=12.0, message="one\ntwo")
    rest = Outcome("b", "acme.eu", Result.NOT_RUN, message="stopped")

    assert table([failed, rest, DONE, SAME], "up") == (
        "stack  tenant   result     +  -  ~  conflicts  seconds\n"
        "prod   acme     unchanged                          2.0\n"
        "dev    acme     changed    1     2                 3.2\n"
        "b      acme.eu  not run\n"
        "a      acme.eu  failed                      1     12.0\n"
        "\n"
        "a: one\n"
        "  two\n"
        "\n"
        "4 stacks: 1 unchanged, 1 changed, 1 not run, 1 failed (stopped)"
    )


def test_a_long_message_is_cut_in_the_table() -> None:
    """One stack's failure does not push the others' off the screen; the file has all of it."""
    text = table([Outcome("a", "acme", Result.FAILED, message="\n".join(map(str, range(100))))], "up")

    assert "\n  20\n  … and 79 more lines\n" in text
    assert "\n  21\n" not in text


def test_a_preview_says_that_it_is_still_to_be_done() -> None:
    """Nothing was changed by it."""
    assert table([DONE], "preview").endswith("1 stack: 1 to change")


def test_no_stacks_are_none() -> None:
    """A machine may have no share in a small fleet."""
    assert table([], "up").endswith("\n0 stacks to run")
