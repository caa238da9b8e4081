"""Which run of the engine a process belongs to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import psutil
import pytest

from pulumi_auth0_permissions.pulumi_adapter.run import (
    RUN_VARIABLE,
    Run,
    current_run,
    is_alive,
    other_users,
    this_process,
)

ADDRESS = "127.0.0.1:40404"
ARGUMENTS = ["pulumi-resource-pulumi-python", ADDRESS]


@dataclass
class Ancestor:
    """A process as psutil tells of it."""

    pid: int
    command: list[str]
    started_s: float = 1.0
    is_hidden: bool = False

    def cmdline(self) -> list[str]:
        """Return its command line."""
        if self.is_hidden:
            raise psutil.AccessDenied(self.pid)
        return self.command

    def create_time(self) -> float:
        """Return when it started."""
        return self.started_s


SHELL = Ancestor(7, ["/bin/sh", "/x/pulumi-resource-pulumi-python", ADDRESS])
CMD = Ancestor(8, ["cmd", "/C", r"C:\x\pulumi-resource-pulumi-python.cmd", ADDRESS])
LAUNCHER = Ancestor(9, [r"C:\x\venv\Scripts\python.exe", "-u", "-m", "pulumi.dynamic", ADDRESS])


def run_of(*ancestors: Ancestor, environ: dict[str, str] | None = None) -> Run | None:
    """Return the run of a provider with these ancestors."""
    return current_run(ARGUMENTS, environ or {}, cast("list[psutil.Process]", ancestors))


@pytest.mark.parametrize("name", ["pulumi", ".pulumi-wrapped", "iac", r"C:\Program Files\pulumi.exe", "sudo"])
@pytest.mark.parametrize("between", [(), (SHELL,), (CMD,), (CMD, SHELL), (LAUNCHER, CMD)])
def test_the_engine_is_whoever_started_the_provider(name: str, between: tuple[Ancestor, ...]) -> None:
    """Whatever it is called, and whichever shells stand between: they were given the engine's address."""
    assert run_of(*between, Ancestor(42, [name, "up"], 3.5), Ancestor(1, ["init"])) == Run(42, 350)


def test_the_engine_may_be_the_first_process() -> None:
    """In a container the engine can have the id 1 and no ancestors."""
    assert run_of(SHELL, Ancestor(1, ["pulumi", "up"], 2.0)) == Run(1, 200)


def test_an_engine_whose_command_line_is_hidden_is_found() -> None:
    """A process of another user is not one of the shells between."""
    assert run_of(SHELL, Ancestor(42, [], is_hidden=True)) == Run(42, 100)


def test_a_driver_that_the_environment_names_counts() -> None:
    """A program that starts one engine for the preview and one for the update is the run, if it is an ancestor."""
    ancestors = (SHELL, Ancestor(42, ["pulumi"]), Ancestor(9, ["auth0-permissions", "promote"], 5.0))

    assert run_of(*ancestors, environ={RUN_VARIABLE: "9"}) == Run(9, 500)
    assert run_of(*ancestors, environ={RUN_VARIABLE: "10"}) == Run(42, 100)


def test_without_an_engine_there_is_no_run() -> None:
    """A process that nobody gave an engine's address belongs to no run; nor does one without ancestors."""
    assert current_run(["python"], {}) is None
    assert run_of(SHELL) is None
    assert run_of() is None


@pytest.mark.parametrize("error", [psutil.AccessDenied(), psutil.NoSuchProcess(1), FileNotFoundError("/proc/1/stat")])
def test_a_system_that_does_not_tell_of_processes_has_no_runs(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without /proc, or where nothing of others may be seen, there is no run, and nobody else is known of."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(psutil, "Process", fail)

    assert current_run(ARGUMENTS, {}) is None
    assert this_process() is None
    assert not is_alive(Run(1, 1))
    assert other_users() == []


def test_other_users_are_those_with_a_provider_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this user's runs count, nor other programs, nor what the system does not tell of."""
    provider = ["python", "-u", "-m", "pulumi.dynamic", ADDRESS]
    found = [
        {"username": psutil.Process().username(), "cmdline": provider},
        {"username": "ann", "cmdline": provider},
        {"username": "bob", "cmdline": ["bash"]},
        {"username": "eve", "cmdline": None},
        {"username": None, "cmdline": provider},
    ]
    monkeypatch.setattr(psutil, "process_iter", lambda _: [SimpleNamespace(info=info) for info in found])

    assert other_users() == ["ann"]


def test_a_run_is_alive_while_its_process_is() -> None:
    """A process of the same id that started at another time is another run."""
    run = this_process()

    assert run is not None
    assert run.pid == os.getpid()
    assert is_alive(run)
    assert not is_alive(Run(run.pid, run.started + 1))
    assert not is_alive(Run(2**22 + 1, run.started))
