"""A program that drives the engine names itself, and preview and update then belong to its run."""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_auth0_permissions.engine.run import RUN_VARIABLE, Run, current_run, is_alive, this_process


def process(proc: Path, pid: int, name: str, parent: int, started: int) -> None:
    """Add a process to a made-up /proc; see proc_pid_stat(5)."""
    others = " ".join(["0"] * 17)
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    (folder / "stat").write_text(f"{pid} ({name}) S {parent} {others} {started} 9 9 9\n", encoding="utf-8")


def test_the_named_ancestor_is_the_run(tmp_path: Path) -> None:
    """Two engines that one program has started belong to the same run, the program's."""
    process(tmp_path, os.getppid(), "pulumi", 7001, 10)
    process(tmp_path, 7001, "auth0-permissio", 1, 5)

    assert current_run(tmp_path, {RUN_VARIABLE: "7001"}) == Run(7001, 5)


def test_a_name_that_is_no_ancestor_counts_for_nothing(tmp_path: Path) -> None:
    """A variable left over in a shell does not make a run of a process that did not start this one."""
    process(tmp_path, os.getppid(), "pulumi", 1, 10)
    process(tmp_path, 7001, "auth0-permissio", 1, 5)

    assert current_run(tmp_path, {RUN_VARIABLE: "7001"}) == Run(os.getppid(), 10)


def test_a_name_that_is_no_number_counts_for_nothing(tmp_path: Path) -> None:
    """Nonsense in the variable changes nothing."""
    process(tmp_path, os.getppid(), "pulumi", 1, 10)

    assert current_run(tmp_path, {RUN_VARIABLE: "me"}) == Run(os.getppid(), 10)


def test_a_named_ancestor_needs_no_engine(tmp_path: Path) -> None:
    """Where the CLI's process is called something else, the named one is enough."""
    process(tmp_path, os.getppid(), "wrapper", 1, 10)

    assert current_run(tmp_path, {RUN_VARIABLE: str(os.getppid())}) == Run(os.getppid(), 10)


def test_a_process_can_name_itself() -> None:
    """What a program takes itself for is what its children find, and it is alive."""
    run = this_process()

    assert run is not None
    assert run.pid == os.getpid()
    assert is_alive(run)


def test_without_a_process_table_a_process_cannot_name_itself(tmp_path: Path) -> None:
    """Where the system has no /proc, there is no run to begin."""
    assert this_process(tmp_path / "missing") is None
