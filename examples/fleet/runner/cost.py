"""What a fleet costs, from what a try-out has measured: `python cost.py MEASUREMENTS [--stacks 1000] [...]`.

The law, for each machine:

    seconds = the longest of
        stacks x processor seconds of one / processors          all processors busy all the time
        stacks of one tenant x processor seconds of one         they run one after the other
        (stacks of one tenant x requests of one - burst) / requests a second that the tenant allows

The first is a bound that is never quite met. Several machines share the tenants by their names, not evenly: the one
with the most decides.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .stacks import Shard

__all__ = ["Fleet", "Run", "law_table", "main", "measured_table"]


@dataclass(frozen=True)
class Run:
    """What one command over all stacks has cost, a stack.

    Attributes:
        title: the command and what there was to do.
        cpu_s: processor seconds.
        requests: to its tenant, tokens included.
        peak_mb: the most memory that one held.
        busiest: requests of the tenant with the most.
        refused: answers of status 429, of all.
        used: share of the machine's processor time that the fleet had in the try-out.
    """

    title: str
    cpu_s: float
    requests: float
    peak_mb: float
    busiest: int
    refused: int
    used: float

    @classmethod
    def read(cls, data: Mapping[str, Any], processors: int) -> Run:
        """Read one of a try-out's runs."""
        cpu_s, stacks = data["cpu_s_per_stack"], data["stacks"]
        return cls(
            f"`{data['command']}`, {data['title']}",
            cpu_s,
            data["requests"] / stacks,
            data["peak_mb_per_stack"],
            data["requests_of_busiest_tenant"],
            data["refused"],
            (cpu_s * stacks + data["cpu_s_own"]) / (data["wall_s"] * processors),
        )


@dataclass(frozen=True)
class Fleet:
    """A fleet that is to be reckoned with.

    Attributes:
        stacks: how many.
        per_tenant: of each tenant; the last one may have fewer.
        per_second: requests that a tenant allows.
        burst: how many of them at once.
    """

    stacks: int
    per_tenant: int
    per_second: float
    burst: int

    def stacks_of_largest_share(self, machines: int) -> int:
        """Return how many stacks the machine with the most has, for tenants with made-up names."""
        sizes = Counter[int]()
        for first in range(0, self.stacks, self.per_tenant):
            tenant = f"tenant{first // self.per_tenant}.example.com"
            of_tenant = min(self.per_tenant, self.stacks - first)
            sizes.update({i: of_tenant for i in range(1, machines + 1) if Shard(i, machines).has(tenant)})
        return max(sizes.values(), default=0)

    def seconds(self, run: Run, *, processors: int, machines: int = 1) -> float:
        """Return how long a command takes; see the law above."""
        return max(
            self.stacks_of_largest_share(machines) * run.cpu_s / processors,
            self.per_tenant * run.cpu_s,
            (self.per_tenant * run.requests - self.burst) / self.per_second,
        )


def measured_table(runs: Sequence[Run]) -> str:
    """Return what was measured, in Markdown."""
    head = ("command", "processor seconds", "requests", "of the busiest tenant", "429s", "memory, MB")
    return _markdown(
        head,
        [
            (
                run.title,
                f"{run.cpu_s:.1f}",
                f"{run.requests:g}",
                str(run.busiest),
                str(run.refused),
                f"{run.peak_mb:.0f}",
            )
            for run in runs
        ],
    )


def law_table(runs: Sequence[Run], fleet: Fleet, processors: Sequence[int], shards: int) -> str:
    """Return what the law comes to, in Markdown: one machine of each size, and several of the smallest."""
    head = (
        "command",
        "processor hours",
        "requests",
        *(f"{n} processors" for n in processors),
        f"{shards} machines of {processors[0]}",
    )
    rows = []
    for run in runs:
        times = [fleet.seconds(run, processors=n) for n in processors]
        times.append(fleet.seconds(run, processors=processors[0], machines=shards))
        total = (f"{fleet.stacks * run.cpu_s / 3600:.1f}", f"{fleet.stacks * run.requests:.0f}")
        rows.append((run.title, *total, *(f"{seconds / 60:.1f} min" for seconds in times)))
    memory = [f"{max(run.peak_mb for run in runs) * n / 1000:.1f} GB" for n in processors]
    rows.append(("memory of a machine, at most", "", "", *memory, memory[0]))
    return _markdown(head, rows)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("measurements", type=Path, help="what tryout.py --write has written")
    parser.add_argument("--stacks", type=int, default=1000)
    parser.add_argument("--per-tenant", type=int, help="stacks of one tenant (default: as measured)")
    parser.add_argument("--processors", type=int, nargs="+", default=[2, 8, 32])
    parser.add_argument("--shards", type=int, default=10)
    options = parser.parse_args(arguments)
    data = json.loads(options.measurements.read_text(encoding="utf-8"))
    runs = [Run.read(run, data["processors"]) for run in data["runs"]]
    limit = data["limit"]
    per_tenant = options.per_tenant or data["stacks_per_tenant"]
    fleet = Fleet(options.stacks, per_tenant, limit["per_second"], limit["burst"])
    print(measured_table(runs), "", law_table(runs, fleet, options.processors, options.shards), sep="\n")
    return 0
