"""What a stack was run from, as a digest: the same program, catalog, configuration and provider, the same digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from .report import is_report

__all__ = ["Revisions"]

_READ_BY_PROGRAMS = {".py", ".yaml", ".yml", ".json", ".toml", ".txt"}
_NOT_OF_THE_PROGRAM = {"__pycache__", "node_modules"}
_PROVIDER = "pulumi-auth0-permissions"


class Revisions:
    """Digests of a project's stacks.

    All files of the project count that a program would read, but for hidden folders, virtual environments, reports of
    earlier runs and other stacks' configuration. Anything that is not among them (an environment variable, a file
    elsewhere) does not.

    Args:
        folder: the project.
        leave_out: files that are written meanwhile, such as a report.
        given: takes the place of all that (a commit's id), for every stack.
    """

    def __init__(self, folder: Path, *, leave_out: tuple[Path, ...] = (), given: str | None = None) -> None:
        self._folder = folder
        self._left_out = {path.resolve() for path in leave_out}
        self._program = None if given is not None else self._digest_of_program()
        self._given = given

    def of(self, config_file: Path | None) -> str:
        """Return the digest for the stack that has this configuration file."""
        if self._program is None:
            return self._given or ""
        digest = self._program.copy()
        if config_file is not None:
            digest.update(config_file.read_bytes())
        return digest.hexdigest()[:32]

    def _digest_of_program(self) -> hashlib._Hash:
        digest = hashlib.sha256(metadata.version(_PROVIDER).encode())
        for file in sorted(self._files(self._folder)):
            content = file.read_bytes()
            if file.suffix == ".json" and is_report(content):
                continue  # that of yesterday's `up` lies there when today's preview begins
            digest.update(f"\n{file.relative_to(self._folder)} {hashlib.sha256(content).hexdigest()}".encode())
        return digest

    def _files(self, folder: Path) -> Iterator[Path]:
        for entry in os.scandir(folder):
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name in _NOT_OF_THE_PROGRAM or path.resolve() in self._left_out:
                continue
            if entry.is_dir(follow_symlinks=False):
                if not (path / "pyvenv.cfg").exists():
                    yield from self._files(path)
            elif path.suffix in _READ_BY_PROGRAMS and not _is_of_a_stack(path):
                yield path


def _is_of_a_stack(path: Path) -> bool:
    """Tell ``Pulumi.NAME.yaml`` from ``Pulumi.yaml``."""
    return path.name.startswith("Pulumi.") and path.stem != "Pulumi"
