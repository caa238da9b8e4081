"""What the resources of this run's program declare: as the engine hands it over, and as the program itself notes it.

With `--target`, the engine deletes a resource without one word of the others to the provider: no `check` of theirs
comes before. The program runs all the same, knows, and leaves notes in the run's folder.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

from pulumi_auth0_permissions.core.intent import Declaration, Siblings, siblings_among
from pulumi_auth0_permissions.pulumi_adapter.context import declaration_data, declarations_of
from pulumi_auth0_permissions.pulumi_adapter.private_files import add_note, notes_in
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords
from pulumi_auth0_permissions.pulumi_adapter.run import program_run

_PROGRAM_FILE = "program.jsonl"


class Declarations:
    """Collects the declarations of one operation, and what its resources remove from each API.

    The engine calls `check` for each living resource before it deletes anything at the end of an update; what the
    program named besides comes with the context of each resource.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checked: dict[str, Declaration] = {}
        self._named: dict[str, tuple[Declaration, ...]] = {}
        self._removals: dict[str, dict[str, frozenset[str]]] = {}
        self._turns: dict[str, AbstractContextManager[object]] = {}

    def note(self, key: str, own: Declaration, named: Iterable[Declaration]) -> None:
        """Record what a resource declares, and what its program says of the others.

        Args:
            key: the resource's URN, or another text that only this resource has.
            own: its declaration.
            named: the other resources' declarations.
        """
        with self._lock:
            self._checked[key] = own
            self._named[key] = tuple(named)

    def siblings(self, key: str, api_names: Collection[str], noted: Iterable[Declaration] = ()) -> Siblings:
        """Return what the resources other than ``key`` declare on an API; of all resources where ``key`` is empty.

        Args:
            key: the resource's URN.
            api_names: the API's id and identifier.
            noted: further declarations, that the program has noted itself.
        """
        with self._lock:
            checked = [one for other, one in self._checked.items() if other != key]
            if key:
                named: tuple[Declaration, ...] = self._named.get(key, ())
            else:
                named = tuple(dict.fromkeys(one for group in self._named.values() for one in group))
        return siblings_among(checked, (*noted, *named), api_names)

    def turn(self, api_id: str) -> AbstractContextManager[object]:
        """Return what a resource holds from its plan to its write: guards count what the others have removed."""
        with self._lock:
            return self._turns.setdefault(api_id, threading.RLock())

    def removes(self, api_id: str, key: str, values: Iterable[str]) -> None:
        """Record what a resource removes from an API in this operation."""
        with self._lock:
            self._removals.setdefault(api_id, {})[key] = frozenset(values)

    def removed_by_others(self, api_id: str, key: str) -> frozenset[str]:
        """Return what the other resources remove from an API in this operation."""
        with self._lock:
            of_api = self._removals.get(api_id, {})
            return frozenset().union(*(values for other, values in of_api.items() if other != key))


@cache
def program_folder() -> Path | None:
    """Return the folder of the run whose program this process is; ``None`` where there is none.

    Looked for once a process: all processes above this one, and what ended runs have left, are gone through.
    """
    try:
        return PreviewRecords(program_run()).folder()
    except OSError:
        return None


def leave_declaration(folder: Path | None, declaration: Declaration) -> None:
    """Note what one of the program's resources declares; without a folder, nothing is noted."""
    try:
        if folder is not None:
            add_note(folder / _PROGRAM_FILE, declaration_data(declaration))
    except OSError:
        return


def left_declarations(folder: Path | None) -> tuple[Declaration, ...]:
    """Return what the program of a run has noted."""
    return tuple(dict.fromkeys(declarations_of(notes_in(folder / _PROGRAM_FILE)))) if folder else ()
