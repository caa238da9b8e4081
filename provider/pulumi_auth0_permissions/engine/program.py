"""What the program of a run declares, left in the run's folder by the program itself.

With ``--target``, the engine deletes a resource without one word of the others to the provider: no `check` of theirs
comes before. The program runs all the same, and knows.
"""

from __future__ import annotations

import json
from pathlib import Path

from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.engine.records import PreviewRecords
from pulumi_auth0_permissions.engine.run import program_run

__all__ = ["leave_declaration", "left_declarations"]

_FILE = "program.jsonl"


def leave_declaration(name: str, api: str, values: frozenset[str]) -> None:
    """Note, in the program's process, what one of its resources declares; without a run, nothing is noted."""
    line = json.dumps([name, api, sorted(values)]) + "\n"
    try:
        folder = PreviewRecords(program_run()).folder()
        if folder is None:
            return
        with (folder / _FILE).open("a", encoding="ascii") as file:
            file.write(line)
    except OSError:
        return


def left_declarations(folder: Path | None) -> tuple[Declaration, ...]:
    """Return what the program of a run has noted."""
    try:
        lines = [] if folder is None else (folder / _FILE).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return ()
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # cut short by a process that was killed
        match entry:
            case [str() as name, str() as api, list() as values]:
                found.append(Declaration(name, api, frozenset(map(str, values))))
    return tuple(dict.fromkeys(found))
