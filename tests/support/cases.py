"""Many cases in one stack: each has an API of its own, so that all of them cost a few runs of the CLI."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

from support.workspace import Workspace


def identifier(case: str) -> str:
    """Return the identifier of a case's API."""
    return f"https://{case}.example.com"


def api_id(case: str) -> str:
    """Return the id of a case's API."""
    return f"{crc32(case.encode()):024x}"


def program(cases: Mapping[str, str]) -> str:
    """Return the program of all cases: case → statements.

    In them, ``@api`` and ``@id`` stand for the API's identifier and id, and ``@`` elsewhere for the case's own name.
    """
    return "".join(
        text.replace("@api", identifier(case)).replace("@id", api_id(case)).replace("@", case)
        for case, text in cases.items()
    )


def writes_to(shop: Workspace, case: str) -> list[object]:
    """Return the bodies of the PATCHes to the API of a case since the journal was cleared."""
    return [
        entry.request_body for entry in shop.tenant.journal() if entry.method == "PATCH" and api_id(case) in entry.path
    ]
