"""A matrix as Markdown for a pull request's comment: escaped, and never longer than GitHub takes."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_auth0_permissions.core.matrix import ApiTable, Cell, Matrix, Row
from pulumi_auth0_permissions.render.markdown import MAX_COMMENT_LENGTH, bounded, code, code_value, escaped, row
from pulumi_auth0_permissions.render.matrix_words import (
    DRIFTED,
    STATUS_WORDS,
    SYMBOLS,
    api_remarks,
    api_summary,
    row_remarks,
    summary,
)

__all__ = ["matrix_markdown"]

_CUT = "_Cut: {} more lines do not fit into a comment. `auth0-permissions matrix --format html` has them all._"
_COUNTED = ("managed", "described differently", "unmanaged", "missing")


def matrix_markdown(matrix: Matrix, *, at_most: int = MAX_COMMENT_LENGTH) -> str:
    """Return the matrix as Markdown: the summary, counts by stack, then a table for each API.

    Args:
        matrix: the comparison.
        at_most: the longest result, in characters; rows that do not fit are left out with a count.
    """
    blocks = ["### Permissions by stack", "", summary(matrix), "", *_counts(matrix)]
    for api in matrix.apis:
        blocks += _api(matrix, api)
    blocks += ["", f"<sub>{_legend(matrix)}</sub>"] if matrix.apis else []
    return bounded(blocks, cut=_CUT, at_most=at_most)


def _counts(matrix: Matrix) -> Iterator[str]:
    titles = ["stack", "tenant", *_COUNTED, *(["drifted"] if matrix.is_live else [])]
    lines = [row(titles), row(["---", "---", *["--:"] * (len(titles) - 2)])]
    for stack, tenant, counts in zip(matrix.stacks, matrix.tenants, matrix.counts, strict=True):
        numbers = [counts.present, counts.different, counts.unmanaged, counts.missing]
        numbers += [counts.drifted] if matrix.is_live else []
        lines.append(row([code(stack), code(tenant) if tenant else "", *(str(number) for number in numbers)]))
    yield "\n".join(lines)


def _api(matrix: Matrix, api: ApiTable) -> Iterator[str]:
    yield ""
    heading = f"#### {code(api.name)} — {api_summary(api)}"
    yield "\n".join([heading, *(f"- {code(remark)}" for remark in api_remarks(matrix.stacks, api))])
    if not api.rows:
        return
    head = row(["permission", *(code(stack) for stack in matrix.stacks)])
    rule = row(["---", *[":-:"] * len(matrix.stacks)])
    rows = [_row(matrix, one) for one in api.rows]
    yield "\n".join(["", head, rule, rows[0]])  # a table without a row would say nothing
    yield from rows[1:]


def _row(matrix: Matrix, one: Row) -> str:
    remarks = [f"<sub>{code(remark)}</sub>" for remark in row_remarks(matrix.stacks, one)]
    return row(["<br>".join([code_value(one.value), *remarks]), *(_cell(cell) for cell in one.cells)])


def _cell(cell: Cell) -> str:
    return escaped(SYMBOLS[cell.status] + (DRIFTED if cell.drift else ""))


def _legend(matrix: Matrix) -> str:
    parts = [f"{escaped(symbol)} {STATUS_WORDS[status]}" for status, symbol in SYMBOLS.items()]
    parts += [f"{escaped(DRIFTED)} the tenant differs from the state"] if matrix.is_live else []
    return " · ".join(parts)
