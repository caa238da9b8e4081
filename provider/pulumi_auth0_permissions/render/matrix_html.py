"""A matrix as one HTML file: it loads nothing, and is whole without JavaScript (only filtering needs it)."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_auth0_permissions.core.matrix import ApiTable, Cell, Matrix, Row
from pulumi_auth0_permissions.core.wording import shown, shown_value
from pulumi_auth0_permissions.render.html import Markup, asset, element, page
from pulumi_auth0_permissions.render.matrix_words import (
    DRIFT_WORDS,
    STATUS_WORDS,
    SYMBOLS,
    api_remarks,
    api_summary,
    row_remarks,
    summary,
)

__all__ = ["matrix_html"]

_TITLE = "Permissions by stack"
_COUNTED = ("managed", "described differently", "unmanaged", "missing")


def matrix_html(matrix: Matrix) -> str:
    """Return the matrix as a page."""
    return page(
        f"{_TITLE}: {', '.join(shown(stack) for stack in matrix.stacks)}",
        style=asset("matrix.css"),
        script=asset("matrix.js"),
        body=[
            element("header", element("h1", _TITLE), element("p", summary(matrix)), _counts(matrix)),
            element(
                "main",
                _controls(matrix),
                _contents(matrix),
                (_api(matrix, api, f"api-{number}") for number, api in enumerate(matrix.apis, 1)),
            ),
        ],
    )


def _counts(matrix: Matrix) -> Markup:
    titles = ["stack", "tenant", *_COUNTED, *(["drifted"] if matrix.is_live else [])]
    rows = []
    for stack, tenant, counts in zip(matrix.stacks, matrix.tenants, matrix.counts, strict=True):
        numbers = [counts.present, counts.different, counts.unmanaged, counts.missing]
        numbers += [counts.drifted] if matrix.is_live else []
        cells = (element("td", str(number), class_="number") for number in numbers)
        rows.append(element("tr", element("th", shown(stack), scope="row"), element("td", shown(tenant)), cells))
    head = element("thead", element("tr", (element("th", title, scope="col") for title in titles)))
    table = element("table", element("caption", "Permissions of each stack, counted"), head, element("tbody", rows))
    return element("div", table, class_="scroll")


def _controls(matrix: Matrix) -> Markup:
    # The switch needs no script (the style asks for its state); the box does, and is hidden until there is one.
    switch = element("input", type="checkbox", id="only", checked=matrix.is_filtered, autocomplete="off")
    box = element("input", type="search", id="filter", autocomplete="off", spellcheck="false")
    return element(
        "div",
        element("label", switch, "Only differences", for_="only"),
        element("label", "Filter", box, for_="filter", class_="scripted", hidden=True),
        element("span", id="told", role="status", class_="scripted", hidden=True),
        class_="controls",
        role="group",
        aria_label="What is shown",
    )


def _contents(matrix: Matrix) -> Markup:
    if len(matrix.apis) < 2:  # one needs no list
        return Markup()
    links = (
        element(
            "li",
            element("a", shown(api.name), href=f"#api-{number}"),
            f" — {api_summary(api)}",
            class_=None if api.differs else "same",
        )
        for number, api in enumerate(matrix.apis, 1)
    )
    return element("nav", element("ul", links, class_="contents"), aria_label="APIs")


def _api(matrix: Matrix, api: ApiTable, anchor: str) -> Markup:
    name = shown(api.name)
    parts = [element("h2", name, " ", element("small", api_summary(api)), id=f"{anchor}-title")]
    parts += [element("p", f"{remark[:1].upper()}{remark[1:]}.") for remark in api_remarks(matrix.stacks, api)]
    if api.rows:
        columns = zip(matrix.stacks, api.states, strict=True)
        head = (
            element("th", shown(stack), scope="col", title=shown(state.identifier) if state else None)
            for stack, state in columns
        )
        table = element(
            "table",
            element("caption", f"Permissions of {name}"),
            element("thead", element("tr", element("th", "permission", scope="col"), head)),
            element("tbody", (_row(matrix, row) for row in api.rows)),
        )
        parts.append(element("div", table, class_="scroll"))
    return element(
        "section",
        parts,
        id=anchor,
        class_="api" if api.differs else "api same",
        data_name=name,
        aria_labelledby=f"{anchor}-title",
    )


def _row(matrix: Matrix, row: Row) -> Markup:
    name = element("th", shown_value(row.value), _remarks(matrix, row), scope="row")
    return element("tr", name, (_cell(cell) for cell in row.cells), class_=None if row.differs else "same")


def _remarks(matrix: Matrix, row: Row) -> Iterator[Markup]:
    if remarks := row_remarks(matrix.stacks, row):
        yield element("ul", (element("li", remark) for remark in remarks), class_="remarks")


def _cell(cell: Cell) -> Markup:
    symbol = element("span", SYMBOLS[cell.status], class_="symbol", aria_hidden="true")
    drift = element("span", f"! {DRIFT_WORDS[cell.drift]}", class_="drift") if cell.drift else ""
    return element("td", symbol, STATUS_WORDS[cell.status], drift, class_=cell.status.value)
