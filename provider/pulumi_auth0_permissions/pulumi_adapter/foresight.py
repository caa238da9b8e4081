"""What the processes of one run tell those after them about the APIs of the run.

The preview finds out what a run is about; the update, a process of its own, need not find it out again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.observations import Foreseen, Wish
from pulumi_auth0_permissions.pulumi_adapter.private_files import add_note, notes_in

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_auth0_permissions.auth0.models import Api

__all__ = ["RunForesight"]

_FILE = "apis.jsonl"


class RunForesight:
    """Notes in the run's folder, one line of JSON each; a run without a folder has none.

    A note holds an API's id, identifier and number of permissions, or the number of APIs of the tenant. What cannot
    be noted or read costs some requests, nothing else.

    Args:
        folder: returns the run's folder, made if need be, or ``None``.
        tenant: returns the tenant that the notes are about.
    """

    def __init__(self, folder: Callable[[], Path | None], tenant: Callable[[], str]) -> None:
        self._folder = folder
        self._tenant = tenant
        self._writing = threading.Lock()

    def load(self) -> Foreseen:
        """Return what earlier processes have noted."""
        wishes: dict[str, Wish] = {}
        total: int | None = None
        for note in self._notes():
            match note:
                case {"id": str() as id_, "identifier": str() as identifier, "permissions": int() as permissions}:
                    wishes[id_] = Wish(id_, identifier, permissions)
                case {"total": int() as count}:
                    total = count
        return Foreseen(tuple(wishes.values()), total)

    def note(self, api: Api) -> None:
        """Leave a word that this API was wanted."""
        self._write({"id": api.id, "identifier": api.identifier, "permissions": len(api.permissions)})

    def note_total(self, total: int) -> None:
        """Leave a word of how many APIs the tenant has."""
        self._write({"total": total})

    def _notes(self) -> Iterator[Mapping[str, object]]:
        try:
            folder = self._folder()
        except OSError:
            return
        for note in notes_in(folder / _FILE) if folder else ():
            if isinstance(note, dict) and note.get("tenant") == self._tenant():
                yield note

    def _write(self, note: Mapping[str, object]) -> None:
        try:
            folder = self._folder()
            if folder is None:
                return
            with self._writing:
                add_note(folder / _FILE, {"tenant": self._tenant(), **note})
        except OSError:
            return
