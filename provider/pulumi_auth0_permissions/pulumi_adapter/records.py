"""The files by which the processes of a run, and a command that started it, pass facts to one another.

The engine passes nothing from a preview to its update, so the preview leaves a record. With `--target`, it deletes a
resource without checking the others, so the program notes what it declares. Interrupted renames outlive the run.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.core.review import Review, parse_review, review_data
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import file_name_for, private_folder, read, write
from pulumi_auth0_permissions.pulumi_adapter.run import is_destroying

PLAN_FOLDER_VARIABLE = "AUTH0_PERMISSIONS_PLAN_DIR"  # the folder in which a command expects plans and progress
PROGRESS_FILE = "progress"  # the file in it that holds the latest progress message


@dataclass(frozen=True)
class RunRecords:
    """The records of one run; none are kept if the run is not recognized."""

    run: psutil.Process | None
    complain: Callable[[str], None] = lambda _text: None

    def save(self, key: str, review: Review) -> str | None:
        """Record what was shown of a resource; return why the run's update will not find it, ``None`` if it will."""
        name, data = file_name_for(key), review_data(review)
        leave_for_command(f"{name}.json", data)
        try:
            write(self.folder / name, data)
        except OSError as error:
            return str(error)
        return None

    def load(self, key: str) -> Review | None:
        """Return what was shown of a resource in this run, or ``None``, also where the record cannot be read."""
        with suppress(OSError, ValueError):
            return parse_review(read(self.folder / file_name_for(key), dict) or {})
        return None

    def declare(self, declaration: Declaration) -> None:
        """Note what one of the program's resources declares; where that fails, nothing is noted."""
        name = file_name_for(repr((declaration.name, declaration.api, sorted(declaration.values))))
        with suppress(OSError):
            write(self.folder / "declared" / name, declaration)

    def declared(self) -> tuple[Declaration, ...]:
        """Return what the run's program has noted; nothing in a `pulumi destroy`, where that does not count."""
        with suppress(OSError):
            if self.run is not None and not is_destroying(self.run):
                found = [read(file, Declaration) for file in sorted((self.folder / "declared").iterdir())]
                return tuple(filter(None, found))
        return ()

    @cached_property
    def folder(self) -> Path:
        """The run's folder; raises an OSError if there can be none. The first call removes those of ended runs.

        The name holds the time when the process started, since a later process may get the same id.
        """
        if self.run is None:
            raise FileNotFoundError("the run that it belongs to cannot be identified on this system")
        runs = private_folder(self.complain) / "runs"
        for other in runs.glob("*-*"):
            pid = other.name.partition("-")[0]
            if pid.isdigit() and not psutil.pid_exists(int(pid)):
                shutil.rmtree(other, ignore_errors=True)
        return runs / f"{self.run.pid}-{self.run.create_time():.2f}"


@dataclass(frozen=True)
class InterruptedRenames:
    """Renames that were cut short after their first write, remembered on this machine until they are done.

    The state does not know of them: it is recorded only after an update has gone well.
    """

    tenant: str

    def of(self, api_id: str) -> dict[str, str]:
        """Return an API's unfinished renames, old value → new value."""
        with suppress(OSError):
            return read(self._file(api_id), dict[str, str]) or {}
        return {}

    def note(self, api_id: str, renames: Mapping[str, str | None]) -> None:
        """Remember renames before their first write; forget those without a new value. Those of other stacks stay."""
        noted = {old: new for old, new in {**self.of(api_id), **renames}.items() if new is not None}
        with suppress(OSError):
            write(self._file(api_id), noted)

    def _file(self, api_id: str) -> Path:
        return private_folder() / "renames" / file_name_for(f"{self.tenant} {api_id}")


def leave_for_command(name: str, value: object) -> None:
    """Write a file for the command that started the run, if one did: a plan, progress, or a confirmation.

    The engine passes on no data of ours. If the file cannot be written, the command that expects it fails, not the run.
    """
    if folder := os.environ.get(PLAN_FOLDER_VARIABLE):
        with suppress(OSError):
            write(Path(folder) / name, value)
