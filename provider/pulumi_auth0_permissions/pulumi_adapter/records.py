"""What the processes of a run leave for one another, and for a command that asked.

The engine tells an update nothing of its preview. The record of what a preview showed is how the update refuses what
goes beyond the plan that the user said yes to. With `--target`, the engine deletes a resource without one word of the
others to the provider; the program runs all the same, and notes what it declares.

A command that reviews previews names a folder in the environment, and reads what is planned there; it takes a file
that is not there for a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.core.review import Review, parse_review, review_data
from pulumi_auth0_permissions.pulumi_adapter.private_files import (
    file_name_for,
    private_folder,
    read_json,
    write_atomically,
    write_json,
)
from pulumi_auth0_permissions.pulumi_adapter.run import Run, current_run
from pulumi_auth0_permissions.pulumi_adapter.state import declaration_data, declarations_of

PLAN_FOLDER_VARIABLE = "AUTH0_PERMISSIONS_PLAN_DIR"
"""Names the folder; without it nothing is written."""

PROGRESS_FILE = "progress"
"""The file in it with what is going on."""


class RunRecords:
    """The records of one run; without a run there is nobody to leave them for, and none are kept.

    Args:
        run: the run; ``None`` where it is not recognized.
        complain: called where the folder that comes first cannot be used, and another one is.
    """

    def __init__(self, run: Run | None, complain: Callable[[str], None] = lambda _text: None) -> None:
        self._run = run
        self._complain = complain
        self._made: Path | None = None
        self._known: dict[str, Review | None] = {}

    def save(self, key: str, review: Review) -> str | None:
        """Keep what was shown of a resource, and return why the run's update will not find it; ``None`` where it will.

        The key is the resource's URN, or another text that names what was shown.
        """
        self._known[key] = review
        try:
            write_json(self._folder() / file_name_for(key), review_data(review))
        except OSError as error:
            return str(error)
        return None

    def load(self, key: str) -> Review | None:
        """Return what was shown of a resource in this run, or ``None``, also where the record cannot be read."""
        if key not in self._known:
            self._known[key] = None
            with suppress(OSError, ValueError):
                self._known[key] = parse_review(read_json(self._folder() / file_name_for(key)))
        return self._known[key]

    def declare(self, declaration: Declaration) -> None:
        """Note what one of the program's resources declares; where that fails, nothing is noted."""
        data = declaration_data(declaration)
        with suppress(OSError):
            write_json(self._folder() / "declared" / file_name_for(str(data)), data)

    def declared(self) -> tuple[Declaration, ...]:
        """Return what the run's program has noted; nothing where all is destroyed."""
        if self._run is None or self._run.is_destroying:
            return ()
        try:
            return declarations_of([read_json(file) for file in sorted((self._folder() / "declared").iterdir())])
        except OSError:
            return ()

    def _folder(self) -> Path:
        """Return the run's folder, made if need be; what other runs, which have ended, have left is removed then.

        Raises:
            OSError: there is no run, or no folder can be made.
        """
        if self._made is None:
            if self._run is None:
                raise FileNotFoundError("the run that it belongs to is not recognized on this system")
            folder = private_folder(self._complain) / "runs" / str(self._run)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for other in folder.parent.iterdir():
                pid, _, started = other.name.partition("-")
                is_run = other != folder and pid.isdigit() and started.isdigit()
                if is_run and not Run(int(pid), int(started)).is_alive:
                    shutil.rmtree(other, ignore_errors=True)
            self._made = folder
        return self._made


@cache
def program_records() -> RunRecords:
    """Return the records of the run whose program this process is; made once, since it looks through processes."""
    return RunRecords(current_run())


class InterruptedRenames:
    """Renames that were cut short after their first write, remembered on this machine until they are done.

    A state is recorded only after an update has gone well, so it does not know that a rename's new name is there
    already. There is one file an API; where the user's private folder cannot be used, nothing is remembered.
    """

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def of(self, api_id: str) -> dict[str, str]:
        """Return an API's unfinished renames, old value → new value."""
        try:
            found = read_json(self._file(api_id))
        except OSError:
            return {}
        return {str(old): str(new) for old, new in found.items()} if isinstance(found, dict) else {}

    def note(self, api_id: str, renames: Mapping[str, str | None]) -> None:
        """Remember renames before their first write; forget those that have no new value. Other stacks' stay."""
        noted = {old: new for old, new in {**self.of(api_id), **renames}.items() if new is not None}
        with suppress(OSError):
            if noted:
                write_json(self._file(api_id), noted)
            else:
                self._file(api_id).unlink(missing_ok=True)

    def _file(self, api_id: str) -> Path:
        return private_folder() / "renames" / file_name_for(f"{self._tenant} {api_id}")


def plan_folder() -> Path | None:
    """Return the folder of whoever asked for the plans, and so for every name in them; ``None``: nobody did."""
    name = os.environ.get(PLAN_FOLDER_VARIABLE)
    return Path(name) if name else None


def leave_plan(review: Review) -> None:
    """Write what is planned for one resource, where somebody asked for it."""
    if folder := plan_folder():
        with suppress(OSError):  # a preview does not fail for it; whoever waits for the file does
            write_json(folder / f"{file_name_for(f'{review.leaves_api} {review.urn}')}.json", review_data(review))


def leave_text(name: str, text: str = "") -> None:
    """Write a file beside the plans, in place of what was: how far it is, or that the program did what it was asked.

    The engine passes no such lines on as data.
    """
    if folder := plan_folder():
        with suppress(OSError):
            write_atomically(folder / name, text)
