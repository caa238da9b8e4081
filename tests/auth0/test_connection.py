"""One request, one answer: certificates, proxies, redirects, and limits that hold whatever bytes come how slowly."""

import gzip
import itertools
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from auth0.scripted import Reply, ScriptedServer, raw_server
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0 import connection
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from pulumi_auth0_permissions.auth0.errors import ManagementApiError

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", *connection._CA_VARIABLES)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine's own proxies and certificates away."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def connections_to() -> Iterator[Callable[..., Connections]]:
    """Makes connections to a tenant that say nothing of slow answers; limits may be other ones."""
    with ExitStack() as made:

        def make(url: str, **limits: float) -> Connections:
            connections = Connections(url, lambda _seconds, _what: None)
            vars(connections).update(limits)
            made.callback(connections.close)
            return connections

        yield make


Make = Callable[..., Connections]


def get(connections: Connections) -> Answer:
    """Send a GET."""
    return connections.exchange("GET", "/api/v2/roles?page=0", headers={"Authorization": "Bearer abc"})


def fail(connections: Connections) -> ManagementApiError:
    """Send a GET that gets no answer, and return why."""
    with pytest.raises(ManagementApiError) as caught:
        get(connections)
    return caught.value


@pytest.fixture(scope="module")
def secure_tenant() -> Iterator[LocalTenant]:
    """A tenant with a certificate of its own."""
    with LocalTenant(tls=True) as running:
        yield running


@pytest.mark.parametrize("variable", [*connection._CA_VARIABLES, None])
def test_a_certificate_can_be_trusted_by_environment(
    monkeypatch: pytest.MonkeyPatch, secure_tenant: LocalTenant, variable: str | None, connections_to: Make
) -> None:
    """Each of the three usual variables names a file of certificates to trust; the one of `requests` wins."""
    if variable:
        monkeypatch.setenv("SSL_CERT_FILE", "/missing")
        monkeypatch.setenv(variable, str(secure_tenant.ca))
        assert get(connections_to(secure_tenant.domain)).status == 400
        return
    failure = fail(connections_to(secure_tenant.domain))

    assert re.fullmatch(r"no trusted connection to 127\.0\.0\.1:\d+ can be made \([\w -]+\)", failure.what)
    assert "name its PEM file in REQUESTS_CA_BUNDLE or SSL_CERT_FILE" in failure.next_action
    assert not failure.is_transient


NOT_SENT, LOST, USELESS = (False, True), (True, True), (True, False)  # sent? may it pass?
GZIP = {"Content-Encoding": "gzip"}
TWICE = Reply(body=b"hello", headers={"Content-Encoding": "gzip, gzip"})
BOMB = Reply(body=gzip.compress(b"\0" * 10_000_000), headers=GZIP)
CLOSED, CUT = Reply(instead="close"), Reply(body=b'{"id":', instead="cut")
NO_FILE = "no trusted connection to SERVER can be made (Could not find a suitable TLS CA certificate bundle)"
UNTRUSTED = "no trusted connection to SERVER can be made"
INCOMPLETE = "no complete answer came from"
PROXY = {"HTTPS_PROXY": "http://admin:hunter2@SERVER"}
NO_PROXY = {"HTTPS_PROXY": "http://127.0.0.1:1"}
THERE, ABSENT, OVER_TLS = "http://SERVER", "https://tenant.invalid", "https://SERVER"
TO_ABSENT = "no connection to tenant.invalid through the proxy"


@pytest.mark.parametrize(
    ("environ", "address", "reply", "what", "consequences"),
    [
        ({"SSL_CERT_FILE": "/missing"}, OVER_TLS, Reply(), NO_FILE, USELESS),
        ({"SSL_CERT_FILE": __file__}, OVER_TLS, Reply(), f"{UNTRUSTED} (no certificate or crl found)", USELESS),
        ({}, OVER_TLS, Reply(), f"{UNTRUSTED} (wrong version number)", USELESS),
        ({}, "https://127.0.0.1:1", Reply(), "no connection to 127.0.0.1:1 can be made (Connection refused)", NOT_SENT),
        ({}, ABSENT, Reply(), "no connection to tenant.invalid can be made (Name or service not known)", NOT_SENT),
        ({"HTTPS_PROXY": "::::"}, ABSENT, Reply(), f"{TO_ABSENT} :::: can be made (InvalidURL)", NOT_SENT),
        ({"HTTPS_PROXY": "socks5://h:1"}, ABSENT, Reply(), f"{TO_ABSENT} h:1 can be made (InvalidSchema)", NOT_SENT),
        (NO_PROXY, ABSENT, Reply(), f"{TO_ABSENT} 127.0.0.1:1 can be made (Connection refused)", NOT_SENT),
        (PROXY, ABSENT, Reply(407), f"{TO_ABSENT} SERVER can be made (407 Proxy Authentication Required)", NOT_SENT),
        (PROXY, ABSENT, CLOSED, f"{INCOMPLETE} tenant.invalid through the proxy SERVER (ConnectionError)", LOST),
        ({}, THERE, CLOSED, f"{INCOMPLETE} SERVER (ConnectionError)", LOST),
        ({}, THERE, CUT, f"{INCOMPLETE} SERVER (ChunkedEncodingError)", LOST),
        ({}, THERE, Reply(instead="stall"), f"{INCOMPLETE} SERVER (timed out)", LOST),
        ({}, THERE, Reply(body=b"hello", headers=GZIP), f"{INCOMPLETE} SERVER (ContentDecodingError)", LOST),
        ({}, THERE, TWICE, "the answer is compressed more than once", USELESS),
        ({}, THERE, Reply(body=b"x" * 1_048_577), "the answer is larger than 1 MiB", USELESS),
        ({}, THERE, BOMB, "the answer is larger than 1 MiB", USELESS),
    ],
)
def test_why_there_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
    connections_to: Make,
    environ: Mapping[str, str],
    address: str,
    reply: Reply,
    what: str,
    consequences: tuple[bool, bool],
) -> None:
    """It is named without a secret, also on a chained exception; whether it was sent decides what a write may do."""
    resolve = socket.getaddrinfo

    def resolve_here(host: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - handed on
        if host == "tenant.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_here)
    with ScriptedServer(reply) as server:
        here = f"127.0.0.1:{server.server_port}"
        for name, text in environ.items():
            monkeypatch.setenv(name, text.replace("SERVER", here))
        connections = connections_to(
            address.replace("SERVER", here), read_s=0.05 if reply.instead == "stall" else 30, answer_bytes=1_048_576
        )
        failure = fail(connections)

    assert failure.what == what.replace("SERVER", here)
    assert (not failure.nothing_was_written, failure.is_transient) == consequences
    assert (failure.__cause__, failure.__context__) == (None, None)
    assert len(server.received) <= 1


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (Reply(body=gzip.compress(b"hello"), headers=GZIP), b"hello"),
        (Reply(body=b"x" * 1_048_576), b"x" * 1_048_576),
        (Reply(307, headers={"Location": "http://127.0.0.1:1"}), b""),  # not followed
    ],
)
def test_an_answer_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, connections_to: Make, reply: Reply, body: bytes
) -> None:
    """Up to its limit; a tenant on this machine is not asked through a proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with ScriptedServer(reply) as server:
        answer = get(connections_to(server.domain, answer_bytes=1_048_576))

    assert (answer.status, answer.body) == (reply.status, body)


def test_nothing_of_the_machine_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, connections_to: Make) -> None:
    """One connection serves all requests of a thread; cookies and passwords of ~/.netrc do not travel on it."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 0.0.0.0 login admin password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedServer(Reply(headers={"Set-Cookie": "did=1; Path=/"}), Reply(), Reply()) as server:
        connections = connections_to(f"http://0.0.0.0:{server.server_port}")  # not taken for loopback
        get(connections)
        get(connections)
        connections.exchange("GET", "/", headers={})

    assert [got.headers.get("authorization") for got in server.received] == ["Bearer abc", "Bearer abc", None]
    assert [got.headers.get("cookie") for got in server.received] == [None] * 3
    assert len({got.connection for got in server.received}) == 1


Speak = Callable[[socket.socket], None]


def repeat(head: bytes, drop: bytes) -> Speak:
    """Return a speaker that sends ``head``, then one ``drop`` after the other for ever."""

    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.01)

    return speak


ENDLESS = {
    "header": repeat(b"HTTP/1.1 200 OK\r\nx: ", b"y"),
    "continue": repeat(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": repeat(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b" "),
    "chunk size": repeat(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
}


@pytest.mark.parametrize("speak", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch, speak: Speak) -> None:
    """Bytes that keep coming do not keep the request alive; whoever watches hears what is waited for."""
    seconds = itertools.count(step=5.0)
    monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    monkeypatch.setattr(connection, "SLOW_S", 0)
    said: list[tuple[float, str]] = []
    with raw_server(speak) as port:
        failure = fail(Connections(f"http://127.0.0.1:{port}", lambda seconds, what: said.append((seconds, what))))

    assert (failure.what, failure.is_transient) == ("the answer was not complete within 60 s", True)
    assert said == [(60, "the answer to GET /api/v2/roles")]


@pytest.mark.parametrize("through", ["TLS", "a proxy"])
def test_a_set_up_that_trickles_is_given_up(
    monkeypatch: pytest.MonkeyPatch, connections_to: Make, through: str
) -> None:
    """Neither a TLS handshake nor a proxy's answer to CONNECT goes on for ever."""
    speak = ENDLESS["header"] if through == "a proxy" else repeat(b"\x16\x03\x03\x40\x00", b"\x02")
    with raw_server(speak) as port:
        url = f"https://127.0.0.1:{port}"
        if through == "a proxy":
            url = "https://tenant.invalid"
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        failure = fail(connections_to(url, connect_s=0.1, whole_answer_s=0.1))

    assert failure.what == "the answer was not complete within 0.1 s"
