"""What is measured: stacks, the commands that are run on them, and series over sizes."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from project import Cost, Project, permissions, seed

from auth0_local_tenant import LocalTenant, TenantOptions

__all__ = ["Point", "Row", "Shape", "measure_large", "measure_series", "measure_stack"]

PREVIEW = ("preview", "--refresh", "--expect-no-changes")
UP = ("up", "--yes", "--refresh")


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
    """One scenario's figures.

    Attributes:
        name: what was done.
        shape: of the stack.
        requests: of the last run; tokens included.
        reads: those of them that read APIs.
        bytes: of all answers.
        refused: 429s.
        wall_s: median.
        noop_wall_s: median with the provider that does nothing.
        ratio: median of the ratios, pair by pair.
        ratios: lowest and highest of them.
        peak_mb: memory of the provider process.
        noop_peak_mb: with the provider that does nothing.
        cpu_s: processor time of the provider processes, median.
        noop_cpu_s: with the provider that does nothing.
    """

    name: str
    shape: str
    requests: int
    reads: int
    bytes: int
    refused: int
    wall_s: float
    noop_wall_s: float
    ratio: float
    ratios: tuple[float, float]
    peak_mb: float
    noop_peak_mb: float
    cpu_s: float
    noop_cpu_s: float


@dataclass(frozen=True)
class Point:
    """An unchanged preview with refresh of a stack of some size."""

    apis: int
    permissions: int
    requests: int
    reads: int
    bytes: int
    wall_s: float


def measure_stack(shape: Shape, pairs: int, say: Callable[[str], None], *, updates: bool = True) -> list[Row]:
    """Measure previews and updates of one stack, in turn with the provider that does nothing.

    Args:
        shape: of the stack.
        pairs: how often; the median counts.
        say: told what is being measured.
        updates: whether updates are measured; the preview comes first.
    """
    with tempfile.TemporaryDirectory() as folder, LocalTenant(seed=seed(shape.apis, shape.permissions)) as tenant:
        both = _pair(Path(folder), tenant, shape)
        tenant.options = TenantOptions(latency_ms=shape.latency_ms)
        everything = range(shape.apis)
        scenarios: list[tuple[str, tuple[str, ...], Sequence[int]]] = [("preview, unchanged", PREVIEW, ())]
        if updates:
            scenarios.append(("up, one changed", UP, everything[shape.apis // 2 :][:1]))
        if updates and shape.apis > 1:
            scenarios.append(("up, all changed", UP, everything))
        rows = []
        for name, command, changed in scenarios:
            say(f"{shape}: {name}")
            runs = []
            for _ in range(pairs if len(changed) <= 100 else 1):  # a minute and a half for each
                for project in both:
                    project.change(changed)
                runs.append(tuple(project.run(*command) for project in both))
            rows.append(_row(name, shape, runs))
        return rows


def measure_series(shapes: Sequence[Shape], say: Callable[[str], None]) -> list[Point]:
    """Measure the unchanged preview of stacks of many sizes."""
    points = []
    for shape in shapes:
        say(f"series: {shape}")
        with tempfile.TemporaryDirectory() as folder, LocalTenant(seed=seed(shape.apis, shape.permissions)) as tenant:
            project = Project(Path(folder), "product", tenant, shape.apis, shape.permissions)
            project.create()
            runs = 2 if shape.apis <= 100 else 1
            cost = min((project.run(*PREVIEW) for _ in range(runs)), key=lambda cost: cost.wall_s)
            points.append(Point(shape.apis, shape.permissions, cost.requests, cost.reads, cost.bytes, cost.wall_s))
    return points


def measure_large(shape: Shape, say: Callable[[str], None]) -> dict[str, float]:
    """Measure memory and state of a stack that is as large as they come."""
    with tempfile.TemporaryDirectory() as folder, LocalTenant(seed=seed(shape.apis, shape.permissions)) as tenant:
        say(f"memory and state: {shape}")
        both = _pair(Path(folder), tenant, shape)
        product, noop = (project.run(*PREVIEW) for project in both)
        held = shape.apis * sum(len(value) + len(text) for value, text in permissions(shape.permissions).items())
        return {
            "apis": shape.apis,
            "permissions": shape.permissions,
            "requests": product.requests,
            "peak_mb": product.provider_peak_mb,
            "noop_peak_mb": noop.provider_peak_mb,
            "state_bytes": both[0].state_bytes(),
            "noop_state_bytes": both[1].state_bytes(),
            "permissions_bytes": held,
        }


def _pair(folder: Path, tenant: LocalTenant, shape: Shape) -> tuple[Project, Project]:
    """Make the product's project and the one of the provider that does nothing, both up to date."""
    product = Project(folder, "product", tenant, shape.apis, shape.permissions)
    noop = Project(folder, "noop", tenant, shape.apis, shape.permissions)
    for project in (product, noop):
        project.create()
    return product, noop


def _row(name: str, shape: Shape, runs: Sequence[tuple[Cost, ...]]) -> Row:
    ratios = [product.wall_s / noop.wall_s for product, noop in runs]
    last = runs[-1][0]
    return Row(
        name=name,
        shape=str(shape),
        requests=last.requests,
        reads=last.reads,
        bytes=last.bytes,
        refused=sum(product.refused for product, _ in runs),
        wall_s=statistics.median(product.wall_s for product, _ in runs),
        noop_wall_s=statistics.median(noop.wall_s for _, noop in runs),
        ratio=statistics.median(ratios),
        ratios=(min(ratios), max(ratios)),
        peak_mb=max(product.provider_peak_mb for product, _ in runs),
        noop_peak_mb=max(noop.provider_peak_mb for _, noop in runs),
        cpu_s=statistics.median(product.provider_cpu_s for product, _ in runs),
        noop_cpu_s=statistics.median(noop.provider_cpu_s for _, noop in runs),
    )
