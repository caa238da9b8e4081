"""A small SVG of requests and time against sizes; no library, so that a benchmark needs none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Panel", "svg"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 380, 250, 55, 30, 15, 45
_COLOURS = ("#b4460f", "#2a6f97", "#666666")


@dataclass(frozen=True)
class Panel:
    """One diagram with a logarithmic x axis from 1.

    Attributes:
        title: above it.
        x_label: below it.
        lines: name and points of each line.
    """

    title: str
    x_label: str
    lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]


def svg(panels: Sequence[Panel], columns: int = 2) -> str:
    """Return the diagrams as one picture."""
    rows = math.ceil(len(panels) / columns)
    parts = [
        f'<g transform="translate({index % columns * _WIDTH} {index // columns * _HEIGHT})">{_panel(panel)}</g>'
        for index, panel in enumerate(panels)
    ]
    size = f'width="{columns * _WIDTH}" height="{rows * _HEIGHT}" viewBox="0 0 {columns * _WIDTH} {rows * _HEIGHT}"'
    style = 'font-family="sans-serif" font-size="11" fill="#222"'
    background = '<rect width="100%" height="100%" fill="white"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{background}{"".join(parts)}</svg>\n'


def _panel(panel: Panel) -> str:
    points = [point for _, line in panel.lines for point in line]
    right = max(2.0, *(x for x, _ in points))
    top = _nice(max(y for _, y in points))
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + math.log(x) / math.log(right) * width, _TOP + height * (1 - y / top)

    parts = [f'<text x="{_LEFT}" y="18" font-weight="bold">{escape(panel.title)}</text>']
    for share in range(5):
        value = top * share / 4
        _, y = at(1, value)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    parts += [
        f'<text x="{at(tick, 0)[0]:.1f}" y="{_HEIGHT - 28}" text-anchor="middle">{tick}</text>'
        for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
        if tick <= right
    ]
    parts.append(
        f'<text x="{_LEFT + width / 2}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(panel.x_label)}</text>'
    )
    for index, (name, line) in enumerate(panel.lines):
        colour = _COLOURS[index % len(_COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_LEFT + 8}" y="{_TOP + 12 + 14 * index}" fill="{colour}">{escape(name)}</text>')
    return "".join(parts)


def _nice(value: float) -> float:
    """Return a round number that is not below the value."""
    unit = 10.0 ** math.floor(math.log10(value or 1))
    return next(unit * step for step in (1, 2, 4, 8, 10) if unit * step >= value)
