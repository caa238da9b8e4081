"""What a preview showed, left for the update of the same run.

The engine tells an update nothing of its preview. The record is how an update refuses what goes beyond the plan
that the user said yes to.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.conflicts import ApprovedChanges
from pulumi_auth0_permissions.core.model import Change
from pulumi_auth0_permissions.core.review import change_data, parse_change
from pulumi_auth0_permissions.pulumi_adapter.private_files import private_folder, token_for, write_private
from pulumi_auth0_permissions.pulumi_adapter.run import Run, is_alive, is_destroying

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PreviewRecord", "PreviewRecords", "no_record"]

FORMAT = 3

NO_RUN = "the run that it belongs to is not recognized on this system"


def no_record(why: str) -> str:
    """Return what a preview says where no record of it can be kept."""
    return (
        f"what this preview shows cannot be kept for the update, since {why}: an update will do only what the program "
        "itself has changed since it was last applied"
    )


@dataclass(frozen=True, slots=True)
class PreviewRecord:
    """What the preview showed of one resource.

    Attributes:
        api_id: the API's id; ``None`` where the API was not known yet.
        changes: the changes of the plan shown; empty also where the plan was not known yet.
        holders: permission to be removed → ids of the roles and client grants that were shown to hold it; ``None``
            where nobody looked.
        approved: removals that the configuration of the preview approved.
        identity: the API's ``api_id``, ``identifier`` and ``name``, as outputs.
    """

    api_id: str | None
    changes: tuple[Change, ...] = ()
    holders: Mapping[str, frozenset[str]] | None = None
    approved: frozenset[str] = frozenset()
    identity: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> ApprovedChanges:
        """What the user was shown, and nothing beyond it is done."""
        return ApprovedChanges(self.changes, holders=self.holders)


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

    def save(self, urn: str, record: PreviewRecord) -> str | None:
        """Keep what was shown of a resource.

        Returns:
            Why it cannot be kept; ``None`` where it is. Without it the update does only what the program itself has
            changed.
        """
        try:
            folder = self.folder()
            if folder is None:
                return NO_RUN
            # Cut short, it is no record, and the run has come to no update.
            write_private(folder / token_for(urn), json.dumps(_to_json(urn, record)))
        except OSError as error:
            return str(error)
        return None

    def load(self, urn: str) -> PreviewRecord | None:
        """Return what was shown of a resource in this run, or ``None``, also where the record cannot be read."""
        if self._run is None:
            return None
        try:
            folder = self._made or self._folder(self._run)
            return _from_json(urn, json.loads((folder / token_for(urn)).read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError, TypeError, LookupError):
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


def _to_json(urn: str, record: PreviewRecord) -> dict[str, object]:
    return {
        "format": FORMAT,
        "urn": urn,
        "api_id": record.api_id,
        "changes": [change_data(change) for change in record.changes],
        "holders": None if record.holders is None else {v: sorted(ids) for v, ids in record.holders.items()},
        "approved": sorted(record.approved),
        "identity": dict(record.identity),
    }


def _from_json(urn: str, data: object) -> PreviewRecord | None:
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("urn") != urn:
        return None
    api_id = data["api_id"]
    if api_id is not None and not isinstance(api_id, str):
        raise TypeError("an API's id is text")
    holders = data["holders"]
    return PreviewRecord(
        api_id,
        tuple(map(parse_change, data["changes"])),
        None if holders is None else {str(value): frozenset(map(str, ids)) for value, ids in holders.items()},
        frozenset(map(str, data["approved"])),
        {str(name): str(text) for name, text in data["identity"].items()},
    )
