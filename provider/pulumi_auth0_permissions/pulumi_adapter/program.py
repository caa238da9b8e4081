"""What the program of a run declares, left in the run's folder by the program itself.

With ``--target``, the engine deletes a resource without one word of the others to the provider: no `check` of theirs
comes before. The program runs all the same, and knows.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.pulumi_adapter.context import declaration_data, declarations_of
from pulumi_auth0_permissions.pulumi_adapter.private_files import add_note, notes_in
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords
from pulumi_auth0_permissions.pulumi_adapter.run import program_run

__all__ = ["leave_declaration", "left_declarations", "program_folder"]

_FILE = "program.jsonl"


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
            add_note(folder / _FILE, declaration_data(declaration))
    except OSError:
        return


def left_declarations(folder: Path | None) -> tuple[Declaration, ...]:
    """Return what the program of a run has noted."""
    return tuple(dict.fromkeys(declarations_of(notes_in(folder / _FILE)))) if folder else ()
