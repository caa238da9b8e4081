"""The local tenant answers recorded traffic as the real service did.

Each file of `tests/recordings/` is replayed request by request: same status, same content type, same body, keys in
the same order. Ids are the recorded ones, handed out by an id source that knows them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from auth0_local_tenant import api_errors
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.reply import error_reply
from auth0_local_tenant.seed import plant
from auth0_local_tenant.sources import IdSource
from tenant import description
from tenant.support import ANYBODY, without_a_server

FOLDER = Path(__file__).parents[1] / "recordings"
FILES = sorted(FOLDER.glob("*.jsonl"))

Json = object
Exchange = dict[str, Any]
"""One recorded request and its answer, with the keys that the README of the recordings names."""


# Recording → keys that came later, which answers of today have all the same.
LATER_KEYS = {
    # `subject_type_authorization`: TestAccResourceServerScope and TestAccDataSourceClientGrants (2026) have it.
    "TestAccDataSourceResourceServer": {"subject_type_authorization"},
    "TestAccUserPermission": {"subject_type_authorization"},
    # `subject_type`: TestAccClientGrant_DefaultFor (2026) has it for grants that were created without it.
    "TestAccClientGrant-eee61dfe": {"subject_type_authorization", "subject_type"},
    # `type`: the deploy-cli file (2026) has it for roles that were created without it.
    "TestAccRolePermission": {"subject_type_authorization", "type"},
}
# The tool of these passed bodies of resource servers through a Go struct (see the README of the recordings): the order
# is the struct's, and error bodies are empty. TestAccDataSourceResourceServer has the real 404.
THROUGH_A_STRUCT = "goauth0-"


class RecordedIds(IdSource):
    """Hands out the ids that the real service gave, in their order; before that, any."""

    def __init__(self, waiting: dict[str, list[str]]) -> None:
        super().__init__(seed=1)
        self.waiting = waiting

    def new(self, kind: str) -> str:
        """Return the next id of a kind."""
        waiting = self.waiting.get(f"{kind.replace('_', '-')}s")
        return waiting.pop(0) if waiting else super().new(kind)


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object inside a value."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item)


def seen(exchanges: list[Exchange], key: str) -> list[dict[str, Json]]:
    """Yield the objects with `key` in what was sent and answered."""
    bodies = [body for exchange in exchanges for body in (exchange["request_body"], exchange["response_body"])]
    return [item for body in bodies for item in objects(body) if key in item]


def created_ids(exchanges: list[Exchange]) -> dict[str, list[str]]:
    """Return the ids that successful POSTs were answered with, by kind."""
    found: dict[str, list[str]] = {"resource-servers": [], "roles": [], "client-grants": []}
    for exchange in exchanges:
        kind = exchange["path"].removeprefix("/api/v2/")
        if exchange["method"] == "POST" and kind in found and isinstance(exchange["response_body"], dict):
            found[kind].append(str(exchange["response_body"]["id"]))
    return found


def seed_of(exchanges: list[Exchange]) -> dict[str, Json]:
    """Return what was there before a recording began: all that it shows without creating it."""
    created = {identifier for ids in created_ids(exchanges).values() for identifier in ids}
    grants = {
        str(item["id"]): item for item in seen(exchanges, "audience") if "id" in item and item["id"] not in created
    }
    clients = {str(item["client_id"]) for item in seen(exchanges, "client_id")}
    users = {
        unquote(exchange["path"].split("/")[4])
        for exchange in exchanges
        if exchange["path"].startswith("/api/v2/users/")
    }
    management = [item for item in seen(exchanges, "is_system") if item["is_system"]]
    return {
        "clients": [{"client_id": client, "name": client} for client in sorted(clients)],
        "users": [{"user_id": user} for user in sorted(users)],
        "client_grants": list(grants.values()),
        "resource_servers": [{"identifier": item["identifier"], "scopes": item["scopes"]} for item in management[:1]],
    }


def without(later: set[str], actual: Json, expected: Json) -> Json:
    """Return `actual` without the keys that came later where `expected` lacks them."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        return {
            key: without(later, value, expected.get(key))
            for key, value in actual.items()
            if key in expected or key not in later
        }
    if isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        return [without(later, one, other) for one, other in zip(actual, expected, strict=True)]
    return actual


def check(exchange: Exchange, gateway: Gateway, recording: str) -> None:
    """Send a recorded request and compare the answer."""
    asked = "{method} {path}?{query}".format_map(exchange)
    sent = b"" if exchange["request_body"] is None else json.dumps(exchange["request_body"]).encode()
    reply = gateway.call(exchange["method"], exchange["path"], sent, ANYBODY, query=exchange["query"])
    if exchange["status"] == 429:
        reply = error_reply(api_errors.rate_limited())
    assert reply.code == exchange["status"], f"{asked}: {reply.body!r}"
    headers = {name.lower(): value for name, value in reply.headers}
    for name, value in (exchange["response_headers"] or {}).items():
        assert headers[name.lower()] == value, asked

    expected, body = exchange["response_body"], json.loads(reply.body or b"null")
    description.check(asked.replace("/api/v2", "", 1), reply.code, body)
    actual = without(LATER_KEYS.get(recording, set()), body, expected)
    through_a_struct = recording.startswith(THROUGH_A_STRUCT) and "/resource-servers" in exchange["path"]
    if through_a_struct and reply.code >= 400:
        actual = {}
    assert actual == expected, asked
    assert through_a_struct or json.dumps(actual) == json.dumps(expected), f"{asked}: order of keys"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_recording_is_answered_the_same(file: Path) -> None:
    """Every request of a recording gets the recorded status and body."""
    exchanges = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    system = [item for item in seen(exchanges, "is_system") if item["is_system"]]
    audiences = {str(item["audience"]) for item in seen(exchanges, "audience")} | {
        str(item["identifier"]) for item in system
    }
    domains = {one.removesuffix("/api/v2/") for one in audiences if one.endswith("/api/v2/")}
    ids = RecordedIds({"resource-servers": [str(item["id"]) for item in system[:1]]})
    with without_a_server(domains.pop() if domains else "https://acme.eu.auth0.com", ids) as (tenant, gateway):
        # The recorded tenants had a grant of their own for the caller.
        tenant.client_grants.forget("audience", tenant.tokens.audience)
        plant(tenant, seed_of(exchanges))
        ids.waiting = created_ids(exchanges)

        for exchange in exchanges:
            check(exchange, gateway, file.stem)
