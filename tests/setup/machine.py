"""A machine with nothing on PATH but what a test puts there, and a repository to set up on it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Machine", "Repository"]


@dataclass(frozen=True, slots=True)
class Machine:
    """A folder of commands that is all there is on PATH.

    Attributes:
        bin: The folder.
        journal: A file that the commands made by `add_recorder` write their names and arguments to.
    """

    bin: Path
    journal: Path

    def add(self, name: str, script: str, folder: Path | None = None) -> Path:
        """Put a shell script on PATH (or into another folder) under a name; return its path."""
        program = (folder or self.bin) / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    def add_recorder(self, name: str, script: str = "") -> Path:
        """Put a command on PATH that writes its call to the journal, then does what the script says."""
        return self.add(name, f'echo "{name} $*" >>"{self.journal}"\n{script}')

    def add_pulumi(self, version: str, *, language_host: bool = True, folder: Path | None = None) -> Path:
        """Put a Pulumi on PATH that says it is of a version, and by default its language host's programs."""
        if language_host:
            for name in ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"):
                self.add(name, "exit 0", folder)
        return self.add("pulumi", f'[ "$1" = version ] && echo "v{version}"', folder)

    def be_root(self, *, root: bool) -> None:
        """Make `id -u` say that we are root, or that we are not."""
        (self.bin / "id").unlink()
        self.add("id", f"echo {0 if root else 1000}")

    def calls(self) -> list[str]:
        """Return the journal: one line for each call of a recorder, oldest first."""
        return self.journal.read_text().splitlines() if self.journal.exists() else []


@dataclass(frozen=True, slots=True)
class Repository:
    """A copy of the set-up scripts, with a machine to run them on; its path has a space in it."""

    root: Path
    machine: Machine
    variables: dict[str, str] = field(default_factory=dict)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command (its first word relative to the repository) in a process group of its own."""
        return subprocess.Popen(
            [str(self.root / command[0]), *command[1:]],
            cwd=self.root,
            env={"PATH": str(self.machine.bin), "HOME": str(self.root), **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command to its end; return its exit status and what it printed, errors included."""
        with self.start(*command) as process:
            output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def pulumi_version(self) -> str:
        """Return what the first `pulumi` for a command under tools/run.sh says its version is."""
        return self.run("tools/run.sh", "pulumi", "version")[1].strip()
