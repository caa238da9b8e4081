"""One request, one answer: certificates, proxies, redirects, limits."""

from __future__ import annotations

import errno
import gzip
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from auth0.scripted import Reply, ScriptedServer
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.breakage import NoAnswer, explain
from pulumi_auth0_permissions.auth0.domain import Tenant
from pulumi_auth0_permissions.auth0.wire import Answer, Wire, WireLimits

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine's own proxies away."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


def get(wire: Wire, bearer: str | None = "token") -> Answer:
    """Send a GET."""
    return wire.exchange("GET", "/api/v2/roles", headers={}, bearer=bearer)


def fail(wire: Wire) -> NoAnswer:
    """Send a GET that gets no answer, and return why."""
    with pytest.raises(NoAnswer) as caught:
        get(wire)
    wire.close()
    return caught.value


@pytest.fixture(scope="module")
def secure_tenant() -> Iterator[LocalTenant]:
    """A tenant with a certificate of its own."""
    with LocalTenant(tls=True) as running:
        yield running


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_certificate_can_be_trusted_by_environment(secure_tenant: LocalTenant, variable: str) -> None:
    """Each of the three usual variables names a file of certificates to trust."""
    wire = Wire(Tenant.parse(secure_tenant.domain), environ={variable: str(secure_tenant.ca)})

    assert get(wire).status == 400
    wire.close()


def test_the_variable_of_requests_wins(secure_tenant: LocalTenant, tmp_path: Path) -> None:
    """REQUESTS_CA_BUNDLE counts before SSL_CERT_FILE."""
    environ = {"SSL_CERT_FILE": str(tmp_path / "missing"), "REQUESTS_CA_BUNDLE": str(secure_tenant.ca)}
    wire = Wire(Tenant.parse(secure_tenant.domain), environ=environ)

    assert get(wire).status == 400
    wire.close()


def test_an_unknown_certificate_is_not_trusted(secure_tenant: LocalTenant) -> None:
    """Without that, the answer is refused, with the way out, before anything is sent and for good."""
    failure = fail(Wire(Tenant.parse(secure_tenant.domain), environ={}))

    assert re.fullmatch(r"the certificate of 127\.0\.0\.1:\d+ is not trusted \([\w -]+\)", failure.what)
    assert "SSL_CERT_FILE" in failure.next_action
    assert (failure.was_sent, failure.transient) == (False, False)


def test_a_missing_file_of_certificates_is_named(secure_tenant: LocalTenant, tmp_path: Path) -> None:
    """The message names the variable, not an internal error."""
    environ = {"SSL_CERT_FILE": str(tmp_path / "missing.pem")}
    failure = fail(Wire(Tenant.parse(secure_tenant.domain), environ=environ))

    assert "SSL_CERT_FILE names does not exist" in failure.what
    assert (failure.was_sent, failure.transient) == (False, False)


def test_a_file_without_certificates_is_named(secure_tenant: LocalTenant, tmp_path: Path) -> None:
    """The same for a file that holds something else."""
    file = tmp_path / "readme.pem"
    file.write_text("no certificate")
    failure = fail(Wire(Tenant.parse(secure_tenant.domain), environ={"REQUESTS_CA_BUNDLE": str(file)}))

    assert "REQUESTS_CA_BUNDLE names holds no certificate" in failure.what


def test_a_server_without_tls_is_told() -> None:
    """HTTPS to a port that speaks plain HTTP is not called a dropped connection."""
    with ScriptedServer() as server:
        failure = fail(Wire(Tenant("https", "127.0.0.1", server.port), environ={}))

    assert failure.what == f"127.0.0.1:{server.port} does not speak TLS"


def test_the_token_goes_into_the_header() -> None:
    """The bearer token is sent; without one there is no Authorization."""
    with ScriptedServer(Reply(), Reply()) as server:
        wire = Wire(Tenant.parse(server.domain))
        get(wire, "abc")
        get(wire, None)
        wire.close()

    assert [received.headers.get("authorization") for received in server.received] == ["Bearer abc", None]


def test_a_password_in_netrc_does_not_replace_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An entry for the tenant's host in ~/.netrc is not sent, neither with nor without a token."""
    file = tmp_path / "netrc"
    file.write_text("machine 0.0.0.0 login admin password hunter2\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    with ScriptedServer(Reply(), Reply()) as server:
        wire = Wire(Tenant("http", "0.0.0.0", server.port))  # noqa: S104 - leads here, but doesn't count as loopback
        get(wire, "abc")
        get(wire, None)
        wire.close()

    assert [received.headers.get("authorization") for received in server.received] == ["Bearer abc", None]


def test_a_connection_is_kept() -> None:
    """Requests of one thread use one connection."""
    with ScriptedServer(*[Reply(body=b"{}")] * 3) as server:
        wire = Wire(Tenant.parse(server.domain))
        for _ in range(3):
            get(wire)
        wire.close()

    assert len({received.connection for received in server.received}) == 1


def test_cookies_are_not_kept() -> None:
    """What a server sets as a cookie is not sent back."""
    with ScriptedServer(Reply(headers={"Set-Cookie": "did=1; Path=/"}), Reply()) as server:
        wire = Wire(Tenant.parse(server.domain))
        get(wire)
        get(wire)
        wire.close()

    assert "cookie" not in server.received[1].headers


def test_a_redirect_is_not_followed() -> None:
    """A 307 elsewhere is an answer like any other: nothing is sent there."""
    with ScriptedServer() as other, ScriptedServer(Reply(307, headers={"Location": other.domain})) as server:
        wire = Wire(Tenant.parse(server.domain))
        status = get(wire).status
        wire.close()

    assert (status, other.received) == (307, [])


def test_a_tenant_on_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the company is passed over for loopback."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with ScriptedServer(Reply(204)) as server:
        wire = Wire(Tenant.parse(server.domain))
        status = get(wire).status
        wire.close()

    assert status == 204


def test_any_other_tenant_is_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY gets the CONNECT; when it refuses, its status is told and not its password."""
    refusal = Reply(407, b"who are you?")
    with ScriptedServer(refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://admin:hunter2@127.0.0.1:{proxy.port}")
        failure = fail(Wire(Tenant.parse("tenant.invalid"), environ={}))

    assert [(received.method, received.path) for received in proxy.received] == [("CONNECT", "tenant.invalid:443")]
    assert failure.what == (
        f"the proxy 127.0.0.1:{proxy.port} does not connect to tenant.invalid (407 Proxy Authentication Required)"
    )
    assert "HTTPS_PROXY" in failure.next_action
    assert (failure.was_sent, failure.transient) == (False, False)


def test_a_proxy_that_hangs_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who breaks the connection off stands in the message."""
    with ScriptedServer(Reply(instead="close")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://admin:hunter2@127.0.0.1:{proxy.port}")
        failure = fail(Wire(Tenant.parse("tenant.invalid"), environ={}))

    assert f"tenant.invalid through the proxy 127.0.0.1:{proxy.port} was dropped" in failure.what


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for the fault at the tenant."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    failure = fail(Wire(Tenant.parse("tenant.invalid"), environ={}))

    assert failure.what == "the proxy 127.0.0.1:1 cannot be reached, so there is no way to tenant.invalid"
    assert not failure.was_sent


@pytest.mark.parametrize("proxy", ["::::", "socks5://127.0.0.1:1", "http://"])
def test_what_is_no_proxy_is_said(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """A mistake in the environment is not taken for an outage."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    failure = fail(Wire(Tenant.parse("tenant.invalid"), environ={}))

    assert failure.what == "HTTPS_PROXY names no proxy that can be used"
    assert (failure.was_sent, failure.transient) == (False, False)


def test_a_compressed_answer_is_read() -> None:
    """Gzip is taken off."""
    reply = Reply(body=gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"})
    with ScriptedServer(reply) as server:
        wire = Wire(Tenant.parse(server.domain))
        body = get(wire).body
        wire.close()

    assert body == b"hello"


def test_a_badly_compressed_answer_is_unreadable() -> None:
    """What claims to be gzip and isn't can't be read, but the request was answered."""
    with ScriptedServer(Reply(body=b"hello", headers={"Content-Encoding": "gzip"})) as server:
        failure = fail(Wire(Tenant.parse(server.domain)))

    assert failure.what == "the answer can't be decompressed"
    assert failure.unreadable


@pytest.mark.parametrize("instead", ["close", "cut"])
def test_a_dropped_connection_leaves_open_what_happened(instead: str) -> None:
    """Whether the connection ends before or within the answer, the request may have been carried out."""
    replies = {"close": Reply(instead="close"), "cut": Reply(body=b'{"id":', instead="cut")}
    with ScriptedServer(replies[instead]) as server:
        failure = fail(Wire(Tenant.parse(server.domain)))

    assert "was dropped before the answer was complete" in failure.what
    assert (failure.was_sent, failure.transient) == (True, True)
    assert len(server.received) == 1


def test_silence_ends_at_the_time_out() -> None:
    """A server that says nothing is not waited for longer than was set."""
    with ScriptedServer(Reply(instead="stall")) as server:
        failure = fail(Wire(Tenant.parse(server.domain), limits=WireLimits(read_s=0.05)))

    assert failure.what == f"no answer from 127.0.0.1:{server.port} within 0.05 s"
    assert failure.was_sent


@pytest.mark.parametrize(("size", "taken"), [(1000, True), (1001, False)])
def test_the_size_of_an_answer_is_limited(size: int, taken: bool) -> None:  # noqa: FBT001 - a table of cases
    """An answer of exactly the limit is read, one byte more is not."""
    with ScriptedServer(Reply(body=b"x" * size)) as server:
        wire = Wire(Tenant.parse(server.domain), limits=WireLimits(answer_bytes=1000))
        if taken:
            assert len(get(wire).body) == size
            wire.close()
        else:
            failure = fail(wire)
            assert "is larger than" in failure.what
            assert (failure.unreadable, failure.transient) == (True, False)


def test_a_bomb_is_not_unpacked() -> None:
    """The limit counts the bytes after decompression."""
    bomb = Reply(body=gzip.compress(b"\0" * 10_000_000), headers={"Content-Encoding": "gzip"})
    with ScriptedServer(bomb) as server:
        failure = fail(Wire(Tenant.parse(server.domain), limits=WireLimits(answer_bytes=1_000_000)))

    assert "is larger than 1 MiB" in failure.what


@pytest.mark.parametrize(("code", "transient"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)])
def test_an_unknown_host_is_told(
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    transient: bool,  # noqa: FBT001 - a table of cases
) -> None:
    """A name that doesn't exist won't in a second; a name server that is busy may answer then."""

    def unresolved(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    failure = fail(Wire(Tenant.parse("tenant.invalid"), environ={}))

    assert failure.what == "the host name of tenant.invalid can't be resolved"
    assert (failure.was_sent, failure.transient) == (False, transient)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (requests.exceptions.ConnectTimeout(), "no connection to t.example within 10 s"),
        (
            requests.exceptions.ConnectionError(OSError(errno.ENETUNREACH, "unreachable")),
            "there is no route to t.example",
        ),
        (requests.exceptions.ProxyError(), "the proxy cannot be reached, so there is no way to t.example"),
    ],
)
def test_a_connection_that_did_not_come_about_sent_nothing(error: Exception, what: str) -> None:
    """What fails before the request leaves is known not to have been carried out."""
    failure = explain(error, Tenant.parse("t.example"), WireLimits(), None)

    assert (failure.what, failure.was_sent) == (what, False)


def test_what_nobody_foresaw_may_have_been_sent() -> None:
    """An error of an unknown kind leaves open whether the request was carried out."""
    error = requests.exceptions.RequestException("?")

    assert explain(error, Tenant.parse("t.example"), WireLimits(), None).was_sent


def test_the_librarys_exception_is_not_chained() -> None:
    """The exceptions of `requests` hold the request with its secrets, so none hangs on ours."""
    with ScriptedServer(Reply(instead="close")) as server:
        failure = fail(Wire(Tenant.parse(server.domain)))

    assert (failure.__cause__, failure.__context__) == (None, None)
