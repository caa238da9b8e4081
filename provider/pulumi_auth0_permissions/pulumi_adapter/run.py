"""Which run of the engine this process belongs to, and what the processes of a run leave for one another.

The processes of a preview and of its update have the engine in common that started both with its own address: the
first ancestor that was not given that address itself, whatever it is called. A program that drives the engine
(`auth0-permissions promote`) starts two of them, and names itself in the environment.

The engine tells an update nothing of its preview, so that the preview leaves a record. With `--target`, it deletes a
resource without one word of the others to the provider, so that the program notes what it declares.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

import psutil

from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.core.review import Review, parse_review, review_data
from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, private_folder, read_json, write_text
from pulumi_auth0_permissions.pulumi_adapter.state import declarations_of

RUN_VARIABLE = "AUTH0_PERMISSIONS_RUN"  # id of the process that drives the engine, where it is not the CLI
PLAN_FOLDER_VARIABLE = "AUTH0_PERMISSIONS_PLAN_DIR"  # the folder of a command that reviews; without it none is written
PROGRESS_FILE = "progress"  # the file in it with what is going on

_DESTROYING = ("destroy", "down", "dn")
_COMMANDS = (*_DESTROYING, "up", "update", "preview", "pre", "refresh")  # of the engine, that call hooks

_BEFORE_ADDRESS = ("--engine", "pulumi.dynamic")  # what stands before the address: of a program, of a provider
_PROVIDER = ("pulumi-resource-pulumi-python", "pulumi.dynamic")  # one of them is in the command line of a provider
_LOOK_INTERVAL_S = 1.0
_WHO_S = 10.0  # that a back end may take to say who somebody is
_PROCESS_ERRORS = (psutil.Error, OSError)  # of a system that shows nothing of processes


def current_run(*, of_engine: bool = False) -> psutil.Process | None:
    """Return the process whose run this provider or program belongs to, or ``None`` where it cannot be recognized.

    It is the engine, or the program that drives it: an ancestor, since a name left over from another run means nothing.
    """
    driver = "" if of_engine else os.environ.get(RUN_VARIABLE)
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
    try:
        return process.cmdline()
    except psutil.AccessDenied:
        return []


def stop_without(engine: psutil.Process) -> threading.Thread:
    """Start a thread that ends this process once its engine has ended: nobody sees what it does, and it keeps locks.

    The parent's id would not tell: a shell may stand between the two, and stays when the engine is killed.
    """

    def watch() -> None:
        with suppress(*_PROCESS_ERRORS):
            # One that has ended stays in the table until its parent asks for its exit code.
            while engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE:
                time.sleep(_LOOK_INTERVAL_S)
        os._exit(1)  # whatever other threads wait for

    thread = threading.Thread(target=watch, name="stop-without-engine", daemon=True)
    thread.start()
    return thread


def who_runs(*, cwd: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return who the back end of a project's folder takes this user for; empty where it does not say."""
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


@cache
def other_users() -> list[str]:
    """Return who else runs a program with dynamic resources on this machine, as far as the system tells."""
    try:
        found = [one.info for one in psutil.process_iter(["username", "cmdline"])]
        users = {one["username"] for one in found if any(name in " ".join(one["cmdline"] or ()) for name in _PROVIDER)}
        return sorted(users - {psutil.Process().username(), None})
    except _PROCESS_ERRORS:
        return []


@dataclass(frozen=True)
class RunRecords:
    """The records of one run; where it is not recognized, there is nobody to leave them for, and none are kept."""

    run: psutil.Process | None
    complain: Callable[[str], None] = lambda _text: None

    def save(self, key: str, review: Review) -> str | None:
        """Keep what was shown of a resource; return why the run's update will not find it, ``None`` if it will."""
        try:
            write_text(self.folder / file_name_for(key), json.dumps(review_data(review)))
        except OSError as error:
            return str(error)
        return None

    def load(self, key: str) -> Review | None:
        """Return what was shown of a resource in this run, or ``None``, also where the record cannot be read."""
        with suppress(OSError, ValueError):
            return parse_review(read_json(self.folder / file_name_for(key)))
        return None

    def declare(self, declaration: Declaration) -> None:
        """Note what one of the program's resources declares; where that fails, nothing is noted."""
        text = json.dumps(asdict(declaration), default=sorted)
        with suppress(OSError):
            write_text(self.folder / "declared" / file_name_for(text), text)

    def declared(self) -> tuple[Declaration, ...]:
        """Return what the run's program has noted; nothing in a `pulumi destroy`, where that does not count."""
        try:
            command = [] if self.run is None else _command_of(self.run)
            if next((word for word in command[1:] if word in _COMMANDS), "") in _DESTROYING:
                return ()
            return declarations_of(map(read_json, sorted((self.folder / "declared").iterdir())))
        except _PROCESS_ERRORS:
            return ()

    @cached_property
    def folder(self) -> Path:
        """The run's folder, made if need be; what other runs, which have ended, have left is removed then.

        Its name has the time when the process started, since another one could have its id later.

        Raises:
            OSError: there is no run, or no folder can be made.
        """
        if self.run is None:
            raise FileNotFoundError("the run that it belongs to cannot be identified on this system")
        runs = private_folder(self.complain) / "runs"
        folder = runs / f"{self.run.pid}-{self.run.create_time():.2f}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in runs.iterdir():
            pid = other.name.partition("-")[0]
            if pid.isdigit() and not psutil.pid_exists(int(pid)):
                shutil.rmtree(other, ignore_errors=True)
        return folder


@cache
def program_records() -> RunRecords:
    """Return the records of the run whose program this process is; made once, since it looks through processes."""
    return RunRecords(current_run())


@dataclass(frozen=True)
class InterruptedRenames:
    """Renames that were cut short after their first write, remembered on this machine until they are done.

    The state does not know of them: it is recorded only after an update has gone well.
    """

    tenant: str

    def of(self, api_id: str) -> dict[str, str]:
        """Return an API's unfinished renames, old value → new value."""
        with suppress(OSError):
            found = read_json(self._file(api_id))
            return found if isinstance(found, dict) else {}
        return {}

    def note(self, api_id: str, renames: Mapping[str, str | None]) -> None:
        """Remember renames before their first write; forget those that have no new value. Other stacks' stay."""
        noted = {old: new for old, new in {**self.of(api_id), **renames}.items() if new is not None}
        with suppress(OSError):
            write_text(self._file(api_id), json.dumps(noted))

    def _file(self, api_id: str) -> Path:
        return private_folder() / "renames" / file_name_for(f"{self.tenant} {api_id}")


def plan_folder() -> Path | None:
    """Return the folder of whoever asked for the plans, and so for every name in them; ``None``: nobody did."""
    name = os.environ.get(PLAN_FOLDER_VARIABLE)
    return Path(name) if name else None


def leave_plan(review: Review) -> None:
    """Write what is planned for one resource, where somebody asked for it."""
    leave_text(f"{file_name_for(f'{review.leaves_api} {review.urn}')}.json", json.dumps(review_data(review)))


def leave_text(name: str, text: str = "") -> None:
    """Write a file beside the plans, in place of what was: how far it is, or that the program did what it was asked.

    The engine passes no such lines on as data. A preview does not fail for it; whoever waits for the file does.
    """
    if folder := plan_folder():
        with suppress(OSError):
            write_text(folder / name, text)
