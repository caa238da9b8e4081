"""The benchmark's picture and its history; what it measures is shown by running it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SVG = "{http://www.w3.org/2000/svg}"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load a module of the benchmark, which is a program and no package."""
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def result(revision: str, *, quick: bool, requests: int) -> dict[str, Any]:
    """Return a result with one scenario."""
    row = {"name": "preview", "shape": "20 x 100", "requests": requests, "bytes": 9}
    return {
        "revision": revision,
        "date": "2026-11-24",
        "load_at_start": 0.1,
        "quick": quick,
        "rows": [row | {"refused": 0, "ratio": 1.1, "peak_mb": 60.0}],
    }


def test_the_picture_is_svg_with_a_line_for_each_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two panels with three lines in all; names cannot break out of their text."""
    plot = load("plot", monkeypatch)
    panels = [
        plot.Panel("Requests", "APIs", [("a <b>", [(1, 2), (500, 7)]), ("law", [(1, 1), (500, 6)])]),
        plot.Panel("Seconds", "APIs", [("time", [(1, 0.5), (500, 9.5)])]),
    ]

    picture = ET.fromstring(plot.svg(panels))  # noqa: S314 - our own text

    assert len(picture.findall(f".//{SVG}polyline")) == 3
    assert "a <b>" in [text.text for text in picture.findall(f".//{SVG}text")]


def test_points_lie_inside_their_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest value is at or below the top, the smallest x at the left edge."""
    plot = load("plot", monkeypatch)

    picture = ET.fromstring(plot.svg([plot.Panel("t", "x", [("l", [(1, 0), (30, 4.1), (1000, 3)])])]))  # noqa: S314

    (line,) = picture.findall(f".//{SVG}polyline")
    points = [tuple(map(float, pair.split(","))) for pair in str(line.get("points")).split()]
    assert all(0 <= x <= plot._WIDTH and plot._TOP <= y <= plot._HEIGHT for x, y in points)
    assert points[0][0] == plot._LEFT


def test_the_newest_result_of_the_same_kind_is_compared_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick run is not compared with a full one; a revision can be named."""
    history = load("history", monkeypatch)
    file = tmp_path / "history.jsonl"
    for revision, quick in (("aaa", False), ("bbb", False), ("ccc", True)):
        history.append(file, result(revision, quick=quick, requests=2))

    assert history.last(file, quick=False, revision=None)["revision"] == "bbb"
    assert history.last(file, quick=False, revision="aaa")["revision"] == "aaa"
    assert history.last(file, quick=True, revision="aaa") is None
    assert history.last(tmp_path / "none", quick=True, revision=None) is None


def test_a_comparison_names_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures that differ are given before and after, and a scenario without any is the same."""
    history = load("history", monkeypatch)
    before = result("aaa", quick=True, requests=2)

    changed = history.compare(before, result("bbb", quick=True, requests=21))
    same = history.compare(before, result("bbb", quick=True, requests=2))

    assert changed[1:] == ["  preview, 20 x 100: requests 2 -> 21"]
    assert same[1:] == ["  preview, 20 x 100: the same"]
