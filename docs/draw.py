"""Draw docs/images/modules.svg: the modules in rows, so that every import leads to a row further down.

Usage: tools/run.sh python docs/draw.py

tests/docs/test_drawing.py holds the drawing against the imports.
"""

# ruff: noqa: INP001 - a program, not a package

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

SVG = "http://www.w3.org/2000/svg"
PICTURE = Path(__file__).resolve().parent / "images" / "modules.svg"

# Module (``.x`` for ``pulumi_auth0_permissions.x``), what it is called, and what it is.
ROWS = (
    (
        ("pulumi_auth0_permissions", "your program", "imports pulumi_auth0_permissions"),
        ("auth0_permissions_cli", "auth0_permissions_cli", "the command auth0-permissions"),
    ),
    ((".promotion", "promotion", "Stage, promoted_from, the receipt"),),
    ((".resource", "resource", "ApiPermissions, as programs declare it"),),
    ((".engine", "engine", "Pulumi's hooks: check, diff, create, read, update, delete; what the preview showed"),),
    ((".reconciler", "reconciler", "observe, assess, apply, verify"),),
    (
        (".observations", "observations", "reads, shared"),
        (".assessment", "assessment", "plan and judge"),
        (".impact", "impact", "who holds it"),
        (".access", "access", "moves holders"),
        (".rivals", "rivals", "the tenant's log"),
    ),
    (
        (".settings", "settings", "of a stack"),
        (".catalog", "catalog", "permissions.yaml"),
        (".render", "render", "plans as text"),
        (".stacks", "stacks", "others' state"),
    ),
    ((".management", "management", "the Management API: token, pace, retries, errors"),),
    (
        (".core", "core", "the rules; knows neither Pulumi nor HTTP"),
        (".version", "version", "of this package"),
        (".sdk", "sdk", "is it too old?"),
    ),
)
RULES = ".core"
WIDE = {RULES: 3}  # as many times as wide as others in its row
# Beside a row: whom it speaks with.
PARTNERS = ((3, "Pulumi", "the engine, over gRPC"), (7, "tenant", "Auth0, over HTTPS"))
STAND_IN = (8, "auth0_local_tenant", "stands in for it")

EDGE = 16  # pixels, as all that follows
WIDTH, STACK_WIDTH = 860, 620
ROW_HEIGHT, ROW_GAP, BOX_GAP, PARTNER_GAP = 50, 14, 10, 36

STYLE = """
    .paper { fill: #ffffff; }
    .box { fill: #eef3fb; stroke: #4a6fa5; }
    .rules { fill: #e6f4ea; stroke: #3c7d4f; }
    .other { fill: #fff6e5; stroke: #a5722a; }
    .name { font: 600 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #16233a; }
    .what { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #3a475c; }
    .wire { stroke: #6b7686; stroke-width: 1.5; fill: none; }
    .tip { fill: #6b7686; }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #14181f; }
      .box { fill: #1d2a3f; stroke: #7ea2d6; }
      .rules { fill: #18301f; stroke: #74b98a; }
      .other { fill: #33270f; stroke: #d3a55b; }
      .name { fill: #e8eef8; }
      .what { fill: #b7c3d4; }
      .wire { stroke: #98a4b5; }
      .tip { fill: #98a4b5; }
    }
"""


def drawing() -> str:
    """Return the picture."""
    height = _top(len(ROWS)) - ROW_GAP + EDGE
    return "\n".join(
        [
            f'<svg xmlns="{SVG}" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
            "  <title>The modules and who imports whom</title>",
            f"  <style>{STYLE}  </style>",
            '  <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto-start-reverse"><path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
            f'  <rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>',
            *_rows(),
            *_beside(),
            "</svg>",
            "",
        ]
    )


def _rows() -> Iterator[str]:
    middle = EDGE + STACK_WIDTH / 2
    for number, row in enumerate(ROWS):
        if number:
            start, end = _top(number) - ROW_GAP + 1, _top(number) - 1
            yield f'  <path class="wire" marker-end="url(#tip)" d="M{middle:g} {start} V{end}"/>'
        shares = sum(WIDE.get(module, 1) for module, _, _ in row)
        share = (STACK_WIDTH - BOX_GAP * (len(row) - 1)) / shares
        left: float = EDGE
        for module, name, what in row:
            width = share * WIDE.get(module, 1)
            full = f"pulumi_auth0_permissions{module}" if module.startswith(".") else module
            yield _box("rules" if module == RULES else "box", left, number, width, (name, what), full)
            left += width + BOX_GAP


def _beside() -> Iterator[str]:
    left = EDGE + STACK_WIDTH + PARTNER_GAP
    width = WIDTH - EDGE - left
    for row, name, what in PARTNERS:
        yield _box("other", left, row, width, (name, what))
        middle = _top(row) + ROW_HEIGHT / 2
        ends = f"M{EDGE + STACK_WIDTH + 1} {middle:g} H{left - 1}"
        yield f'  <path class="wire" marker-start="url(#tip)" marker-end="url(#tip)" d="{ends}"/>'
    row, name, what = STAND_IN
    yield _box("other", left, row, width, (name, what), name)


def _box(kind: str, left: float, row: int, width: float, texts: tuple[str, str], module: str = "") -> str:
    name, what = (escape(text) for text in texts)
    top, middle = _top(row), left + width / 2
    mark = f' data-module="{module}"' if module else ""
    return "\n".join(
        [
            f"  <g{mark}>",
            f'    <rect class="{kind}" x="{left:g}" y="{top}" width="{width:g}" height="{ROW_HEIGHT}" rx="6"/>',
            f'    <text class="name" x="{middle:g}" y="{top + 21}" text-anchor="middle">{name}</text>',
            f'    <text class="what" x="{middle:g}" y="{top + 39}" text-anchor="middle">{what}</text>',
            "  </g>",
        ]
    )


def _top(row: int) -> int:
    return EDGE + row * (ROW_HEIGHT + ROW_GAP)


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.name} drawn\n")
