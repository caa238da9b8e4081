"""No answer fills the memory, whatever is in it and however long a list goes on: measured in a process of its own."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from auth0.scripted import TOKEN

MIB = 1 << 20
BOUND = 400 * MIB  # measured: 18 to 135 MiB for one answer, 250 for ever new roles, 300 for what they hold

_READER = """
import sys, tracemalloc
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.deadline import Clock
from pulumi_auth0_permissions.core.model import Api, Permissions

class Still(Clock):
    def sleep(self, seconds):
        pass


client = ManagementClient(sys.argv[1], Credentials.of_client("a", "b"), clock=Still(), environ={})
client.verify()
tracemalloc.start()
try:
    if sys.argv[2] == "api":
        said = client.get_api("x")
    else:
        said = HolderLookup(client).look_up(Api("x", "x", "", False, None, Permissions()), ["a"]).unknown
except PermissionsError as error:
    said = error
print(tracemalloc.get_traced_memory()[1])
print(str(said)[:3000])
"""

Parts = Iterator[bytes]
Answers = Callable[[str, int], Parts]


def spaces(_path: str, _number: int) -> Parts:
    """Yield 60 MB of nothing."""
    for _ in range(60):
        yield b" " * 1_000_000


def brackets(_path: str, _number: int) -> Parts:
    """Yield as many lists as fit into an answer."""
    yield b"[" + b"[]," * (5 * MIB) + b"[]]"


def wide_text(_path: str, _number: int) -> Parts:
    """Yield a long text that takes four bytes a character in memory, for one character's sake."""
    yield '{"id": "x", "identifier": "x", "name": "🦊'.encode() + b"a" * (15 * MIB) + b'"}'


def zeros(_path: str, _number: int) -> Parts:
    """Yield a small answer that unpacks to 1000 times its size."""
    yield gzip.compress(b"\0" * 100 * MIB)


def refusal(_path: str, _number: int) -> Parts:
    """Yield an error with a sentence of 15 MiB, none of whose characters can be shown as it is."""
    yield b'{"statusCode": 400, "message": "' + rb"\u202e" * (15 * MIB // 6) + b'"}'


def new_roles(path: str, number: int) -> Parts:
    """Yield pages of ever new roles, as large as an answer may be."""
    if "/roles?" not in path:
        yield b'{"client_grants": []}'
        return
    yield b'{"total": 1000000000, "roles": ['
    for index in range(15_000):
        yield b'{"id": "%d-%d", "name": "%s"},' % (number, index, b"a" * 900)
    yield b'{"id": "last-%d", "name": ""}]}' % number


def new_permissions(path: str, number: int) -> Parts:
    """Yield a few roles that hold ever new permissions."""
    entries: list[dict[str, str]] = []
    if path.startswith("/api/v2/roles?"):
        yield json.dumps({"total": 100, "roles": [{"id": f"r{n}", "name": ""} for n in range(100)]}).encode()
    elif "/permissions" in path:
        name, entry = f"{number}-{'a' * 2000}-", {"resource_server_identifier": "x"}
        entries = [{**entry, "permission_name": f"{name}{n}"} for n in range(6_000)]
        yield json.dumps({"total": len(entries), "permissions": entries}).encode()
    else:
        yield b'{"client_grants": []}'


CASES: dict[str, tuple[Answers, str, int, str]] = {
    "60 MB": (spaces, "api", 200, "the answer is larger than 16 MiB"),
    "brackets": (brackets, "api", 200, "it holds more than 1000000 values"),
    "wide text": (wide_text, "api", 200, "Api(id='x'"),
    "gzip": (zeros, "api", 200, "the answer is larger than 16 MiB"),
    "error": (refusal, "api", 400, "400 Bad Request"),
    "roles": (new_roles, "holders", 200, "it takes more than 256 MiB"),
    "permissions": (new_permissions, "holders", 200, "more than fits into 256 MiB"),
}


@pytest.mark.parametrize("case", CASES)
def test_memory_is_bounded(case: str) -> None:
    """The peak stays below the bound, and what was too much is an error or unknown."""
    answers, call, status, expected = CASES[case]
    numbers = iter(range(10**9))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(status, answers(self.path, next(numbers)))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.answer(200, iter([TOKEN.body]))

        def answer(self, code: int, parts: Parts) -> None:
            self.send_response(code)
            if code == 200 and answers is zeros and self.command == "GET":
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            try:
                self.wfile.write(b"".join(parts))
            except OSError:
                return  # it was enough for the other side

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as the base class has it
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        domain = f"http://127.0.0.1:{server.server_port}"
        done = subprocess.run(
            [sys.executable, "-c", _READER, domain, call], capture_output=True, text=True, timeout=240, check=False
        )
        server.shutdown()

    assert done.returncode == 0, done.stderr[-2000:]
    peak, said = done.stdout.split("\n", 1)
    assert expected in said
    assert int(peak) < BOUND
