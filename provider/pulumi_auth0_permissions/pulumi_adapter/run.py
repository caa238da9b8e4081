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
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

RUN_VARIABLE = "AUTH0_PERMISSIONS_RUN"  # id of the process that drives the engine, where it is not the CLI

_DESTROYING = ("destroy", "down", "dn")
_COMMANDS = (*_DESTROYING, "up", "update", "preview", "pre", "refresh")  # of the engine, that call hooks

_PROVIDER = ("pulumi-resource-pulumi-python", "pulumi.dynamic")  # one of them is in the command line of a provider
_TICKS_PER_SECOND = 100  # start times are compared as whole numbers
_LOOK_INTERVAL_S = 1.0
_WHO_S = 10.0  # that a back end may take to say who somebody is


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the engine: the id of its process, and when that started in hundredths of a second."""

    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.pid}-{self.started}"


def current_run(
    arguments: Sequence[str] = sys.argv,
    environ: Mapping[str, str] = os.environ,
    ancestors: Sequence[psutil.Process] | None = None,
) -> Run | None:
    """Return the run that started this process, or ``None`` where it cannot be recognized.

    The process that the environment names counts instead, but only as an ancestor of this one: a name left over from
    another run means nothing.

    Args:
        arguments: the process's arguments; the engine's address, ``host:port``, is the first one of a provider.
        environ: the environment.
        ancestors: the process's ancestors from the parent on; looked up when not given.
    """
    try:
        above = psutil.Process().parents() if ancestors is None else ancestors
        named = next((one for one in above if str(one.pid) == environ.get(RUN_VARIABLE)), None)
        if named is not None:
            return _run(named)
        address = next(iter(arguments[1:2]), "")
        if ":" not in address:
            return None
        engine = next((one for one in above if address not in _command_line(one)), None)
        return None if engine is None else _run(engine)
    except (psutil.Error, OSError):
        return None


def program_run() -> Run | None:
    """Return the run of the program that this process is, or ``None`` where it cannot be recognized."""
    try:
        command = psutil.Process().cmdline()
    except (psutil.Error, OSError):
        return None
    if "--engine" not in command[:-1]:
        return None  # a program within the process that drives the engine (Automation API)
    return current_run(["", command[command.index("--engine") + 1]])


def is_destroying(run: Run | None) -> bool:
    """Tell whether the run is a `pulumi destroy`, in which what the program declares does not count."""
    try:
        command = psutil.Process(run.pid).cmdline() if run else []
    except (psutil.Error, OSError):
        return False
    return next((word for word in command[1:] if word in _COMMANDS), "") in _DESTROYING


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


def this_process() -> Run | None:
    """Return the run that begins with this process, or ``None`` where the system does not tell its start time."""
    try:
        return _run(psutil.Process())
    except (psutil.Error, OSError):
        return None


def is_alive(run: Run) -> bool:
    """Tell whether the run is still going."""
    try:
        process = psutil.Process(run.pid)
        # One that has ended stays in the table until its parent asks for its exit code.
        return _run(process) == run and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


def stop_without(
    engine_is_alive: Callable[[], bool], *, interval_s: float = _LOOK_INTERVAL_S, stop: Callable[[int], None] = os._exit
) -> threading.Thread:
    """Start a thread that ends this process once its engine has ended.

    Nobody would see what it does then, and it would keep its locks. The parent's id would not tell: a shell may stand
    between the two, and stays when the engine is killed.

    Args:
        engine_is_alive: tells whether the engine still runs.
        interval_s: seconds between two looks.
        stop: ends the process with an exit code, whatever its other threads wait for.
    """

    def watch() -> None:
        while engine_is_alive():
            time.sleep(interval_s)
        stop(1)

    thread = threading.Thread(target=watch, name="stop-without-engine", daemon=True)
    thread.start()
    return thread


def other_users() -> list[str]:
    """Return who else runs a program with dynamic resources on this machine, as far as the system tells."""
    try:
        own = psutil.Process().username()
        found = psutil.process_iter(["username", "cmdline"])
        return sorted({one.info["username"] for one in found if _is_provider(one.info)} - {own, None})
    except (psutil.Error, OSError):
        return []


def _is_provider(info: Mapping[str, Any]) -> bool:
    return any(name in part for part in info["cmdline"] or () for name in _PROVIDER)


def _run(process: psutil.Process) -> Run:
    return Run(process.pid, int(process.create_time() * _TICKS_PER_SECOND))


def _command_line(process: psutil.Process) -> str:
    """Return a process's command line; an empty one where it belongs to somebody else."""
    try:
        return " ".join(process.cmdline())
    except psutil.AccessDenied:
        return ""
