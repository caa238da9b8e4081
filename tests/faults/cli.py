"""The real CLI, begun and not waited for, so that something can happen to it in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.commands import Ran
from support.workspace import Workspace

ENDS_WITHIN_S = 120


class Running:
    """A command that is under way.

    Args:
        workspace: whose command.
        arguments: of `pulumi`.
    """

    def __init__(self, workspace: Workspace, *arguments: str) -> None:
        self._process = subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=workspace.folder,
            env=workspace.environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started: set[int] = set()

    def kill(self) -> None:
        """Do what `kill -9` does to the CLI; the processes that it has started go on."""
        self._note_processes()
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> None:
        """Do what Ctrl-C does to the CLI: what it has started is in process groups of its own."""
        self._note_processes()
        self._process.send_signal(signal.SIGINT)

    def kill_provider(self) -> None:
        """Do what `kill -9` does to the provider's process."""
        self._note_processes()
        providers = [pid for pid in self._started if "pulumi.dynamic" in _command(pid)]
        assert len(providers) == 1, [_command(pid) for pid in self._started]
        os.kill(providers[0], signal.SIGKILL)

    def ended(self) -> Ran:
        """Wait for the command and return what it came to."""
        output, _ = self._process.communicate(timeout=ENDS_WITHIN_S)
        return Ran(self._process.returncode, output)

    def clear_away(self) -> None:
        """Kill what is left of it: a killed CLI leaves its language host and its providers running."""
        if self._process.poll() is None:
            self.kill()
        for pid in self._started:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _note_processes(self) -> None:
        self._started.update(_descendants(self._process.pid))


@contextmanager
def running(workspace: Workspace, *arguments: str) -> Iterator[Running]:
    """Run a command in the background; nothing of it is left afterwards."""
    command = Running(workspace, *arguments)
    try:
        yield command
    finally:
        command.clear_away()


def _descendants(parent: int) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == parent:
                yield int(process.name)
                yield from _descendants(int(process.name))


def _command(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
