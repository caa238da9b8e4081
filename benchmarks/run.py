"""Measure the product against a provider that does nothing: requests, bytes, time, memory; check the law of reads.

Usage: python benchmarks/run.py [--quick | --least] [--compare [REVISION]] [--out FOLDER] [--no-history]

Runs the real Pulumi CLI on stacks of a local tenant. Times are those of whole commands; each run of the product is
paired with one of the other provider, and what counts is the median of the ratios: absolute times depend on the
machine and on what else it does. Counts do not, so they are what the exit code depends on. CPU is the processor time
of the provider processes.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import history
import imports
from plot import Panel, svg
from scenarios import Point, Row, Shape, measure_large, measure_series, measure_stack

_HERE = Path(__file__).resolve().parent
_HISTORY = _HERE / "history.jsonl"

_PER_PAGE = 100
_LAW = "reads of an unchanged stack of N APIs are at most (N + 1) / 100, rounded up, and two"

_STATE_TIMES = 3  # the most that a state may take, in bytes of the permissions' values and descriptions


@dataclass(frozen=True)
class _Extent:
    """How much is measured.

    Attributes:
        stacks: of which previews and updates are measured beside the provider that does nothing.
        imports: how often the program's imports are.
        updates: whether updates are measured.
        over_apis: whose previews make the plot over APIs; without any, that of the first stack does.
        over_permissions: whose previews make the plot over permissions.
        large: of which memory and state are measured.
    """

    stacks: Sequence[Shape]
    imports: int
    updates: bool = True
    over_apis: Sequence[Shape] = ()
    over_permissions: Sequence[Shape] = ()
    large: Shape | None = None


_WHOLE = _Extent(
    stacks=[Shape(1, 100), Shape(20, 100), Shape(200, 100), Shape(1, 1000), Shape(20, 100, latency_ms=50)],
    imports=15,
    over_apis=[Shape(apis, 100) for apis in (1, 5, 20, 100, 200, 500)],
    over_permissions=[Shape(1, count) for count in (1, 10, 100, 1000)],
    large=Shape(200, 1000),
)
_QUICK = _Extent(stacks=[Shape(1, 100), Shape(20, 100)], imports=5, over_apis=[Shape(apis, 100) for apis in (1, 100)])
_LEAST = _Extent(stacks=[Shape(1, 1)], imports=1, updates=False)


def main() -> int:
    """Measure, print, write; return the exit code."""
    arguments = _arguments()
    started_s = time.monotonic()
    extent = _LEAST if arguments.least else _QUICK if arguments.quick else _WHOLE
    is_part = extent is not _WHOLE
    facts = history.circumstances(quick=is_part)
    _say(f"load at start: {facts['load_at_start']} on {facts['cores']} cores")
    median_ms, minimum_ms = imports.added_ms(extent.imports)
    rows: list[Row] = []
    for shape in extent.stacks:
        # Large stacks take minutes, and late answers as well, while all of this shall take less than ten.
        pairs = 1 if is_part else 2 if shape.apis > 100 or shape.latency_ms else 3
        measured = measure_stack(shape, pairs, _say, updates=extent.updates)
        _say("\n".join(["", *_table(measured)]))
        rows += measured
    apis = measure_series(extent.over_apis, _say) or [_point(extent.stacks[0], rows[0])]
    counts = measure_series(extent.over_permissions, _say)
    large = measure_large(extent.large, _say) if extent.large else None
    result = {
        **facts,
        "import_added_ms": {"median": median_ms, "minimum": minimum_ms},
        "rows": [asdict(row) for row in rows],
        "series": [asdict(point) for point in (*apis, *counts)],
        "large": large,
        "took_s": round(time.monotonic() - started_s),
    }

    _print("", *_table(rows))
    verdict = "within" if median_ms <= imports.LIMIT_MS else "ABOVE"
    _print(
        "", f"import adds {median_ms:.0f} ms (least {minimum_ms:.0f}), {verdict} the {imports.LIMIT_MS:.0f} ms allowed"
    )
    if large is not None:
        _print(*_of_large(large))
    broken = [point for point in apis if point.reads > math.ceil((point.apis + 1) / _PER_PAGE) + 2]
    _print(f"{_LAW}: {'BROKEN by ' + ', '.join(str(p.apis) for p in broken) if broken else 'holds'}")
    _print("  " + ", ".join(f"{point.apis}: {point.reads}" for point in apis))

    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (arguments.out / "scaling.svg").write_text(_picture(apis, counts), encoding="utf-8")
    _print(f"written: {arguments.out}/results.json and scaling.svg; took {result['took_s']} s")
    if arguments.compare is not None:
        before = history.last(_HISTORY, quick=is_part, revision=arguments.compare or None)
        _print(*(history.compare(before, result) if before else ["nothing to compare with"]))
    if not (arguments.no_history or arguments.least):
        history.append(_HISTORY, result)
    too_large = large is not None and large["state_bytes"] > _STATE_TIMES * large["permissions_bytes"]
    return 1 if broken or too_large or any(row.refused for row in rows) else 0


def _point(shape: Shape, preview: Row) -> Point:
    return Point(shape.apis, shape.permissions, preview.requests, preview.reads, preview.bytes, preview.wall_s)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure, and print the numbers.")
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="a minute: few scenarios, one run of each")
    extent.add_argument(
        "--least",
        action="store_true",
        help="seconds: one preview of one permission, to see that measuring works; not added to the history",
    )
    parser.add_argument(
        "--compare", nargs="?", const="", metavar="REVISION", help="with the last result, or with one of REVISION"
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench"), metavar="FOLDER", help="where to write")
    parser.add_argument("--no-history", action="store_true", help="do not add the result to the history")
    return parser.parse_args()


def _table(rows: Sequence[Row]) -> list[str]:
    head = (
        "scenario",
        "APIs x permissions",
        "requests",
        "kB",
        "429s",
        "s",
        "noop",
        "ratio",
        "(range)",
        "CPU s",
        "noop",
        "MB",
        "noop",
    )
    cells = [
        (
            row.name,
            row.shape,
            str(row.requests),
            f"{row.bytes / 1000:.0f}",
            str(row.refused),
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
    ]
    widths = [max(len(row[column]) for row in (head, *cells)) for column in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *cells)
    ]


def _of_large(large: dict[str, float]) -> list[str]:
    more_mb = large["peak_mb"] - large["noop_peak_mb"]
    times = large["state_bytes"] / large["permissions_bytes"]
    return [
        f"{large['apis']:.0f} APIs x {large['permissions']:.0f} permissions: the provider process takes "
        f"{large['peak_mb']:.0f} MB, {more_mb:.0f} more than one that does nothing (150 allowed)",
        f"its state takes {large['state_bytes'] / 1e6:.1f} MB, {times:.1f} x the permissions ({_STATE_TIMES} "
        "allowed); that of the "
        f"provider that does nothing {large['noop_state_bytes'] / large['permissions_bytes']:.1f} x",
    ]


def _picture(apis: Sequence[Point], counts: Sequence[Point]) -> str:
    law = [(point.apis, float(math.ceil((point.apis + 1) / _PER_PAGE))) for point in apis]
    panels = [
        Panel(
            "Requests of an unchanged preview",
            "APIs of 100 permissions each",
            [("requests, token included", [(p.apis, p.requests) for p in apis]), ("(APIs + 1) / 100", law)],
        ),
        Panel("Seconds of it", "APIs of 100 permissions each", [("wall time", [(p.apis, p.wall_s) for p in apis])]),
    ]
    if counts:
        panels += [
            Panel("Requests", "permissions of one API", [("requests", [(p.permissions, p.requests) for p in counts])]),
            Panel("Seconds", "permissions of one API", [("wall time", [(p.permissions, p.wall_s) for p in counts])]),
        ]
    return svg(panels)


def _say(text: str) -> None:
    """Say on standard error what is being measured."""
    sys.stderr.write(f"... {text}\n")


def _print(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
