"""Measure the product against a provider that does nothing: requests, bytes, time, memory, state.

Usage: python benchmarks/run.py [--quick | --least] [--out FILE]

Runs the real Pulumi CLI on stacks of a local tenant. Each run of the product is paired with one of the other provider,
and the median of the ratios counts: absolute times depend on the machine and its load. Counts do not, so only they
decide the exit code.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from project import Cost, Project, permissions, seed

from auth0_local_tenant import LocalTenant, TenantOptions

PREVIEW = ("preview", "--refresh", "--expect-no-changes")
UP = ("up", "--yes", "--refresh")
IMPORT_LIMIT_MS = 60.0
STATE_LIMIT = 3  # the most that a state may take, in bytes of the permissions' values and descriptions
PER_PAGE = 100
_IMPORT = """
import time
import pulumi
started_s = time.perf_counter()
from pulumi_auth0_permissions import ApiPermissions
print((time.perf_counter() - started_s) * 1000)
"""


@dataclass(frozen=True)
class Shape:
    """A stack: APIs, permissions of each, and what every answer of the tenant takes besides its work."""

    apis: int
    permissions: int
    latency_ms: float = 0.0

    def __str__(self) -> str:
        latency = f", {self.latency_ms:.0f} ms" if self.latency_ms else ""
        return f"{self.apis} x {self.permissions}{latency}"


@dataclass(frozen=True)
class Row:
    """The figures of one command on one stack; counts are those of the last run, all else is a median."""

    name: str
    shape: str
    apis: int
    requests: int
    reads: int
    bytes: int
    refused: int
    wall_s: float
    noop_wall_s: float
    ratio: float
    ratios: tuple[float, float]
    cpu_s: float
    noop_cpu_s: float
    peak_mb: float
    noop_peak_mb: float
    state_ratio: float  # bytes of the state, over those of the permissions

    @property
    def faults(self) -> list[str]:
        """What is wrong with the counts."""
        found = []
        if self.refused:
            found.append(f"{self.refused} requests were refused with 429")
        if self.name == "preview, unchanged" and self.reads > math.ceil((self.apis + 1) / PER_PAGE) + 2:
            found.append(f"{self.reads} reads, more than one for {PER_PAGE} APIs and two")
        if self.apis > 100 and self.state_ratio > STATE_LIMIT:
            found.append(f"the state takes {self.state_ratio:.1f} times the permissions, more than {STATE_LIMIT}")
        return found


_WHOLE = (Shape(1, 100), Shape(20, 100), Shape(200, 100), Shape(1, 1000), Shape(20, 100, latency_ms=50))
_QUICK = (Shape(1, 100), Shape(20, 100))
_LEAST = (Shape(1, 1),)


def main() -> int:
    """Measure, print, write; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="a minute: few stacks, one run of each command")
    extent.add_argument("--least", action="store_true", help="seconds: one preview of one permission")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"), metavar="FILE", help="where to write")
    options = parser.parse_args()
    rows: list[Row] = []
    for shape in _LEAST if options.least else _QUICK if options.quick else _WHOLE:
        pairs = 1 if options.least or options.quick else 2 if shape.apis > 100 or shape.latency_ms else 3
        rows += measure_stack(shape, pairs, updates=not options.least)
    if not (options.least or options.quick):
        rows += measure_stack(Shape(500, 100), 1, updates=False) + measure_stack(Shape(200, 1000), 1, updates=False)
    import_ms = added_by_import_ms(1 if options.least else 15)
    print(*_table(rows), sep="\n")
    verdict = "within" if import_ms <= IMPORT_LIMIT_MS else "ABOVE"
    print(f"\nimport adds {import_ms:.0f} ms, {verdict} the {IMPORT_LIMIT_MS:.0f} ms allowed")
    faults = [f"{row.name}, {row.shape}: {fault}" for row in rows for fault in row.faults]
    print(*(faults or ["counts: as they should be"]), sep="\n")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    result = {"import_added_ms": import_ms, "rows": [asdict(row) for row in rows]}
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if faults else 0


def measure_stack(shape: Shape, pairs: int, *, updates: bool) -> list[Row]:
    """Measure previews and updates of one stack, in turn with the provider that does nothing.

    Args:
        shape: of the stack.
        pairs: how often; the median counts.
        updates: whether updates are measured; the preview comes first.
    """
    with tempfile.TemporaryDirectory() as folder, LocalTenant(seed=seed(shape.apis, shape.permissions)) as tenant:
        both = [Project(Path(folder), kind, tenant, shape.apis, shape.permissions) for kind in ("product", "noop")]
        for project in both:
            project.create()
        tenant.options = TenantOptions(latency_ms=shape.latency_ms)
        everything = range(shape.apis)
        commands: list[tuple[str, tuple[str, ...], Sequence[int]]] = [("preview, unchanged", PREVIEW, ())]
        if updates:
            commands.append(("up, one changed", UP, everything[shape.apis // 2 :][:1]))
        if updates and shape.apis > 1:
            commands.append(("up, all changed", UP, everything))
        rows = []
        for name, command, changed in commands:
            print(f"... {shape}: {name}", file=sys.stderr)
            runs = []
            for _ in range(pairs if len(changed) <= 100 else 1):  # a minute and a half for each
                for project in both:
                    project.change(changed)
                runs.append([project.run(*command) for project in both])
            rows.append(_row(name, shape, runs, both[0].state_bytes()))
        return rows


def added_by_import_ms(runs: int) -> float:
    """Return what importing the product adds to importing Pulumi: the median over as many fresh interpreters."""
    command = [sys.executable, "-c", _IMPORT]
    return statistics.median(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(runs)
    )


def _row(name: str, shape: Shape, runs: Sequence[Sequence[Cost]], state_bytes: int) -> Row:
    product, noop = zip(*runs, strict=True)
    ratios = [ours.wall_s / theirs.wall_s for ours, theirs in runs]
    held = shape.apis * sum(len(value) + len(text) for value, text in permissions(shape.permissions).items())
    return Row(
        name=name,
        shape=str(shape),
        apis=shape.apis,
        requests=product[-1].requests,
        reads=product[-1].reads,
        bytes=product[-1].bytes,
        refused=sum(cost.refused for cost in product),
        wall_s=statistics.median(cost.wall_s for cost in product),
        noop_wall_s=statistics.median(cost.wall_s for cost in noop),
        ratio=statistics.median(ratios),
        ratios=(min(ratios), max(ratios)),
        cpu_s=statistics.median(cost.provider_cpu_s for cost in product),
        noop_cpu_s=statistics.median(cost.provider_cpu_s for cost in noop),
        peak_mb=max(cost.provider_peak_mb for cost in product),
        noop_peak_mb=max(cost.provider_peak_mb for cost in noop),
        state_ratio=state_bytes / held,
    )


def _table(rows: Sequence[Row]) -> list[str]:
    line = "{:20} {:>18} {:>8} {:>8} {:>7} {:>7} {:>6} {:>11} {:>6} {:>6} {:>5} {:>5}"
    head = ("command", "APIs x permissions", "requests", "kB", "s", "noop", "ratio", "", "CPU s", "noop", "MB", "noop")
    return [
        line.format(*head),
        *(
            line.format(
                row.name,
                row.shape,
                row.requests,
                f"{row.bytes / 1000:.0f}",
                f"{row.wall_s:.2f}",
                f"{row.noop_wall_s:.2f}",
                f"{row.ratio:.2f}",
                f"{row.ratios[0]:.2f}-{row.ratios[1]:.2f}",
                f"{row.cpu_s:.2f}",
                f"{row.noop_cpu_s:.2f}",
                f"{row.peak_mb:.0f}",
                f"{row.noop_peak_mb:.0f}",
            )
            for row in rows
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
