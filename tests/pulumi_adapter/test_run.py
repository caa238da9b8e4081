"""Which run of the engine a process belongs to."""

import os
import socket
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import cast
from unittest.mock import Mock

import psutil
import pytest

from pulumi_auth0_permissions.pulumi_adapter import run as run_module
from pulumi_auth0_permissions.pulumi_adapter.run import (
    RUN_VARIABLE,
    current_run,
    end_with,
    is_destroying,
    other_users,
)

ADDRESS = "127.0.0.1:40404"


def ancestor(pid: int, *command: str) -> psutil.Process:
    """Return a process as psutil tells of it; without a command line, that of another user."""

    def as_dict(_attributes: list[str], ad_value: Sequence[str]) -> dict[str, Sequence[str]]:
        return {"cmdline": command or ad_value}

    return cast("psutil.Process", SimpleNamespace(pid=pid, as_dict=as_dict))


SHELL = ancestor(7, "/bin/sh", "/x/pulumi-resource-pulumi-python", ADDRESS)
CMD = ancestor(8, "cmd", "/C", r"C:\x\pulumi-resource-pulumi-python.cmd", ADDRESS)
LAUNCHER = ancestor(9, r"C:\x\venv\Scripts\python.exe", "-u", "-m", "pulumi.dynamic", ADDRESS)
ENGINE = ancestor(42, "pulumi", "up")
PROVIDER = ["python", "-u", "-m", "pulumi.dynamic", ADDRESS]
PROGRAM = ["python", "-u", "/x/pulumi-language-python-exec", "--engine", ADDRESS, "--tracing", "", "."]

MakeProcess = Callable[..., None]


@pytest.fixture
def this_process(monkeypatch: pytest.MonkeyPatch) -> MakeProcess:
    """Makes this process one with ancestors, from the parent on, and a command line."""

    def make(*ancestors: psutil.Process, command: Sequence[str] = PROVIDER) -> None:
        this = SimpleNamespace(parents=lambda: ancestors, cmdline=lambda: command)
        monkeypatch.setattr(psutil, "Process", lambda: this)

    return make


@pytest.mark.parametrize("name", ["pulumi", ".pulumi-wrapped", r"C:\Program Files\pulumi.exe", "sudo"])
@pytest.mark.parametrize("between", [(), (SHELL,), (CMD, SHELL), (LAUNCHER, CMD)])
def test_the_engine_is_whoever_started_the_process(
    this_process: MakeProcess, name: str, between: tuple[psutil.Process, ...]
) -> None:
    """Whatever it is called, and whichever shells stand between: they were given the engine's address."""
    for command in (PROVIDER, PROGRAM):
        engine = ancestor(42, name, "up")
        this_process(*between, engine, ancestor(1, "init"), command=command)
        assert current_run() is engine

    for engine in ancestor(1, name, "up"), ancestor(1):  # in a container; of another user
        this_process(*between, engine)
        assert current_run() is engine


def test_a_driver_that_the_environment_names_counts(this_process: MakeProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that starts one engine for the preview and one for the update is the run, if it is an ancestor."""
    driver = ancestor(9, "auth0-permissions", "promote")
    this_process(SHELL, ENGINE, driver)

    monkeypatch.setenv(RUN_VARIABLE, "9")
    assert current_run() is driver
    monkeypatch.setenv(RUN_VARIABLE, "10")
    assert current_run() is ENGINE


def test_without_an_engine_there_is_no_run(this_process: MakeProcess) -> None:
    """A process without ancestors belongs to no run, nor does one that nobody gave an engine's address."""
    this_process()
    assert current_run() is None
    this_process(SHELL)
    assert current_run() is None
    this_process(SHELL, ENGINE, command=["python", "program.py", ADDRESS])
    assert current_run() is None


@pytest.mark.parametrize("error", [psutil.AccessDenied(), psutil.NoSuchProcess(1), FileNotFoundError("/proc/1/stat")])
def test_a_system_that_does_not_tell_of_processes_has_no_runs(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without /proc, or where nothing of others may be seen, there is no run, and nobody else is known of."""
    monkeypatch.setattr(psutil, "Process", Mock(side_effect=error))

    assert current_run() is None
    assert other_users.__wrapped__() == []


def test_a_destroy_is_recognized_by_its_command() -> None:
    """A folder's name does not count, whatever words are in it, nor does a run that has ended."""
    ended = Mock(as_dict=Mock(side_effect=psutil.NoSuchProcess(1)))

    assert is_destroying(ancestor(1, "pulumi", "--cwd", "/x/sign up here", "destroy", "--run-program"))
    assert not is_destroying(ancestor(1, "pulumi", "--cwd", "/x/search and destroy", "up"))
    assert not is_destroying(ended)


def test_other_users_are_those_with_a_provider_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this user's runs count, nor other programs, nor what the system does not tell of."""
    found = [
        {"username": psutil.Process().username(), "cmdline": PROVIDER},
        {"username": "ann", "cmdline": PROVIDER},
        {"username": "bob", "cmdline": ["bash"]},
        {"username": "eve", "cmdline": None},
        {"username": None, "cmdline": PROVIDER},
    ]
    monkeypatch.setattr(psutil, "process_iter", lambda _: [SimpleNamespace(info=info) for info in found])

    assert other_users.__wrapped__() == ["ann"]


def test_a_process_without_its_engine_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once nobody listens at the engine's address any more, the process is stopped."""
    codes: list[int] = []
    monkeypatch.setattr(run_module, "_LOOK_INTERVAL_S", 0.01)
    monkeypatch.setattr(os, "_exit", codes.append)
    with socket.create_server(("127.0.0.1", 0)) as engine:
        watch = threading.Thread(target=end_with, args=(f"127.0.0.1:{engine.getsockname()[1]}",), daemon=True)
        watch.start()
        watch.join(0.1)
        assert watch.is_alive()

    watch.join(10)
    assert codes == [1]
