"""A matrix for a terminal: one line a permission and one symbol a stack, readable at 80 columns without colour."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from auth0_permissions_cli.matrix.comparison import ApiTable, Cell, Matrix, Row, Status
from auth0_permissions_cli.matrix.words import (
    ASCII_SYMBOLS,
    DRIFTED,
    SYMBOLS,
    api_remarks,
    api_summary,
    counted,
    legend,
    row_remarks,
    summary,
)
from auth0_permissions_cli.terminal import grid, rendered
from pulumi_auth0_permissions.core.text import escape, quote

_STYLES: Mapping[Status, str] = {
    Status.PRESENT: "green",
    Status.DIFFERENT: "yellow",
    Status.UNMANAGED: "yellow",
    Status.MISSING: "red",
    Status.NO_API: "dim",
}


def matrix_text(matrix: Matrix) -> str:
    """Return the matrix as text, with colour where standard output is a terminal (and ``NO_COLOR`` is not set)."""
    return rendered(*_parts(matrix, _symbols()))


def _symbols() -> Mapping[Status, str]:
    try:
        "".join(SYMBOLS.values()).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII_SYMBOLS
    return SYMBOLS


def _parts(matrix: Matrix, symbols: Mapping[Status, str]) -> Iterator[RenderableType]:
    for api in matrix.apis:
        yield from _api(matrix, api, symbols)
        yield Text()
    if matrix.apis:
        titles, rows = counted(matrix)
        counts = grid("dim")
        for _number, title in enumerate(titles):
            is_name = title in ("stack", "tenant")
            counts.add_column(Text(title.upper() if is_name else title), justify="left" if is_name else "right")
        for row in rows:
            counts.add_row(*map(Text, row))
        yield counts
        yield Text()
        yield Text("   ".join(legend(matrix, symbols)), style="dim")
    yield Text(summary(matrix), style="bold")


def _api(matrix: Matrix, api: ApiTable, symbols: Mapping[Status, str]) -> Iterator[RenderableType]:
    yield Text.assemble((escape(api.name), "bold"), f"  {api_summary(api)}")
    for remark in api_remarks(matrix.stacks, api):
        yield Padding(Text(remark, style="yellow"), (0, 0, 0, 2))
    if api.rows:
        table = grid("dim")
        table.add_column(Text("PERMISSION"), overflow="fold")
        for stack in matrix.stacks:
            table.add_column(Text(escape(stack)), justify="center", overflow="fold")
        for row in api.rows:
            table.add_row(_name(matrix, row), *(_cell(cell, symbols) for cell in row.cells))
        yield table


def _name(matrix: Matrix, row: Row) -> Text:
    name = Text(quote(row.value), style="bold" if row.differs else "")
    for remark in row_remarks(matrix.stacks, row):
        name.append(f"\n    {remark}", "not bold dim")
    return name


def _cell(cell: Cell, symbols: Mapping[Status, str]) -> Text:
    return Text.assemble((symbols[cell.status], _STYLES[cell.status]), (DRIFTED if cell.drift else "", "magenta"))
