"""Find out which run of the engine this process belongs to, whether the engine still runs, and who runs it.

The processes of a preview and of its update were started by the same engine, each with the engine's address as an
argument: it is their first ancestor without that address in its own command line, whatever its name. A program that
drives the engine (`auth0-permissions promote`) starts two engines, and names itself in the environment.
"""

import errno
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from itertools import pairwise
from pathlib import Path

import psutil

RUN_VARIABLE = "AUTH0_PERMISSIONS_RUN"  # id of the process that drives the engine, where it is not the CLI

_DESTROYING = ("destroy", "down", "dn")
_COMMANDS = (*_DESTROYING, "up", "update", "preview", "pre", "refresh")  # of the engine, that call hooks
_PROVIDER = "pulumi.dynamic"  # in the command line of every provider
_BEFORE_ADDRESS = ("--engine", _PROVIDER)  # the argument before the address: for a program, for a provider
_LOOK_INTERVAL_S = 1.0
_WHO_S = 10.0  # that a back end may take to say who somebody is
_PROCESS_ERRORS = (psutil.Error, OSError)  # of a system that shows nothing of processes


def current_run() -> psutil.Process | None:
    """Return the process whose run this provider or program belongs to, or ``None`` where it cannot be recognized.

    It is the engine, or the program that drives it: an ancestor, since a name left over from another run means nothing.
    """
    driver = os.environ.get(RUN_VARIABLE)
    try:
        this = psutil.Process()
        above = this.parents()
        address = next((given for word, given in pairwise(this.cmdline()) if word in _BEFORE_ADDRESS), None)
        found = next((one for one in above if str(one.pid) == driver), None)
        if found is None and address is not None:
            found = next((one for one in above if address not in " ".join(_command_of(one))), None)
    except _PROCESS_ERRORS:
        return None
    return found


def _command_of(process: psutil.Process) -> list[str]:
    """Return a process's command line; an empty one where it belongs to somebody else."""
    return list(process.as_dict(["cmdline"], ad_value=())["cmdline"])


def end_with(engine: str) -> None:
    """End this process once nobody listens at the engine's address: it would hold locks for work that nobody sees.

    The parent process is no evidence: it may be a shell, which stays when the engine is killed.
    """
    host, _, port = engine.rpartition(":")
    code = 0
    while code != errno.ECONNREFUSED:
        time.sleep(_LOOK_INTERVAL_S)
        with suppress(OSError), socket.socket() as probe:  # a look that fails, without free files say, says nothing
            code = probe.connect_ex((host, int(port)))
    os._exit(1)  # whatever other threads wait for


def who_runs(*, cwd: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return this user's name at the back end of a project's folder; ``""`` if it does not say."""
    try:
        return subprocess.check_output(
            ["pulumi", "whoami", "--non-interactive"],  # noqa: S607 - the user's own
            cwd=cwd,
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=_WHO_S,
        ).strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def is_destroying(run: psutil.Process) -> bool:
    """Tell whether a run is a `pulumi destroy`, in which what the program declares does not count."""
    try:
        return next((word for word in _command_of(run)[1:] if word in _COMMANDS), "") in _DESTROYING
    except _PROCESS_ERRORS:  # it has ended, or the system does not tell
        return False


@cache
def other_users() -> list[str]:
    """Return who else runs a program with dynamic resources on this machine, as far as the system shows."""
    try:
        found = [one.info for one in psutil.process_iter(["username", "cmdline"])]
        users = {one["username"] for one in found if _PROVIDER in (one["cmdline"] or ())}
        return sorted(users - {psutil.Process().username(), None})
    except _PROCESS_ERRORS:
        return []
