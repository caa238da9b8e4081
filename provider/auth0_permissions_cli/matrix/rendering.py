"""A matrix for a terminal, as Markdown, as an HTML page, as JSON data and as CSV."""

import base64
import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from urllib.parse import quote as percent_encoded

import jinja2
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from auth0_permissions_cli.markdown import MAX_COMMENT_LENGTH, bounded, code, escaped, row
from auth0_permissions_cli.matrix import words
from auth0_permissions_cli.matrix.comparison import ApiTable, Cell, Matrix, Status
from auth0_permissions_cli.output import csv_text
from auth0_permissions_cli.terminal import grid, rendered
from pulumi_auth0_permissions import __version__
from pulumi_auth0_permissions.core.review import FORMAT
from pulumi_auth0_permissions.core.text import escape, quote

_STYLES: Mapping[Status, str] = {
    Status.PRESENT: "green",
    Status.DIFFERENT: "yellow",
    Status.UNMANAGED: "yellow",
    Status.MISSING: "red",
    Status.NO_API: "dim",
}
_CUT = "_Cut: {} more lines do not fit into a comment. `auth0-permissions matrix --format html` has them all._"


def matrix_text(matrix: Matrix) -> str:
    """Return the matrix for a terminal: a line a permission, a symbol a stack; readable at 80 columns, uncoloured."""
    return rendered(*_parts(matrix))


def _parts(matrix: Matrix) -> Iterator[RenderableType]:
    for api in matrix.apis:
        yield from _section(matrix, api)
        yield Text()
    if matrix.apis:
        titles, rows = words.counted(matrix)
        counts = grid("dim")
        for title in titles:
            is_name = title in ("stack", "tenant")
            counts.add_column(Text(title.upper() if is_name else title), justify="left" if is_name else "right")
        for cells in rows:
            counts.add_row(*map(Text, cells))
        yield counts
        yield Text()
        yield Text(_fitting("   ".join(words.legend(matrix))), style="dim")
    yield Text(words.summary(matrix), style="bold")


def _section(matrix: Matrix, api: ApiTable) -> Iterator[RenderableType]:
    yield Text.assemble((escape(api.resource), "bold"), f"  {words.api_summary(api)}")
    for remark in words.api_remarks(api):
        yield Padding(Text(remark, style="yellow"), (0, 0, 0, 2))
    if api.permissions:
        table = grid("dim")
        table.add_column(Text("PERMISSION"), overflow="fold")
        for stack in matrix.stacks:
            table.add_column(Text(escape(stack)), justify="center", overflow="fold")
        for one in api.permissions:
            name = Text(quote(one.permission), style="bold" if one.differs else "")
            for remark in words.row_remarks(one):
                name.append(f"\n    {remark}", "not bold dim")
            table.add_row(name, *map(_symbol, one.stacks.values()))
        yield table


def _symbol(cell: Cell) -> Text:
    drifted = words.DRIFTED if cell.drift else ""
    return Text.assemble((_fitting(words.SYMBOLS[cell.status]), _STYLES[cell.status]), (drifted, "magenta"))


def _fitting(symbols: str) -> str:
    """Return symbols as standard output can show them."""
    is_utf = (sys.stdout.encoding or "utf").lower().startswith("utf")
    return symbols if is_utf else symbols.translate(words.ASCII)


def matrix_markdown(matrix: Matrix, *, at_most: int = MAX_COMMENT_LENGTH) -> str:
    """Return the matrix as Markdown: the summary, counts by stack, then a table for each API."""
    titles, counts = words.counted(matrix)
    table = [row(titles), row(["---", "---", *["--:"] * (len(titles) - 2)])]
    table += [row([code(stack), code(tenant), *numbers]) for stack, tenant, *numbers in counts]
    blocks = ["### Permissions by stack", "", words.summary(matrix), "", "\n".join(table)]
    for api in matrix.apis:
        blocks += _markdown_section(matrix, api)
    blocks += ["", f"<sub>{' · '.join(map(escaped, words.legend(matrix)))}</sub>"] if matrix.apis else []
    return bounded(blocks, cut=_CUT, at_most=at_most)


def _markdown_section(matrix: Matrix, api: ApiTable) -> Iterator[str]:
    yield ""
    heading = f"#### {code(escape(api.resource))} — {words.api_summary(api)}"
    yield "\n".join([heading, *(f"- {code(remark)}" for remark in words.api_remarks(api))])
    if not api.permissions:
        return
    head = row(["permission", *(code(escape(stack)) for stack in matrix.stacks)])
    rule = row(["---", *[":-:"] * len(matrix.stacks)])
    rows = []
    for one in api.permissions:
        name = "<br>".join(
            [code(quote(one.permission)), *(f"<sub>{code(text)}</sub>" for text in words.row_remarks(one))]
        )
        symbols = (words.SYMBOLS[cell.status] + (words.DRIFTED if cell.drift else "") for cell in one.stacks.values())
        rows.append(row([name, *map(escaped, symbols)]))
    yield "\n".join(["", head, rule, rows[0]])  # a table without a row would say nothing
    yield from rows[1:]


def matrix_html(matrix: Matrix, *, only_differences: bool = False) -> str:
    """Return the matrix as one file, which loads nothing and is whole without JavaScript (only filtering needs it).

    The template escapes names. Everything is in the page; ``only_differences`` is the initial state of its switch.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("auth0_permissions_cli.matrix", "assets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": escape, "shown_value": quote, "digest": _digest}
    return environment.get_template("matrix.html").render(
        matrix=matrix, words=words, only_differences=only_differences, link=dashboard_link, version=__version__
    )


def dashboard_link(tenant: str, api_id: str) -> str:
    """Return where the vendor's dashboard shows an API's permissions; empty for what is no tenant of the vendor's."""
    found = re.fullmatch(r"([\w-]+)(?:\.([\w-]+))?\.auth0\.com", tenant)
    if found is None:
        return ""
    place = f"{found[2] or 'us'}/{found[1]}"
    return f"https://manage.auth0.com/dashboard/{place}/apis/{percent_encoded(api_id, safe='')}/permissions"


def _digest(text: str) -> str:
    """Return the digest of a style or script as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def matrix_data(matrix: Matrix) -> dict[str, object]:
    """Return the matrix as plain dictionaries and lists.

    Texts are as they are in state and tenant: whoever shows them has to escape them.
    """
    return {"format": FORMAT, "version": __version__, **asdict(matrix)}


def matrix_csv(matrix: Matrix) -> str:
    """Return the matrix as comma-separated values: a line for each permission in each stack."""
    columns = ("resource", "permission", "stack", "tenant", "api", "status", "description", "drift", "live_description")
    lines = []
    for api in matrix.apis:
        for one in api.permissions:
            for stack, cell in one.stacks.items():
                there = api.stacks[stack]
                place = (api.resource, one.permission, stack, matrix.tenants[stack], there and there.api["identifier"])
                lines.append((*place, cell.status, cell.description, cell.drift, cell.live_description))
    return csv_text(columns, lines)
