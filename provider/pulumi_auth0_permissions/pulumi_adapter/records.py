"""What a preview showed: left for the update of the same run, and for a command that asked for it.

The engine tells an update nothing of its preview. The record is how an update refuses what goes beyond the plan that
the user said yes to. A command that reviews previews names a folder in the environment, and reads the same record
there; it takes a file that is not there for a failure.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pulumi_auth0_permissions.core.review import Review, json_text, parse_review, review_data
from pulumi_auth0_permissions.pulumi_adapter.private_files import (
    file_name_for,
    private_folder,
    write_atomically,
    write_private,
)
from pulumi_auth0_permissions.pulumi_adapter.run import Run, is_alive, is_destroying

PLAN_FOLDER_VARIABLE = "AUTH0_PERMISSIONS_PLAN_DIR"
"""Names the folder; without it nothing is written."""

PROGRESS_FILE = "progress"
"""The file in it with what is going on."""

NO_RUN = "the run that it belongs to is not recognized on this system"


def no_record(why: str) -> str:
    """Return what a preview says where no record of it can be kept."""
    return (
        f"what this preview shows cannot be kept for the update, since {why}: an update will do only what the program "
        "itself has changed since it was last applied"
    )


class PreviewRecords:
    """The records of one run; without a run there is nobody to leave them for, and none are kept.

    Args:
        run: the run; ``None`` where it is not recognized.
        complain: called where the folder that comes first cannot be used, and another one is.
    """

    def __init__(self, run: Run | None, complain: Callable[[str], None] = lambda _text: None) -> None:
        self._run = run
        self._complain = complain
        self._made: Path | None = None

    def save(self, key: str, review: Review) -> str | None:
        """Keep what was shown of a resource.

        Args:
            key: the resource's URN, or another text that names what was shown.
            review: what was shown.

        Returns:
            Why it cannot be kept; ``None`` where it is. Without it the update does only what the program itself has
            changed.
        """
        try:
            folder = self.folder()
            if folder is None:
                return NO_RUN
            # Cut short, it is no record, and the run has come to no update.
            write_private(folder / file_name_for(key), json.dumps({"key": key, **review_data(review)}))
        except OSError as error:
            return str(error)
        return None

    def load(self, key: str) -> Review | None:
        """Return what was shown of a resource in this run, or ``None``, also where the record cannot be read."""
        if self._run is None:
            return None
        try:
            folder = self._made or self._folder(self._run)
            data = json.loads((folder / file_name_for(key)).read_text(encoding="utf-8"))
            return parse_review(data) if isinstance(data, dict) and data.get("key") == key else None
        except (OSError, ValueError, RecursionError):
            return None

    def planned(self) -> int:
        """Return of how many resources this run has shown changes; what cannot be read does not count."""
        try:
            folder = self.folder()
            texts = [file.read_text(encoding="utf-8") for file in folder.iterdir()] if folder else []
        except (OSError, ValueError):
            return 0
        return sum(_shows_changes(text) for text in texts)

    @property
    def is_destroying(self) -> bool:
        """Whether the run is a `pulumi destroy`."""
        return is_destroying(self._run)

    def folder(self) -> Path | None:
        """Return the run's folder, made if need be; ``None`` without a run.

        Raises:
            OSError: if there is none and none can be made.
        """
        if self._made is None and self._run is not None:
            folder = self._folder(self._run)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep(folder.parent)
            self._made = folder
        return self._made

    def _folder(self, run: Run) -> Path:
        return private_folder(self._complain) / "runs" / str(run)

    def _sweep(self, runs: Path) -> None:
        """Remove what other runs, which have ended, have left; once a process."""
        for folder in runs.iterdir():
            pid, _, started = folder.name.partition("-")
            if not (pid.isdigit() and started.isdigit()):
                continue
            run = Run(int(pid), int(started))
            if run != self._run and not is_alive(run):
                shutil.rmtree(folder, ignore_errors=True)


def _shows_changes(text: str) -> bool:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False  # not a record: the declarations of the program, one a line
    return isinstance(data, dict) and bool(data.get("changes"))


def leave_plan(review: Review, environ: Mapping[str, str] = os.environ) -> None:
    """Write what is planned for one resource, where somebody asked for it."""
    folder = environ.get(PLAN_FOLDER_VARIABLE)
    if not folder:
        return
    name = file_name_for(f"{review.leaves_api} {review.urn}")
    try:
        write_atomically(Path(folder) / f"{name}.json", json_text(review_data(review)))
    except OSError:
        return  # a preview does not fail for it; whoever waits for the file does


def is_asked_for(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether somebody asked for the plan, and so for every name in it."""
    return bool(environ.get(PLAN_FOLDER_VARIABLE))


def leave_progress(message: str, environ: Mapping[str, str] = os.environ) -> None:
    """Leave what is going on beside the plans, in place of what was: the engine passes no such lines on as data."""
    if folder := environ.get(PLAN_FOLDER_VARIABLE):
        with suppress(OSError):
            write_atomically(Path(folder) / PROGRESS_FILE, message)


def note_use(name: str, environ: Mapping[str, str] = os.environ) -> None:
    """Leave an empty file of that name beside the plans: the program has done what it was asked for."""
    if folder := environ.get(PLAN_FOLDER_VARIABLE):
        with suppress(OSError):  # whoever waits for the file fails
            (Path(folder) / name).touch()
