"""Which run of the engine this process belongs to.

A preview and the update after it are done by two provider processes. What they have in common is the engine that
started both; its id alone could be used again by another, so its start time is part of the run.

The engine is recognized by its place and not by its name, which differs between platforms and packages: it starts the
provider, through a shell or an interpreter or not, with its own address as an argument, and is the first ancestor
that was not given that address itself.

A program that drives the engine (`auth0-permissions promote`) starts one `pulumi` for the preview and another one for
the update. It names itself in the environment, and then it is what the two have in common.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

RUN_VARIABLE = "AUTH0_PERMISSIONS_RUN"  # id of the process that drives the engine, where it is not the CLI

_DESTROYING = ("destroy", "down", "dn")
_COMMANDS = (*_DESTROYING, "up", "update", "preview", "pre", "refresh")  # of the engine, that call hooks

_BEFORE_ADDRESS = ("--engine", "pulumi.dynamic")  # what stands before the address: of a program, of a provider
_PROVIDER = ("pulumi-resource-pulumi-python", "pulumi.dynamic")  # one of them is in the command line of a provider
_TICKS_PER_SECOND = 100  # start times are compared as whole numbers
_LOOK_INTERVAL_S = 1.0
_WHO_S = 10.0  # that a back end may take to say who somebody is
_PROCESS_ERRORS = (psutil.Error, OSError)  # of a system that shows nothing of processes


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the engine: the id of its process, and when that started in hundredths of a second."""

    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.pid}-{self.started}"

    @classmethod
    def of(cls, process: psutil.Process) -> Run:
        """Return the run that a process stands for."""
        return cls(process.pid, int(process.create_time() * _TICKS_PER_SECOND))

    @property
    def is_alive(self) -> bool:
        """Whether the run is still going."""
        try:
            process = psutil.Process(self.pid)
            # One that has ended stays in the table until its parent asks for its exit code.
            return Run.of(process) == self and process.status() != psutil.STATUS_ZOMBIE
        except _PROCESS_ERRORS:
            return False

    @property
    def is_destroying(self) -> bool:
        """Whether it is a `pulumi destroy`, in which what the program declares does not count."""
        try:
            command = psutil.Process(self.pid).cmdline()
        except _PROCESS_ERRORS:
            return False
        return next((word for word in command[1:] if word in _COMMANDS), "") in _DESTROYING


def current_run(*, of_engine: bool = False) -> Run | None:
    """Return the run that this provider or program belongs to, or ``None`` where it cannot be recognized.

    The process that the environment names counts only as an ancestor of this one: a name left over from another run
    means nothing.

    Args:
        of_engine: whether the engine's own run is asked for, also where a program drives it.
    """
    driver = "" if of_engine else os.environ.get(RUN_VARIABLE)
    try:
        this = psutil.Process()
        above = this.parents()
        address = next((given for word, given in pairwise(this.cmdline()) if word in _BEFORE_ADDRESS), None)
        found = next((one for one in above if str(one.pid) == driver), None)
        if found is None and address is not None:
            found = next((one for one in above if address not in _command_line(one)), None)
        return None if found is None else Run.of(found)
    except _PROCESS_ERRORS:
        return None


def _command_line(process: psutil.Process) -> str:
    """Return a process's command line; an empty one where it belongs to somebody else."""
    try:
        return " ".join(process.cmdline())
    except psutil.AccessDenied:
        return ""


def stop_without(engine: Run) -> threading.Thread:
    """Start a thread that ends this process once its engine has ended.

    Nobody would see what it does then, and it would keep its locks. The parent's id would not tell: a shell may stand
    between the two, and stays when the engine is killed.
    """

    def watch() -> None:
        while engine.is_alive:
            time.sleep(_LOOK_INTERVAL_S)
        os._exit(1)  # whatever other threads wait for

    thread = threading.Thread(target=watch, name="stop-without-engine", daemon=True)
    thread.start()
    return thread


def who_runs(*, cwd: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return who the back end takes this user for (`pulumi whoami`); empty where it does not say.

    Args:
        cwd: the project's folder, which may name the back end; ``None``: this one.
        environ: the environment.
    """
    if (pulumi := shutil.which("pulumi", path=environ.get("PATH", ""))) is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            [pulumi, "whoami", "--non-interactive"],
            cwd=cwd,
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_WHO_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def other_users() -> list[str]:
    """Return who else runs a program with dynamic resources on this machine, as far as the system tells."""
    try:
        own = psutil.Process().username()
        found = psutil.process_iter(["username", "cmdline"])
        return sorted({one.info["username"] for one in found if _is_provider(one.info)} - {own, None})
    except _PROCESS_ERRORS:
        return []


def _is_provider(info: Mapping[str, Any]) -> bool:
    return any(name in part for part in info["cmdline"] or () for name in _PROVIDER)
