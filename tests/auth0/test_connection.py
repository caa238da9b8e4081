"""One request, one answer: certificates, proxies, redirects, and limits that hold whatever bytes come how slowly."""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from auth0.scripted import Reply, ScriptedServer, raw_server
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0 import connection
from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from pulumi_auth0_permissions.auth0.errors import TransportError
from support.clocks import Clock

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", *connection._CA_VARIABLES)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine's own proxies and certificates away."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def connections_to(tenant: Tenant | str, **limits: float) -> Connections:
    """Return connections to a tenant that say nothing of slow answers."""
    tenant = Tenant.parse(tenant) if isinstance(tenant, str) else tenant
    made = Connections(tenant, lambda _seconds, _what: None)
    vars(made).update(limits)
    return made


def get(connections: Connections) -> Answer:
    """Send a GET."""
    return connections.exchange("GET", "/api/v2/roles?page=0", headers={"Authorization": "Bearer abc"})


def fail(connections: Connections) -> TransportError:
    """Send a GET that gets no answer, and return why."""
    with pytest.raises(TransportError) as caught:
        get(connections)
    connections.close()
    return caught.value


def fail_through(monkeypatch: pytest.MonkeyPatch, proxy: str) -> TransportError:
    """The same through a proxy, for a tenant that is not there."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    return fail(connections_to("tenant.invalid"))


@pytest.fixture(scope="module")
def secure_tenant() -> Iterator[LocalTenant]:
    """A tenant with a certificate of its own."""
    with LocalTenant(tls=True) as running:
        yield running


@pytest.mark.parametrize("variable", connection._CA_VARIABLES)
def test_a_certificate_can_be_trusted_by_environment(
    monkeypatch: pytest.MonkeyPatch, secure_tenant: LocalTenant, variable: str
) -> None:
    """Each of the three usual variables names a file of certificates to trust; the one of `requests` wins."""
    monkeypatch.setenv("SSL_CERT_FILE", "/missing")
    monkeypatch.setenv(variable, str(secure_tenant.ca))
    connections = connections_to(secure_tenant.domain)

    assert get(connections).status == 400
    connections.close()


@pytest.mark.parametrize(
    ("variable", "content", "what"),
    [
        (None, None, r"the certificate of 127\.0\.0\.1:\d+ is not trusted \([\w -]+\)"),
        (
            "SSL_CERT_FILE",
            None,
            "the file of trusted certificates that SSL_CERT_FILE names cannot be read, or holds none",
        ),
        ("REQUESTS_CA_BUNDLE", "no certificate", "the file of trusted certificates that REQUESTS_CA_BUNDLE names .*"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_named(
    monkeypatch: pytest.MonkeyPatch,
    secure_tenant: LocalTenant,
    tmp_path: Path,
    variable: str | None,
    content: str | None,
    what: str,
) -> None:
    """The answer is refused before anything is sent, for good, and the way out is named."""
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    if variable:
        monkeypatch.setenv(variable, str(file))

    failure = fail(connections_to(secure_tenant.domain))

    assert re.fullmatch(what, failure.what)
    assert (variable or "SSL_CERT_FILE") in failure.next_action
    assert (failure.was_sent, failure.transient) == (False, False)


def test_a_server_without_tls_is_named() -> None:
    """HTTPS to a port that speaks plain HTTP is not called a dropped connection."""
    with ScriptedServer() as server:
        failure = fail(connections_to(Tenant("https", "127.0.0.1", server.port)))

    assert failure.what == f"127.0.0.1:{server.port} does not speak TLS"


def test_nothing_of_the_machine_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One connection serves all requests of a thread; cookies and passwords of ~/.netrc do not travel on it."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 0.0.0.0 login admin password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedServer(Reply(headers={"Set-Cookie": "did=1; Path=/"}), Reply(), Reply()) as server:
        connections = connections_to(Tenant("http", "0.0.0.0", server.port))  # noqa: S104 - not taken for loopback
        get(connections)
        get(connections)
        connections.exchange("GET", "/", headers={})
        connections.close()

    assert [got.headers.get("authorization") for got in server.received] == ["Bearer abc", "Bearer abc", None]
    assert [got.headers.get("cookie") for got in server.received] == [None] * 3
    assert len({got.connection for got in server.received}) == 1


def test_a_redirect_is_not_followed() -> None:
    """A 307 elsewhere is an answer like any other: nothing is sent there."""
    with ScriptedServer() as other, ScriptedServer(Reply(307, headers={"Location": other.domain})) as server:
        connections = connections_to(server.domain)
        status = get(connections).status
        connections.close()

    assert (status, other.received) == (307, [])


def test_a_tenant_on_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the company is passed over for loopback."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with ScriptedServer(Reply(204)) as server:
        connections = connections_to(server.domain)
        status = get(connections).status
        connections.close()

    assert status == 204


@pytest.mark.parametrize(
    ("reply", "what", "sent"),
    [
        (Reply(407), "the proxy {} does not connect to tenant.invalid (407 Proxy Authentication Required)", False),
        (
            Reply(instead="close"),
            "the connection to tenant.invalid through the proxy {} was dropped before the answer was complete",
            True,
        ),
    ],
)
def test_a_proxy_that_does_not_help_is_named(
    monkeypatch: pytest.MonkeyPatch,
    reply: Reply,
    what: str,
    sent: bool,  # noqa: FBT001 - a table of cases
) -> None:
    """HTTPS_PROXY gets the CONNECT; when it refuses or hangs up, the message names it without its password."""
    with ScriptedServer(reply) as proxy:
        failure = fail_through(monkeypatch, f"http://admin:hunter2@127.0.0.1:{proxy.port}")

    assert [(got.method, got.path) for got in proxy.received] == [("CONNECT", "tenant.invalid:443")]
    assert failure.what == what.format(f"127.0.0.1:{proxy.port}")
    assert failure.was_sent == sent


@pytest.mark.parametrize(
    ("proxy", "what"),
    [
        ("http://127.0.0.1:1", "the proxy 127.0.0.1:1 does not connect to tenant.invalid (Connection refused)"),
        *((text, "HTTPS_PROXY names no usable proxy") for text in ("::::", "socks5://127.0.0.1:1", "http://")),
    ],
)
def test_a_proxy_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str, what: str) -> None:
    """A mistake in the environment is not taken for an outage of the tenant."""
    failure = fail_through(monkeypatch, proxy)

    assert (failure.what, failure.was_sent) == (what, False)
    assert "HTTPS_PROXY" in failure.next_action


GZIP = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (Reply(body=gzip.compress(b"hello"), headers=GZIP), b"hello"),
        (Reply(body=b"hello", headers=GZIP), "the answer cannot be decompressed"),
        (Reply(body=b"hello", headers={"Content-Encoding": "gzip, gzip"}), "the answer is compressed more than once"),
        (Reply(body=b"x" * 1_048_576), b"x" * 1_048_576),
        (Reply(body=b"x" * 1_048_577), "the answer is larger than 1 MiB"),
        (Reply(body=gzip.compress(b"\0" * 10_000_000), headers=GZIP), "the answer is larger than 1 MiB"),
    ],
    ids=["gzip", "no gzip", "gzip twice", "as large as allowed", "a byte more", "a bomb"],
)
def test_an_answer_is_unpacked_up_to_its_limit(reply: Reply, found: bytes | str) -> None:
    """What cannot be read is known to be an answer all the same."""
    with ScriptedServer(reply) as server:
        connections = connections_to(server.domain, answer_bytes=1_048_576)
        if isinstance(found, bytes):
            assert get(connections).body == found
            connections.close()
        else:
            failure = fail(connections)
            assert (failure.what, failure.unreadable) == (found, True)


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply(instead="close"), "the connection to {} was dropped before the answer was complete"),
        (Reply(body=b'{"id":', instead="cut"), "the connection to {} was dropped before the answer was complete"),
        (Reply(instead="stall"), "no answer from {} within 0.05 s"),
    ],
    ids=["close", "cut", "stall"],
)
def test_a_lost_answer_leaves_open_what_happened(reply: Reply, what: str) -> None:
    """The request may have been carried out, is not sent again here, and its secrets hang on no chained exception."""
    with ScriptedServer(reply) as server:
        failure = fail(connections_to(server.domain, read_s=0.05))

    assert failure.what == what.format(f"127.0.0.1:{server.port}")
    assert (failure.was_sent, failure.transient) == (True, True)
    assert (failure.__cause__, failure.__context__) == (None, None)
    assert len(server.received) == 1


@pytest.mark.parametrize("host", ["127.0.0.1:1", "tenant.invalid"])
def test_without_a_connection_nothing_was_sent(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """The system's reason is given; a write is known not to have been carried out."""
    reason = "Connection refused"
    if host == "tenant.invalid":
        reason = "Name or service not known"
        unresolved = socket.gaierror(socket.EAI_NONAME, reason)
        monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=unresolved))
    failure = fail(connections_to(Tenant.parse(f"https://{host}")))

    assert failure.what == f"no connection to {host} can be made ({reason})"
    assert (failure.was_sent, failure.transient) == (False, True)


def test_an_error_of_an_unknown_kind_leaves_open_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words are not repeated: they may hold a secret."""
    connections = connections_to("http://127.0.0.1:1")

    monkeypatch.setattr(connections._session, "request", Mock(side_effect=OverflowError("hunter2")))
    failure = fail(connections)

    assert (failure.what, failure.was_sent) == ("the answer cannot be read (OverflowError)", True)


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
    "status line": repeat(b"HTTP/1.1 200 ", b"x"),
    "header": repeat(b"HTTP/1.1 200 OK\r\nx: ", b"y"),
    "continue": repeat(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": repeat(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b" "),
    "body that ends with the connection": repeat(b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "body before a close": repeat(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n", b" "),
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
        tenant = Tenant.parse(f"http://127.0.0.1:{port}")
        failure = fail(Connections(tenant, lambda seconds, what: said.append((seconds, what))))

    assert (failure.what, failure.transient) == ("the answer was not complete within 60 s", True)
    assert said == [(60, "the answer to GET /api/v2/roles")]


@pytest.mark.parametrize("through", ["TLS", "a proxy"])
def test_a_set_up_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch, through: str) -> None:
    """Neither a TLS handshake nor a proxy's answer to CONNECT goes on for ever."""
    speak = ENDLESS["header"] if through == "a proxy" else repeat(b"\x16\x03\x03\x40\x00", b"\x02")
    with raw_server(speak) as port:
        tenant = Tenant("https", "127.0.0.1", port)
        if through == "a proxy":
            tenant = Tenant.parse("tenant.invalid")
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        failure = fail(connections_to(tenant, connect_s=0.1, whole_answer_s=0.1))

    assert failure.what == "the answer was not complete within 0.1 s"


def test_a_finished_exchange_does_not_cut_the_next_one(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """The deadline of an exchange ends with it, though the connection is used again."""
    monkeypatch.setattr(connection, "time", clock)

    def speak(connected: socket.socket) -> None:
        while connected.recv(65536):
            connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(speak) as port:
        connections = connections_to(f"http://127.0.0.1:{port}")
        for _ in range(3):
            assert get(connections).body == b"{}"
            clock.sleep(50)
        connections.close()
