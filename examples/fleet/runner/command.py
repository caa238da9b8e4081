"""Commands of the Pulumi CLI as the fleet runs them: out of the terminal's reach, measured, and told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Commands", "Ended"]

_HIDDEN_FLAGS = {"PULUMI_DEBUG_COMMANDS": "true"}  # as the Automation API sets it: --event-log is one of them
_QUIET = {"PULUMI_SKIP_UPDATE_CHECK": "true"}


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended.

    Attributes:
        code: its exit code; negative where a signal ended it.
        output: what it printed, both streams in one.
        events: the engine's events.
        plans: what the provider's preview showed, one for each API.
        seconds: from its start to its end.
        cpu_seconds: processor time of it and of all that it has started.
        interrupted: whether it was told to stop.
    """

    code: int
    output: str
    events: tuple[Mapping[str, Any], ...]
    plans: tuple[Mapping[str, Any], ...]
    seconds: float
    cpu_seconds: float
    interrupted: bool


class Commands:
    """Starts commands, from any thread, and knows which of them run.

    Each gets a process group of its own, so that Ctrl-C reaches this program alone, which decides; and a file for its
    output, so that it comes to its end also where this program does not (a broken pipe would end it in the middle of
    a write).

    Args:
        folder: the project.
        environ: the environment.
        logs: where to keep what each stack's command has printed; ``None``: nowhere.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], logs: Path | None = None) -> None:
        self._folder = folder
        self._environ = {**environ, **_HIDDEN_FLAGS, **_QUIET}
        self._logs = logs
        self._lock = threading.Lock()
        self._running: dict[int, bool] = {}  # process id → whether it was told to stop

    def run(self, arguments: Sequence[str], stack: str) -> Ended:
        """Run a command on a stack to its end."""
        with tempfile.TemporaryDirectory(prefix="fleet-") as made:  # for this user alone
            work = Path(made)
            (work / "plans").mkdir()
            log = self._log_of(stack) or work / "output"
            flags = ["--non-interactive", "--color=never", "--stack", stack, "--event-log", str(work / "events")]
            started_s = time.monotonic()
            with log.open("wb") as output, self._lock:  # locked: it is known from its very start
                process = subprocess.Popen(
                    ["pulumi", *arguments, *flags],
                    cwd=self._folder,
                    env={**self._environ, "AUTH0_PERMISSIONS_PLAN_DIR": str(work / "plans")},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                )
                self._running[process.pid] = False
            code, cpu_s, interrupted = self._wait(process)
            return Ended(
                code,
                log.read_text(encoding="utf-8", errors="replace"),
                tuple(_lines(work / "events")),
                tuple(_files(work / "plans")),
                time.monotonic() - started_s,
                cpu_s,
                interrupted,
            )

    def interrupt(self) -> int:
        """Tell all commands that run to stop, each once, and return how many were told.

        The engine then finishes what is being written, records it, and lets go of the stack. Told twice it would
        drop everything.
        """
        with self._lock:
            fresh = [pid for pid, told in self._running.items() if not told]
            for pid in fresh:
                self._running[pid] = True
                os.kill(pid, signal.SIGINT)
        return len(fresh)

    def _wait(self, process: subprocess.Popen[bytes]) -> tuple[int, float, bool]:
        """Wait for its end; return its exit code, processor time in seconds, and whether it was told to stop."""
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:  # until here its number was still its own, afterwards it may be somebody else's
            _, status, usage = os.wait4(process.pid, 0)
            interrupted = self._running.pop(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, usage.ru_utime + usage.ru_stime, interrupted

    def _log_of(self, stack: str) -> Path | None:
        if self._logs is None:
            return None
        self._logs.mkdir(parents=True, exist_ok=True)
        return self._logs / f"{stack.replace('/', '.')}.log"


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a file, one a line; the last line may be cut off where the command was."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _files(folder: Path) -> Iterator[Mapping[str, Any]]:
    for file in sorted(folder.glob("*.json")):
        plan = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(plan, dict):
            yield plan
