"""A matrix for a terminal: one line a permission and one symbol a stack, readable at 80 columns without colour."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from auth0_permissions_cli.terminal import UNLIMITED_WIDTH, plain_console
from pulumi_auth0_permissions.core.matrix import ApiTable, Cell, Matrix, Row, Status
from pulumi_auth0_permissions.core.wording import shown, shown_value
from pulumi_auth0_permissions.render.matrix_words import (
    ASCII_SYMBOLS,
    DRIFTED,
    STATUS_WORDS,
    SYMBOLS,
    api_remarks,
    api_summary,
    row_remarks,
    summary,
    tenants,
)

__all__ = ["matrix_text"]

_STYLES: Mapping[Status, str] = {
    Status.PRESENT: "green",
    Status.DIFFERENT: "yellow",
    Status.UNMANAGED: "yellow",
    Status.MISSING: "red",
    Status.NO_API: "dim",
}
_DRIFT_STYLE = "magenta"
_GAP = 2  # cells between columns
_MIN_COLUMN = 2  # a symbol and the mark of drift
_MIN_NAME = 24  # cells that names keep, however many stacks there are


@dataclass(frozen=True, slots=True)
class _Layout:
    """How wide the columns are.

    Attributes:
        name: cells for the permission.
        headings: of the stacks; numbers where their names need too much room.
        is_numbered: whether they are numbers.
        width: of a whole line; remarks are broken there.
        symbols: for the encoding.
    """

    name: int
    headings: tuple[str, ...]
    is_numbered: bool
    width: int
    symbols: Mapping[Status, str]

    def column(self, heading: str) -> int:
        return max(_MIN_COLUMN, cell_len(heading))


def matrix_text(matrix: Matrix) -> str:
    """Return the matrix as text, with colour where standard output is a terminal (and ``NO_COLOR`` is not set)."""
    console = plain_console()
    layout = _layout(matrix, console.width)
    with console.capture() as capture:
        for line in _lines(matrix, layout):
            console.print(line, soft_wrap=True)
    return "\n".join(line.rstrip() for line in capture.get().split("\n")).rstrip("\n")


def _layout(matrix: Matrix, width: int) -> _Layout:
    headings = tuple(shown(stack) for stack in matrix.stacks)
    longest = max((cell_len(shown_value(row.value)) for api in matrix.apis for row in api.rows), default=0)
    room = width - sum(max(_MIN_COLUMN, cell_len(heading)) + _GAP for heading in headings)
    is_numbered = room < min(longest, max(_MIN_NAME, width // 2))
    if is_numbered:
        headings = tuple(f"[{number}]" for number in range(1, len(headings) + 1))
        room = width - sum(cell_len(heading) + _GAP for heading in headings)
    name = max(min(longest, room), min(_MIN_NAME, width), len("PERMISSION"))
    return _Layout(name, headings, is_numbered, width, _symbols())


def _symbols() -> Mapping[Status, str]:
    try:
        "".join(SYMBOLS.values()).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII_SYMBOLS
    return SYMBOLS


def _lines(matrix: Matrix, layout: _Layout) -> Iterator[Text]:
    if layout.is_numbered:
        yield from (
            Text(f"{heading} {shown(stack)}") for heading, stack in zip(layout.headings, matrix.stacks, strict=True)
        )
        yield Text()
    for api in matrix.apis:
        yield from _api(matrix, api, layout)
        yield Text()
    if matrix.apis:
        yield from _counts(matrix)
        yield Text()
        yield from _wrapped(tenants(matrix), 0, layout.width, "dim")
        yield from _wrapped(_legend(matrix, layout), 0, layout.width, "dim")
    yield from _wrapped(summary(matrix), 0, layout.width, "bold")


def _api(matrix: Matrix, api: ApiTable, layout: _Layout) -> Iterator[Text]:
    yield Text.assemble((shown(api.name), "bold"), f"  {api_summary(api)}")
    for remark in api_remarks(matrix.stacks, api):
        yield from _wrapped(remark, 2, layout.width, "yellow")
    if not api.rows:
        return
    heading = Text("PERMISSION".ljust(layout.name), style="dim")
    for stack in layout.headings:
        heading.append(" " * _GAP + _centred(stack, layout.column(stack)))
    yield heading
    for row in api.rows:
        yield from _row(matrix, row, layout)


def _row(matrix: Matrix, row: Row, layout: _Layout) -> Iterator[Text]:
    first, *rest = chop_cells(shown_value(row.value), layout.name)
    line = Text(first + " " * (layout.name - cell_len(first)), style="bold" if row.differs else "")
    for heading, cell in zip(layout.headings, row.cells, strict=True):
        line.append(" " * _GAP)
        line.append_text(_cell(cell, layout.column(heading), layout.symbols))
    yield line
    yield from (Text(part, style="bold" if row.differs else "") for part in rest)
    for remark in row_remarks(matrix.stacks, row):
        yield from _wrapped(remark, 4, layout.width, "dim")


def _cell(cell: Cell, width: int, symbols: Mapping[Status, str]) -> Text:
    symbol = symbols[cell.status]
    before = (width - 1) // 2
    text = Text(" " * before)
    text.append(symbol, _STYLES[cell.status])
    text.append(DRIFTED if cell.drift else " ", _DRIFT_STYLE)
    return text.append(" " * (width - before - 2))


def _counts(matrix: Matrix) -> Iterator[Text]:
    titles = ["managed", "different", "unmanaged", "missing", *(["drifted"] if matrix.is_live else [])]
    stacks = [shown(stack) for stack in matrix.stacks]
    name = max(cell_len(stack) for stack in (*stacks, "STACK"))
    yield Text("STACK".ljust(name) + "".join(" " * _GAP + title for title in titles), style="dim")
    for stack, counts in zip(stacks, matrix.counts, strict=True):
        numbers = (counts.present, counts.different, counts.unmanaged, counts.missing, counts.drifted)
        cells = (" " * _GAP + str(n).rjust(len(title)) for n, title in zip(numbers, titles, strict=False))
        yield Text(stack + " " * (name - cell_len(stack)) + "".join(cells))


def _legend(matrix: Matrix, layout: _Layout) -> str:
    parts = [f"{layout.symbols[status]} {words}" for status, words in STATUS_WORDS.items()]
    parts += [f"{DRIFTED} the tenant differs from the state"] if matrix.is_live else []
    return "   ".join(parts)


def _wrapped(text: str, indent: int, width: int, style: str) -> Sequence[Text]:
    """Break a text between words, and a long word anywhere."""
    if width >= UNLIMITED_WIDTH:
        return [Text(" " * indent + text, style=style)]
    parts = Text(text).wrap(Console(width=width), max(10, width - indent), overflow="fold")
    return [Text(" " * indent + part.plain.rstrip(), style=style) for part in parts]


def _centred(text: str, width: int) -> str:
    before = (width - cell_len(text)) // 2
    return " " * before + text + " " * (width - before - cell_len(text))
