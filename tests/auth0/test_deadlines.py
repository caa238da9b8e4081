"""Every exchange ends, whatever bytes come and however slowly: a server that speaks raw sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pulumi_auth0_permissions.auth0 import deadline
from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.transport_errors import TransportError
from pulumi_auth0_permissions.auth0.wire import Wire, WireLimits


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
        listener.shutdown(socket.SHUT_RDWR)


def repeat(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
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
def test_an_answer_that_trickles_is_given_up(speak: Callable[[socket.socket], None]) -> None:
    """Bytes that keep coming do not keep the request alive, and the message says how long it was waited."""
    with raw_server(speak) as port:
        wire = Wire(Tenant.parse(f"http://127.0.0.1:{port}"), limits=WireLimits(whole_answer_s=0.3))
        with pytest.raises(TransportError, match=r"^the answer was not complete within 0\.3 s$") as caught:
            wire.exchange("GET", "/", headers={})
        wire.close()

    assert caught.value.transient


def test_an_answer_that_takes_long_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches is told what is waited for, and how long at most."""
    monkeypatch.setattr(deadline, "SLOW_S", 0.05)
    said: list[tuple[float, str]] = []
    with raw_server(ENDLESS["body"]) as port:
        wire = Wire(
            Tenant.parse(f"http://127.0.0.1:{port}"),
            limits=WireLimits(whole_answer_s=0.3),
            on_slow=lambda seconds, reason: said.append((seconds, reason)),
        )
        with pytest.raises(TransportError):
            wire.exchange("GET", "/api/v2/roles?page=0", headers={})
        wire.close()

    assert said == [(0.3, "the answer to GET /api/v2/roles")]


def test_a_handshake_that_trickles_is_given_up() -> None:
    """The deadline holds before there is a connection to speak of."""
    with raw_server(repeat(b"\x16\x03\x03\x40\x00", b"\x02")) as port:
        wire = Wire(Tenant.parse(f"https://127.0.0.1:{port}"), limits=WireLimits(whole_answer_s=0.3), environ={})
        with pytest.raises(TransportError, match="not complete within"):
            wire.exchange("GET", "/", headers={})
        wire.close()


def test_a_finished_exchange_does_not_cut_the_next_one() -> None:
    """The deadline of an exchange ends with it, though the connection is used again."""

    def speak(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(speak) as port:
        wire = Wire(Tenant.parse(f"http://127.0.0.1:{port}"), limits=WireLimits(whole_answer_s=0.5))
        for _ in range(4):
            assert wire.exchange("GET", "/", headers={}).body == b"{}"
            time.sleep(0.2)
        wire.close()
