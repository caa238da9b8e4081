"""Which run of the engine a process belongs to."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import psutil
import pytest

from pulumi_auth0_permissions.pulumi_adapter import run as run_module
from pulumi_auth0_permissions.pulumi_adapter.run import (
    RUN_VARIABLE,
    Run,
    other_users,
    program_run,
    provider_run,
    stop_without,
)

ADDRESS = "127.0.0.1:40404"


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


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a provider."""
    monkeypatch.setattr(sys, "argv", ["pulumi-resource-pulumi-python", ADDRESS])


@pytest.fixture
def ancestors(monkeypatch: pytest.MonkeyPatch) -> list[Ancestor]:
    """This process's ancestors, from the parent on."""
    found: list[Ancestor] = []
    this = SimpleNamespace(parents=lambda: found, cmdline=lambda: ["python", "program", "--engine", ADDRESS])
    monkeypatch.setattr(psutil, "Process", lambda: this)
    return found


@pytest.mark.parametrize("name", ["pulumi", ".pulumi-wrapped", r"C:\Program Files\pulumi.exe", "sudo"])
@pytest.mark.parametrize("between", [(), (SHELL,), (CMD, SHELL), (LAUNCHER, CMD)])
def test_the_engine_is_whoever_started_the_provider(
    ancestors: list[Ancestor], name: str, between: tuple[Ancestor, ...]
) -> None:
    """Whatever it is called, and whichever shells stand between: they were given the engine's address."""
    ancestors += [*between, Ancestor(42, [name, "up"], 3.5), Ancestor(1, ["init"])]

    assert provider_run() == program_run() == Run(42, 350)


@pytest.mark.parametrize("engine", [Ancestor(1, ["pulumi", "up"]), Ancestor(1, [], is_hidden=True)])
def test_the_engine_may_be_the_first_process_or_another_users(ancestors: list[Ancestor], engine: Ancestor) -> None:
    """In a container it can have the id 1 and no ancestors; a command line that is hidden is not that of a shell."""
    ancestors += [SHELL, engine]

    assert provider_run() == Run(1, 100)


def test_a_driver_that_the_environment_names_counts(ancestors: list[Ancestor], monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that starts one engine for the preview and one for the update is the run, if it is an ancestor."""
    ancestors += [SHELL, Ancestor(42, ["pulumi"]), Ancestor(9, ["auth0-permissions", "promote"], 5.0)]

    monkeypatch.setenv(RUN_VARIABLE, "9")
    assert provider_run() == Run(9, 500)
    assert provider_run(of_engine=True) == Run(42, 100)
    monkeypatch.setenv(RUN_VARIABLE, "10")
    assert provider_run() == Run(42, 100)


def test_without_an_engine_there_is_no_run(ancestors: list[Ancestor], monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without ancestors belongs to no run, nor does one that nobody gave an engine's address."""
    assert provider_run() is None
    ancestors += [SHELL]
    assert provider_run() is None

    ancestors += [Ancestor(42, ["pulumi"])]
    monkeypatch.setattr(sys, "argv", ["python"])
    assert provider_run() is None


@pytest.mark.parametrize("error", [psutil.AccessDenied(), psutil.NoSuchProcess(1), FileNotFoundError("/proc/1/stat")])
def test_a_system_that_does_not_tell_of_processes_has_no_runs(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without /proc, or where nothing of others may be seen, there is no run, and nobody else is known of."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(psutil, "Process", fail)

    assert provider_run() is None
    assert program_run() is None
    assert not Run(1, 1).is_alive
    assert not Run(1, 1).is_destroying
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
    run = Run.of(psutil.Process())

    assert run.pid == os.getpid()
    assert run.is_alive
    assert not Run(run.pid, run.started + 1).is_alive
    assert not Run(2**22 + 1, run.started).is_alive


def test_a_process_without_its_engine_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the engine is gone, the process is stopped."""
    codes: list[int] = []
    monkeypatch.setattr(run_module, "_LOOK_INTERVAL_S", 0.001)
    monkeypatch.setattr(os, "_exit", codes.append)

    stop_without(Run(2**22 + 1, 1)).join(10)

    assert codes == [1]
