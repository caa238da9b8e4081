"""Run a command and measure it: wall time, and the peak memory of the provider processes that it starts."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CommandFailed", "Measured", "run"]

_SAMPLE_EVERY_S = 0.03  # the kernel keeps the peak itself (VmHWM); a sample only has to come before the end
_PROVIDER = "pulumi.dynamic"  # in the provider process's command line


class CommandFailed(Exception):
    """A measured command failed; the message is what it said."""


@dataclass(frozen=True)
class Measured:
    """One run of a command.

    Attributes:
        wall_s: from its start to its end.
        provider_peak_mb: the largest resident size that one of its provider processes has had; 0 if none was seen.
        provider_cpu_s: processor time of its provider processes, up to the last sample of each; unlike wall time,
            it says something on a busy machine too.
    """

    wall_s: float
    provider_peak_mb: float
    provider_cpu_s: float


class _Sampler:
    """Looks at the provider processes below a process until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peaks_kb: dict[int, int] = {}
        self._ticks: dict[int, int] = {}
        self._known: int | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """Return the highest peak in MB, and the processor time in seconds of all of them together."""
        self._over.set()
        self._thread.join()
        ticks_per_s = os.sysconf("SC_CLK_TCK")
        return max(self._peaks_kb.values(), default=0) / 1000, sum(self._ticks.values()) / ticks_per_s

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLE_EVERY_S):
            if self._known is None:
                self._known = next((pid for pid in _below(self._pid) if _is_provider(pid)), None)
            if self._known is not None:
                peak_kb, ticks = _peak_kb(self._known), _ticks(self._known)
                if peak_kb is None or ticks is None:
                    self._known = None  # it has ended; the update's provider is another process
                else:
                    self._peaks_kb[self._known] = peak_kb
                    self._ticks[self._known] = ticks


def run(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Measured:
    """Run a command to its end.

    Raises:
        CommandFailed: it ended with another code than 0.
    """
    started_s = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    sampler = _Sampler(process.pid)
    output, _ = process.communicate()
    wall_s = time.monotonic() - started_s
    peak_mb, cpu_s = sampler.stop()
    if process.returncode != 0:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    return Measured(wall_s, peak_mb, cpu_s)


def _below(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that these have started."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _below(child)


def _is_provider(pid: int) -> bool:
    try:
        return _PROVIDER in os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except OSError:
        return False


def _peak_kb(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), None)


def _ticks(pid: int) -> int | None:
    """Return a process's user and system time, in clock ticks (see proc_pid_stat(5))."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text[text.rindex(")") + 1 :].split()
    return int(fields[11]) + int(fields[12])
