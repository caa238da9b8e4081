"""Run a command and measure it: wall time, and memory and processor time of the provider processes it starts."""

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["CommandFailed", "Measured", "run"]

_SAMPLE_EVERY_S = 0.03
_PROVIDER = "pulumi.dynamic"  # in the provider process's command line


class CommandFailed(Exception):
    """A measured command failed; the message is its output."""


@dataclass(frozen=True)
class Measured:
    """One run of a command.

    Attributes:
        wall_s: from its start to its end.
        provider_peak_mb: the largest resident size seen of one of its provider processes; 0 if none was seen.
        provider_cpu_s: processor time of its provider processes, up to the last sample of each; unlike wall time,
            it means something on a busy machine too.
    """

    wall_s: float
    provider_peak_mb: float
    provider_cpu_s: float


class _Sampler(threading.Thread):
    """Samples the provider processes below a process until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._peak_bytes = 0
        self._cpu_s: dict[int, float] = {}
        self._over = threading.Event()

    def stop(self) -> tuple[float, float]:
        """Return the highest peak in MB, and the processor time in seconds of all of them together."""
        self._over.set()
        self.join()
        return self._peak_bytes / 1e6, sum(self._cpu_s.values())

    def run(self) -> None:
        """Sample."""
        known: psutil.Process | None = None
        while not self._over.wait(_SAMPLE_EVERY_S):
            try:
                known = known or next(filter(_is_provider, self._root.children(recursive=True)), None)
                if known is not None:
                    self._peak_bytes = max(self._peak_bytes, known.memory_info().rss)
                    times = known.cpu_times()
                    self._cpu_s[known.pid] = times.user + times.system
            except psutil.Error:
                known = None  # it has ended; the update's provider is another process


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
    sampler.start()
    output, _ = process.communicate()
    wall_s = time.monotonic() - started_s
    peak_mb, cpu_s = sampler.stop()
    if process.returncode != 0:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    return Measured(wall_s, peak_mb, cpu_s)


def _is_provider(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return _PROVIDER in process.cmdline()
    return False
