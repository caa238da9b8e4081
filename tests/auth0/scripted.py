"""A server that answers what a test tells it to: for the faults that the local tenant can't make."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Self

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.token import Credentials


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, or what happens in its place.

    Attributes:
        status: of the answer.
        body: of the answer.
        headers: besides Content-Length.
        instead: ``close``: close without a word; ``stall``: say nothing until the server stops; ``cut``: promise one
            byte more than is sent, then close.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    instead: Literal["close", "stall", "cut"] | None = None


def answer(payload: object, status: int = 200, **headers: str) -> Reply:
    """Make a JSON answer; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(payload).encode(), {"content-type": "application/json", **named})


SECRET = 'the-client-s3cr3t+/ "'
CLIENT = Credentials("the id", SECRET)
GIVEN = Credentials(api_token="given")
API = answer({"id": "x", "identifier": "x"})
TOKEN = answer({"access_token": "the-issued-token", "expires_in": 86400, "token_type": "Bearer"})


@dataclass(frozen=True, slots=True)
class Received:
    """One request, with header names in lower case, and the port of the connection that it came by."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


class ScriptedServer(ThreadingHTTPServer):
    """Answers each request with the next reply; a request beyond the script is answered with 418."""

    daemon_threads = True

    def __init__(self, *script: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = list(script)
        self.received: list[Received] = []
        self.released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def domain(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.released.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        names = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(Received(self.command, self.path, names, body, self.client_address[1]))
        reply = self.server.script.pop(0) if self.server.script else Reply(418, b"the script is over")
        if reply.instead == "stall":
            self.server.released.wait()
        if reply.instead in {"stall", "close"}:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.close_connection = reply.instead == "cut"
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) + self.close_connection))
        self.end_headers()
        self.wfile.write(reply.body)

    do_POST = do_PATCH = do_DELETE = do_CONNECT = do_GET  # noqa: N815 - names of the base class

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def raw_server(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve connections one by one, each by ``speak`` until it returns or the client hangs up; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        speak(connection)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):  # not every platform knows how to end a listening socket's wait
            listener.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class Scripted:
    """A client of a server that answers by a script, and what was said of waits."""

    client: ManagementClient
    server: ScriptedServer
    said: list[str]

    @property
    def sent(self) -> list[str]:
        """The methods of the requests to the Management API."""
        return [request.method for request in self.server.received if request.path.startswith("/api/")]


@contextmanager
def scripted(
    *replies: Reply,
    credentials: Credentials = CLIENT,
    requests_per_second: float | None = None,
    audience: str | None = None,
    custom_domain: str | None = None,
) -> Iterator[Scripted]:
    """Give a client whose server answers with these replies."""
    said: list[str] = []
    with ScriptedServer(*replies) as server:
        client = ManagementClient(
            server.domain,
            credentials,
            requests_per_second=requests_per_second,
            audience=audience,
            custom_domain=custom_domain,
            on_wait=lambda seconds, reason: said.append(f"{seconds:.0f} s for {reason}"),
        )
        yield Scripted(client, server, said)
        client.close()
