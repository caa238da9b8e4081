"""The drawing of the architecture is true."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import grimp
import pytest

from docs.pages import ROOT

PICTURE = ROOT / "docs" / "images" / "modules.svg"
PROVIDER = "pulumi_auth0_permissions"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def rows() -> dict[str, float]:
    """How far down each module is drawn."""
    found: dict[str, float] = {}
    for group in ET.parse(PICTURE).iter(f"{SVG}g"):  # noqa: S314 - our own file
        box = group.find(f"{SVG}rect")
        assert box is not None
        if module := group.get("data-module"):
            found[module] = float(box.get("y", ""))
    return found


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom."""
    return grimp.build_graph(PROVIDER, "auth0_local_tenant", "auth0_permissions_cli", cache_dir=None)


def box_of(module: str) -> str:
    """Return the box that a module belongs into: its package inside the provider, else its top package."""
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] == PROVIDER else 1])


def test_every_module_is_drawn(rows: dict[str, float], graph: grimp.ImportGraph) -> None:
    """Each part of the provider and each package has its box, and no box is empty; if not: docs/draw.py."""
    assert set(rows) == {box_of(module) for module in graph.modules}


def test_every_import_goes_down(rows: dict[str, float], graph: grimp.ImportGraph) -> None:
    """What a module imports is drawn below it."""
    wrong = [
        f"{importer} imports {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if box_of(importer) != box_of(imported) and rows[box_of(importer)] >= rows[box_of(imported)]
    ]

    assert wrong == []


def test_the_picture_is_the_one_that_is_drawn(tmp_path: Path) -> None:
    """docs/draw.py gives the picture, byte by byte."""
    program = "import sys; sys.path.insert(0, 'docs'); import draw; sys.stdout.write(draw.drawing())"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout == PICTURE.read_text(encoding="utf-8")
