"""Tenants with many APIs, and what they were asked."""

from typing import NamedTuple

from auth0_local_tenant import JournalEntry, LocalTenant

LISTS = "/api/v2/resource-servers"


def identifier(number: int) -> str:
    """Return the identifier of one of the APIs."""
    return f"https://api-{number:03}.example.com"


def api_id(number: int) -> str:
    """Return the id of one of the APIs."""
    return f"65f0c0ffee{number:014x}"


def seed(apis: int, each: int) -> dict[str, object]:
    """Return a tenant with APIs that hold that many permissions each."""
    scopes = [{"value": f"read:thing-{n:04}", "description": f"Read things of kind {n:04}"} for n in range(each)]
    return {
        "resource_servers": [
            {"id": api_id(n), "identifier": identifier(n), "name": f"API {n}", "scopes": scopes} for n in range(apis)
        ]
    }


class Cost(NamedTuple):
    """Requests by kind: for a token, reads of a list, reads of one API, PATCHes."""

    tokens: int
    lists: int
    gets: int
    writes: int


def cost_of(tenant: LocalTenant, client_id: str | None = None) -> Cost:
    """Return what a client, or everybody, has sent since the journal was cleared, and clear it.

    Every request has to be of a known kind.
    """
    ours = [entry for entry in tenant.journal() if client_id in (None, entry.client_id)]
    tenant.clear_journal()
    kinds = [_kind(entry) for entry in ours]
    return Cost(*(kinds.count(kind) for kind in Cost._fields))


def _kind(entry: JournalEntry) -> str:
    if entry.path == "/oauth/token":
        return "tokens"
    if entry.method == "GET" and entry.path == LISTS:
        return "lists"
    assert entry.path.startswith(f"{LISTS}/"), entry
    assert entry.method in {"GET", "PATCH"}, entry
    return "gets" if entry.method == "GET" else "writes"
