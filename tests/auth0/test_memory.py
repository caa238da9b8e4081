"""No answer fills the memory, whatever is in it and however long a list goes on."""

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
BOUND = 160 * MIB  # ten times the largest answer; measured: 0 to 130 MiB
UNKNOWN = b'"new": [%b[]]' % (b"[]," * (5 * MIB))  # as many lists as fit into an answer
MANY = b'"scopes": [%b]' % b",".join(b'{"value":"%x"}' % number for number in range(800_000))
API_ANSWERS = [Answer(200, {}, b'{"id": "x", "identifier": "x", %b}' % field) for field in (UNKNOWN, MANY)]
UNSEEN = Answer(400, {}, b'{"message": "' + rb"\u202e" * (15 * MIB // 6) + b'"}')  # no character is shown as it is


def peak_of(read: Callable[[], object]) -> tuple[str, int]:
    """Return what comes of a call, or what went wrong, and how much memory that took."""
    tracemalloc.start()
    try:
        found = read()
    except PermissionsError as error:
        found = error
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return str(found)[:3000], peak


@pytest.mark.parametrize(
    ("answer", "expected"), [*((answer, "Api(id='x'") for answer in API_ANSWERS), (UNSEEN, "400 Bad Request")]
)
def test_an_answer_takes_bounded_memory(monkeypatch: pytest.MonkeyPatch, answer: Answer, expected: str) -> None:
    """The peak stays below the bound, and what is not known takes no memory at all."""
    management = ManagementClient("http://127.0.0.1:9", GIVEN)
    monkeypatch.setattr(management._connections, "exchange", lambda *_, **__: answer)

    why, peak = peak_of(lambda: management.get_api("x"))

    assert expected in why
    assert peak < BOUND


def test_ever_new_permissions_of_roles_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was too much is unknown."""
    numbers = itertools.count()

    def exchange(_method: str, target: str, **_: object) -> Answer:
        if "/permissions" in target:
            names = [f"{next(numbers)}-{'a' * 2000}" for _ in range(1000)]
            held = [{"resource_server_identifier": "x", "permission_name": name} for name in names]
            return Answer(200, {}, json.dumps({"total": len(held), "permissions": held}).encode())
        roles = [{"id": f"r{n}", "name": ""} for n in range(100)]
        return Answer(200, {}, json.dumps({"total": 100, "roles": roles, "client_grants": []}).encode())

    monkeypatch.setattr(holders, "_MAX_NOTED_BYTES", 8 * MIB)
    management = ManagementClient("http://127.0.0.1:9", GIVEN)
    monkeypatch.setattr(management._connections, "exchange", exchange)

    api = Api(id="x", identifier="x", name="", is_system=False, token_lifetime_s=None, permissions={})

    why, peak = peak_of(lambda: holders.HolderLookup(management).look_up(api, ["a"]).unknown)

    assert "more than fits into 8 MiB" in why
    assert peak < BOUND
