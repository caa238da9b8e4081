"""Which `pulumi` run this process belongs to.

A preview and the update after it are done by two provider processes. What they have in common is the `pulumi`
process that started both; its id alone could be used again by another, so its start time is part of the name.

A program that drives the engine (`auth0-permissions promote`) starts one `pulumi` for the preview and another one for
the update. It names itself in the environment, and then it is what the two have in common.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RUN_VARIABLE", "Run", "current_run", "is_alive", "this_process"]

RUN_VARIABLE = "AUTH0_PERMISSIONS_RUN"  # id of the process that drives the engine, where it is not the CLI

ENGINE_PROCESS = "pulumi"  # name of the Pulumi CLI's process, as the kernel knows it
MAX_GENERATIONS = 16  # between the provider and the CLI stand a shell and at most a language host


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the Pulumi CLI: the id of its process and when that started, in clock ticks since boot."""

    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.pid}-{self.started}"


def current_run(proc: Path = Path("/proc"), environ: Mapping[str, str] = os.environ) -> Run | None:
    """Return the run that started this process, or ``None`` where no ancestor is the Pulumi CLI.

    The process that the environment names counts instead, but only as an ancestor of this one: a name left over from
    another run means nothing.
    """
    ancestors = list(_ancestors(proc))
    named = next((run for _, run in ancestors if str(run.pid) == environ.get(RUN_VARIABLE)), None)
    return named or next((run for name, run in ancestors if name == ENGINE_PROCESS), None)


def this_process(proc: Path = Path("/proc")) -> Run | None:
    """Return the run that begins with this process, or ``None`` where the system does not tell its start time."""
    status = _status(os.getpid(), proc)
    return None if status is None else Run(os.getpid(), status[2])


def is_alive(run: Run, proc: Path = Path("/proc")) -> bool:
    """Tell whether the run is still going."""
    status = _status(run.pid, proc)
    return status is not None and status[2] == run.started


def _ancestors(proc: Path) -> Iterator[tuple[str, Run]]:
    """Yield the name of each ancestor and the run that it would be, from the parent on."""
    pid = os.getppid()
    for _ in range(MAX_GENERATIONS):
        status = _status(pid, proc)
        if status is None:
            return
        name, parent, started = status
        yield name, Run(pid, started)
        pid = parent


def _status(pid: int, proc: Path) -> tuple[str, int, int] | None:
    """Return a process's name, parent and start time, from ``/proc/PID/stat`` (see proc_pid_stat(5)).

    ``None`` where there is no such process, or the file is not as documented: then there is nothing to know.
    """
    try:
        text = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        # The name stands in parentheses and may hold spaces and parentheses itself, hence the last one.
        name, fields = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 1 :].split()
        return name, int(fields[1]), int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
