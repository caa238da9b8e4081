"""A matrix as Markdown for a pull request's comment: escaped, and never longer than GitHub takes."""

from __future__ import annotations

from collections.abc import Iterator

from auth0_permissions_cli.github import MAX_COMMENT_LENGTH, bounded, code, code_value, escaped, row
from auth0_permissions_cli.matrix.comparison import ApiTable, Cell, Matrix, Row
from auth0_permissions_cli.matrix.words import (
    DRIFTED,
    SYMBOLS,
    api_remarks,
    api_summary,
    counted,
    legend,
    row_remarks,
    summary,
)
from pulumi_auth0_permissions.core.text import escape

_CUT = "_Cut: {} more lines do not fit into a comment. `auth0-permissions matrix --format html` has them all._"


def matrix_markdown(matrix: Matrix, *, at_most: int = MAX_COMMENT_LENGTH) -> str:
    """Return the matrix as Markdown: the summary, counts by stack, then a table for each API."""
    blocks = ["### Permissions by stack", "", summary(matrix), "", _counts(matrix)]
    for api in matrix.apis:
        blocks += _api(matrix, api)
    blocks += ["", f"<sub>{' · '.join(map(escaped, legend(matrix)))}</sub>"] if matrix.apis else []
    return bounded(blocks, cut=_CUT, at_most=at_most)


def _counts(matrix: Matrix) -> str:
    titles, rows = counted(matrix)
    rule = row(["---", "---", *["--:"] * (len(titles) - 2)])
    lines = [row([code(stack), code(tenant) if tenant else "", *numbers]) for stack, tenant, *numbers in rows]
    return "\n".join([row(titles), rule, *lines])


def _api(matrix: Matrix, api: ApiTable) -> Iterator[str]:
    yield ""
    heading = f"#### {code(escape(api.name))} — {api_summary(api)}"
    yield "\n".join([heading, *(f"- {code(remark)}" for remark in api_remarks(matrix.stacks, api))])
    if not api.rows:
        return
    head = row(["permission", *(code(escape(stack)) for stack in matrix.stacks)])
    rule = row(["---", *[":-:"] * len(matrix.stacks)])
    rows = [_row(matrix, one) for one in api.rows]
    yield "\n".join(["", head, rule, rows[0]])  # a table without a row would say nothing
    yield from rows[1:]


def _row(matrix: Matrix, one: Row) -> str:
    remarks = [f"<sub>{code(remark)}</sub>" for remark in row_remarks(matrix.stacks, one)]
    return row(["<br>".join([code_value(one.value), *remarks]), *(_cell(cell) for cell in one.cells)])


def _cell(cell: Cell) -> str:
    return escaped(SYMBOLS[cell.status] + (DRIFTED if cell.drift else ""))
