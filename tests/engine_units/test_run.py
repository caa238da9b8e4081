"""Which `pulumi` run a process belongs to, told from a made-up /proc."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from pulumi_auth0_permissions.engine.run import MAX_GENERATIONS, Run, current_run, is_alive


def process(proc: Path, pid: int, name: str, parent: int, started: int) -> None:
    """Add a process as proc_pid_stat(5) describes it: fields 3 (state), 4 (parent) and 22 (start time) count."""
    others = [str(1000 + number) for number in range(5, 22)]
    stat = f"{pid} ({name}) S {parent} {' '.join(others)} {started} 9 9 9\n"
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    (folder / "stat").write_text(stat, encoding="utf-8")


@pytest.fixture
def parent() -> int:
    """This process's parent, with which the search begins."""
    return os.getppid()


def test_the_parent_may_be_the_engine(tmp_path: Path, parent: int) -> None:
    """A provider that the CLI has started itself belongs to that run."""
    process(tmp_path, parent, "pulumi", 1, 777)

    assert current_run(tmp_path) == Run(parent, 777)


def test_the_engine_is_found_behind_a_shell_and_a_language_host(tmp_path: Path, parent: int) -> None:
    """Whatever stands between the provider and the CLI is passed over; names that only begin alike are too."""
    process(tmp_path, parent, "python3", 7001, 1)
    process(tmp_path, 7001, "pulumi-language", 7002, 2)
    process(tmp_path, 7002, "sh", 7003, 3)
    process(tmp_path, 7003, "pulumi", 1, 4)

    assert current_run(tmp_path) == Run(7003, 4)


def test_the_nearest_engine_counts(tmp_path: Path, parent: int) -> None:
    """A CLI that was started from within another run is a run of its own."""
    process(tmp_path, parent, "pulumi", 7001, 10)
    process(tmp_path, 7001, "pulumi", 1, 5)

    assert current_run(tmp_path) == Run(parent, 10)


@pytest.mark.parametrize(
    "name", ["a name", "(x)", ") S 1 2 3 (", "pulumi) S 1 (x", "tmux: server", "\u8aad\u3080", "pulumi "]
)
def test_names_with_spaces_and_parentheses_are_read(tmp_path: Path, parent: int, name: str) -> None:
    """A process may call itself anything; what follows its name is found all the same."""
    process(tmp_path, parent, name, 7001, 1)
    process(tmp_path, 7001, "pulumi", 1, 42)

    assert current_run(tmp_path) == Run(7001, 42)


def test_without_an_engine_there_is_no_run(tmp_path: Path, parent: int) -> None:
    """Where the first process of all is reached, nobody has started a run."""
    process(tmp_path, parent, "bash", 1, 3)
    process(tmp_path, 1, "init", 0, 0)

    assert current_run(tmp_path) is None


def test_without_a_process_table_there_is_no_run(tmp_path: Path) -> None:
    """Where the system has no /proc, there is nothing to find out."""
    assert current_run(tmp_path / "missing") is None


def test_the_search_ends(tmp_path: Path, parent: int) -> None:
    """A table that leads round in a circle is given up on."""
    process(tmp_path, parent, "bash", 7001, 1)
    process(tmp_path, 7001, "bash", parent, 2)

    assert current_run(tmp_path) is None


@pytest.mark.parametrize(("between", "is_found"), [(MAX_GENERATIONS - 1, True), (MAX_GENERATIONS, False)])
def test_the_search_goes_so_far_and_no_further(tmp_path: Path, parent: int, between: int, *, is_found: bool) -> None:
    """The engine is found behind fifteen processes, and not behind sixteen."""
    pids = [parent, *range(8001, 8001 + between)]
    for pid, above in itertools.pairwise(pids):
        process(tmp_path, pid, "sh", above, 1)
    process(tmp_path, pids[-1], "pulumi", 1, 5)

    assert (current_run(tmp_path) is not None) is is_found


@pytest.mark.parametrize("text", ["", "7 pulumi S 1", "7 (pulumi) S", "7 (pulumi) S one two"])
def test_a_table_that_cannot_be_read_is_no_run(tmp_path: Path, parent: int, text: str) -> None:
    """What is not as documented tells nothing, and raises nothing."""
    folder = tmp_path / str(parent)
    folder.mkdir()
    (folder / "stat").write_text(text, encoding="utf-8")

    assert current_run(tmp_path) is None


def test_a_run_that_goes_on_is_alive(tmp_path: Path) -> None:
    """A run is alive while its process is there."""
    process(tmp_path, 7001, "pulumi", 1, 42)

    assert is_alive(Run(7001, 42), tmp_path)


def test_a_run_that_has_ended_is_dead(tmp_path: Path) -> None:
    """A run whose process is gone has ended."""
    assert not is_alive(Run(7001, 42), tmp_path)


def test_a_process_id_that_was_used_again_is_another_run(tmp_path: Path) -> None:
    """A process of the same id that started at another time is not the run."""
    process(tmp_path, 7001, "pulumi", 1, 43)

    assert not is_alive(Run(7001, 42), tmp_path)


def test_this_machines_own_table_can_be_read() -> None:
    """The real /proc says of this process that it is alive, and of the same id at another time that it is not."""
    text = Path("/proc/self/stat").read_text(encoding="utf-8")
    started = int(text[text.rindex(")") + 1 :].split()[19])

    assert is_alive(Run(os.getpid(), started))
    assert not is_alive(Run(os.getpid(), started + 1))


def test_a_runs_name_tells_both_facts() -> None:
    """Two runs that differ in id or start have different names."""
    assert len({str(Run(1, 2)), str(Run(1, 3)), str(Run(2, 2)), str(Run(12, 3))}) == 4
    assert str(Run(12, 34)) == "12-34"
