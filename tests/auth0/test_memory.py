"""No answer fills the memory, whatever is in it and however long a list goes on."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from collections.abc import Callable

import pytest

from auth0.scripted import GIVEN
from pulumi_auth0_permissions import holders
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import Answer
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Api

MIB = 1 << 20
BOUND = 160 * MIB  # ten times the largest answer; measured: 30 to 135 MiB
GRANTS = b'{"client_grants": []}'

Answers = Callable[[str, int], bytes]


def brackets(_path: str, _number: int) -> bytes:
    """Return as many lists as fit into an answer."""
    return b"[" + b"[]," * (5 * MIB) + b"[]]"


def refusal(_path: str, _number: int) -> bytes:
    """Return an error with a sentence of 15 MiB, none of whose characters can be shown as it is."""
    return b'{"statusCode": 400, "message": "' + rb"\u202e" * (15 * MIB // 6) + b'"}'


def new_permissions(path: str, number: int) -> bytes:
    """Return a few roles that hold ever new permissions."""
    if path.startswith("/api/v2/roles?"):
        return json.dumps({"total": 100, "roles": [{"id": f"r{n}", "name": ""} for n in range(100)]}).encode()
    if "/permissions" not in path:
        return GRANTS
    names = [f"{number}-{'a' * 2000}-{n}" for n in range(1000)]
    held = [{"resource_server_identifier": "x", "permission_name": name} for name in names]
    return json.dumps({"total": len(held), "permissions": held}).encode()


def an_api(client: ManagementClient) -> object:
    """Read an API."""
    return client.get_api("x")


def its_holders(client: ManagementClient) -> object:
    """Look up the holders of one of its permissions, and return why they are unknown."""
    api = Api(id="x", identifier="x", name="", is_system=False, token_lifetime_s=None, permissions={})
    return holders.HolderLookup(client).look_up(api, ["a"]).unknown


@pytest.mark.parametrize(
    ("answers", "read", "expected"),
    [
        (brackets, an_api, "it holds more than 1000000 values"),
        (refusal, an_api, "400 Bad Request"),
        (new_permissions, its_holders, "more than fits into 8 MiB"),
    ],
)
def test_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch, answers: Answers, read: Callable[[ManagementClient], object], expected: str
) -> None:
    """The peak stays below the bound, and what was too much is an error or unknown."""
    monkeypatch.setattr(holders, "_MAX_NOTED_BYTES", 8 * MIB)
    numbers = itertools.count()

    def exchange(_method: str, target: str, **_: object) -> Answer:
        return Answer(400 if answers is refusal else 200, {}, answers(target, next(numbers)))

    management = ManagementClient("http://127.0.0.1:9", GIVEN)
    monkeypatch.setattr(management._connections, "exchange", exchange)
    tracemalloc.start()
    try:
        found = read(management)
    except PermissionsError as error:
        found = error
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert expected in str(found)[:3000]
    assert peak < BOUND
