"""What all renderings of a matrix share: symbols that need no colour, words, and the remarks on a row."""

from collections.abc import Mapping

from auth0_permissions_cli.matrix.comparison import ApiTable, Drift, Matrix, Row, Status
from pulumi_auth0_permissions.core.text import escape, pluralize

SYMBOLS: Mapping[Status, str] = {
    Status.PRESENT: "✓",
    Status.DIFFERENT: "~",
    Status.UNMANAGED: "?",
    Status.MISSING: "✗",
    Status.NO_API: "·",
}
ASCII = str.maketrans("✓✗·", "=x.")  # for terminals whose encoding has no others
DRIFTED = "!"  # stands behind the symbol of what the state says

STATUS_WORDS: Mapping[Status, str] = {
    Status.PRESENT: "managed",
    Status.DIFFERENT: "described differently",
    Status.UNMANAGED: "unmanaged",
    Status.MISSING: "missing",
    Status.NO_API: "no such API",
}
DRIFT_WORDS: Mapping[Drift, str] = {
    Drift.GONE: "no longer in the tenant",
    Drift.APPEARED: "in the tenant, not in the state",
    Drift.REDESCRIBED: "described differently in the tenant",
}


def counted(matrix: Matrix) -> tuple[list[str], list[list[str]]]:
    """Return each stack's tenant and its permissions counted by status: column titles, and a row per stack."""
    columns = {words: status.value for status, words in STATUS_WORDS.items() if status is not Status.NO_API}
    if matrix.live:
        columns["drifted"] = "drifted"
    rows = [
        [escape(stack), escape(host or ""), *(str(matrix.counts[stack][key]) for key in columns.values())]
        for stack, host in matrix.tenants.items()
    ]
    return ["stack", "tenant", *columns], rows


def legend(matrix: Matrix) -> list[str]:
    """Return what each symbol means."""
    parts = [f"{SYMBOLS[status]} {words}" for status, words in STATUS_WORDS.items()]
    return [*parts, f"{DRIFTED} the tenant differs from the state"] if matrix.live else parts


def row_remarks(row: Row, *, with_holders: bool = True) -> list[str]:
    """Return the lines that a row needs beside its symbols: holders, differing descriptions, and drift."""
    remarks = []
    if with_holders:
        remarks += [f"{escape(stack)}: held by {', '.join(names)}" for stack, names in held_by(row).items()]
    if len(row.texts) > 1:
        for text in row.texts:
            described = [stack for stack, cell in row.stacks.items() if cell.description == text]
            remarks.append(f'{_names(described)}: "{escape(text)}"')
    for stack, cell in row.stacks.items():
        if cell.drift is not None:
            text = f': "{escape(cell.live_description)}"' if cell.live_description else ""
            remarks.append(f"{escape(stack)}: {DRIFT_WORDS[cell.drift]}{text}")
    return remarks


def held_by(row: Row) -> dict[str, list[str]]:
    """Return the holders of a permission, by stack."""
    return {
        stack: [
            f"{str(one['kind']).replace('_', ' ')} {escape(str(one['name']))} ({escape(str(one['id']))})"
            for one in cell.holders
        ]
        for stack, cell in row.stacks.items()
        if cell.holders
    }


def api_remarks(api: ApiTable) -> list[str]:
    """Return remarks on an API as a whole: which stacks and which tenants lack it."""
    remarks = []
    if lacking := [stack for stack, there in api.stacks.items() if there is None]:
        remarks.append(f"not in {_names(lacking)}")
    if gone := [stack for stack, there in api.stacks.items() if there and there.gone]:
        remarks.append(f"the API no longer exists in the tenant of {_names(gone)}")
    return remarks


def api_summary(api: ApiTable) -> str:
    """Return ``200 permissions, 3 differ``."""
    differ = f"{api.differing} {'differs' if api.differing == 1 else 'differ'}" if api.differing else "all equal"
    return f"{pluralize(api.total, 'permission')}, {differ}" if api.total else "no permissions"


def summary(matrix: Matrix) -> str:
    """Return the comparison in one sentence, with whether the tenants were read."""
    places = pluralize(len(matrix.stacks), "stack")
    if not matrix.differs:
        found = f"No differences: {pluralize(matrix.permissions, 'permission')} in {places}."
    else:
        verb = "differs" if matrix.differing == 1 else "differ"
        found = f"{matrix.differing} of {pluralize(matrix.permissions, 'permission')} {verb} in {places}."
        incomplete = sum(not api.is_everywhere for api in matrix.apis)
        if incomplete:
            found += (
                f" {pluralize(incomplete, 'API')} {'is' if incomplete == 1 else 'are'} missing from a stack or tenant."
            )
    against = "Compared recorded state only; live tenants were not queried."
    looked = "Compared with the live tenants." if matrix.live else against
    return f"{found} {looked}{' Only differences are shown.' if matrix.only_differences and matrix.differs else ''}"


def _names(stacks: list[str]) -> str:
    return ", ".join(escape(stack) for stack in stacks)
