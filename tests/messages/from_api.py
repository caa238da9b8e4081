"""What the Management API's client says: against a server that answers as it is told, or instead of an answer."""

from __future__ import annotations

import base64
import errno
import json
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from unittest.mock import patch

import requests

from auth0_local_tenant import LocalTenant
from management.scripted import SECRET, Reply, ScriptedServer, answer, scripted
from management.virtual import Clock
from messages.from_inputs import Producer, said_by
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.management.client import ManagementClient
from pulumi_auth0_permissions.management.credentials import Credentials
from pulumi_auth0_permissions.management.wire import WireLimits

__all__ = ["PRODUCERS"]

API_ID, NAME = "69a0067eb917ad2948e1a2ac", "https://orders.example.com"
API = {"id": API_ID, "identifier": NAME}
_READY = Credentials.of_token("a-ready-token")
_GRANT = {"id": "cgr_b7RtYuIoPqWsXcVn", "client_id": "backoffice-1", "audience": NAME}

Ask = Callable[[ManagementClient], object]


def _read(client: ManagementClient) -> object:
    return client.get_api(NAME)


def _write(client: ManagementClient) -> object:
    return client.replace_permissions(API_ID, PermissionSet())


def _roles(client: ManagementClient) -> object:
    return list(client.roles())


def _grants(client: ManagementClient) -> object:
    return list(client.client_grants(NAME))


def _answered(*replies: Reply, ask: Ask = _read, credentials: Credentials | None = None) -> Producer:
    """Ask a server that answers like that after the token."""

    def produce(_: Path) -> list[str]:
        with scripted(*replies, credentials=credentials) as (client, _clock):
            return [said_by(lambda: ask(client))]

    return produce


def _all(*producers: Producer) -> Producer:
    return lambda folder: [text for produce in producers for text in produce(folder)]


def _refusal(status: int, error: str, message: str = "", code: str | None = None) -> Reply:
    """Make an error body in the shape of the Management API."""
    body = {"statusCode": status, "error": error, "message": message}
    return answer(body if code is None else {**body, "errorCode": code}, status)


def _lacking(*scopes: str) -> Reply:
    return _refusal(403, "Forbidden", f"Insufficient scope, expected any of: {','.join(scopes)}", "insufficient_scope")


def _with_token(token: Reply) -> Producer:
    """Ask a server whose answer to the request for a token is this."""

    def produce(_: Path) -> list[str]:
        clock = Clock()
        with ScriptedServer(*[token] * 4) as server:
            client = ManagementClient(
                server.domain, Credentials.of_client("id", SECRET), clock=clock, sleep=clock.sleep, jitter=lambda: 0.0
            )
            try:
                return [said_by(client.verify)]
            finally:
                client.close()

    return produce


def _token_error(status: int, error: str, description: str) -> Producer:
    return _with_token(answer({"error": error, "error_description": description}, status))


def _expired() -> Credentials:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1_700_000_000}).encode()).decode().rstrip("=")
    return Credentials.of_token(f"e30.{claims}.sig")


def _overtaken(_: Path) -> list[str]:
    """Others use the rate limit up while we read."""
    read = answer(API, x_ratelimit_limit="10", x_ratelimit_remaining="0", x_ratelimit_reset="1800000030")
    with scripted(read, answer(API)) as (client, _clock), client.reserve(2):
        client.get_api(NAME)
        return [said_by(lambda: _write(client))]


def _connected(domain: str, environ: Mapping[str, str] | None = None, limits: WireLimits | None = None) -> str:
    """Return what is said where the connection to this domain is of no use."""
    clock = Clock()
    client = ManagementClient(domain, _READY, environ=environ or {}, limits=limits, clock=clock, sleep=clock.sleep)
    try:
        return said_by(lambda: client.get_api(NAME))
    finally:
        client.close()


def _failing(error: Exception) -> Producer:
    """Ask where the library that sends requests fails like that."""

    def produce(_: Path) -> list[str]:
        with patch.object(requests.Session, "request", side_effect=error):
            return [_connected("acme.eu.auth0.com")]

    return produce


def _instead(*replies: Reply, limits: WireLimits | None = None) -> Producer:
    def produce(_: Path) -> list[str]:
        with ScriptedServer(*replies) as server:
            return [_connected(server.domain, limits=limits)]

    return produce


def _trickling(_: Path) -> list[str]:
    ticks = count(0, 50)
    with ScriptedServer(*[Reply(body=b"x" * 400_000)] * 4) as server:
        client = ManagementClient(
            server.domain, _READY, clock=lambda: float(next(ticks)), sleep=lambda _seconds: None, environ={}
        )
        try:
            return [said_by(lambda: client.get_api(NAME))]
        finally:
            client.close()


def _certificates(folder: Path) -> str:
    with LocalTenant(tls=True) as tenant:
        return _connected(tenant.domain, {"SSL_CERT_FILE": str(folder / "authority.pem")} if folder.name else {})


def _not_trusted(_: Path) -> list[str]:
    return [_certificates(Path())]


def _missing_certificates(folder: Path) -> list[str]:
    return [_certificates(folder)]


def _empty_certificates(folder: Path) -> list[str]:
    (folder / "authority.pem").write_text("no certificate", encoding="ascii")
    return [_certificates(folder)]


def _no_tls(_: Path) -> list[str]:
    with ScriptedServer() as server:
        return [_connected(server.domain.replace("http:", "https:"))]


def _with_scopes(scopes: object) -> object:
    return {**API, "scopes": scopes}


_PAGE = {"client_grants": [], "next": "there"}
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

_UNREADABLE = _all(
    _answered(*[Reply(body=b"<html>")] * 4),
    _answered(*[Reply(body=b"{")] * 4),
    _with_token(answer({"token": "x"})),
    *(
        _answered(answer(payload), ask=ask)
        for ask, payload in [
            (_read, []),
            (_read, {"id": "1"}),
            (_read, {"id": 1}),
            (_read, _with_scopes("read:orders")),
            (_read, _with_scopes(["read:orders"])),
            (_read, _with_scopes([{"value": "read:orders"}, {"value": "read:orders"}])),
            (_roles, {}),
            (_roles, [1]),
            (lambda client: list(client.role_permissions("rol_1")), [1]),
            (_grants, {"client_grants": [1]}),
            (_grants, {"client_grants": [{**_GRANT, "scope": "read:orders"}]}),
        ]
    ),
    _answered(answer(_PAGE), answer(_PAGE), ask=_grants),
    _answered(
        answer([{"date": "yesterday", "_id": "1", "type": "sapi"}]),
        ask=lambda client: client.recent_api_writes(_LONG_AGO),
    ),
)

_OF_ANSWERS: Mapping[str, Producer] = {
    "no-such-api": _answered(_refusal(404, "Not Found", "The resource server does not exist", "inexistent_api")),
    "api-no-longer-there": _answered(_refusal(404, "Not Found", "The resource server does not exist"), ask=_write),
    "token-lacks-scope": _all(
        _answered(_lacking("read:resource_servers")), _answered(_lacking("read:clients", "read:client_summary"))
    ),
    "forbidden": _all(
        _answered(_refusal(403, "Forbidden", "Your plan does not include this", "not_entitled")),
        _answered(_refusal(403, "Forbidden")),
    ),
    "token-expired-before-use": _answered(ask=lambda client: client.verify(), credentials=_expired()),
    "token-not-accepted": _all(
        _answered(_refusal(401, "Unauthorized", "Invalid token"), credentials=_READY),
        _answered(_refusal(401, "Unauthorized", "Expired token"), credentials=_expired()),
    ),
    "issued-token-rejected": _answered(
        _refusal(401, "Unauthorized", "Bad audience"),
        answer({"access_token": "another-token", "expires_in": 86400}),
        _refusal(401, "Unauthorized", "Bad audience"),
    ),
    "issued-token-no-longer-accepted": _answered(_refusal(401, "Unauthorized", "Expired token"), ask=_write),
    "wrong-client-secret": _token_error(401, "access_denied", "Unauthorized"),
    "no-such-tenant": _with_token(Reply(404, b"Not found.")),
    "application-not-authorized": _token_error(
        403, "access_denied", 'Client is not authorized to access "https://acme.eu.auth0.com/api/v2/"'
    ),
    "rate-limit": _answered(
        answer(
            {"statusCode": 429, "error": "Too Many Requests", "message": "Global limit has been reached"},
            429,
            retry_after="3600",
        )
    ),
    "rate-limit-before-write": _overtaken,
    "service-failed": _all(
        _answered(*[_refusal(503, "Service Unavailable", "Try again")] * 4), _answered(*[Reply(502, b"<html>")] * 4)
    ),
    "service-failed-on-write": _answered(_refusal(500, "Internal Server Error", "Boom"), ask=_write),
    "write-outcome-unknown": _answered(Reply(instead="close"), ask=_write),
    "request-rejected": _all(
        _answered(_refusal(400, "Bad Request", "Payload validation error", "invalid_body"), ask=_write),
        _answered(Reply(400), ask=_write),
    ),
    "not-found": _all(
        _answered(answer({"statusCode": 404}, 404), ask=_roles),
        _answered(_refusal(404, "Not Found", "The role does not exist"), ask=_roles),
    ),
    "request-refused": _all(_answered(_refusal(409, "Conflict", "Being deleted")), _answered(Reply(409))),
    "not-the-management-api": _answered(Reply(404, b"<html>Not here</html>")),
    "redirected": _answered(Reply(302, headers={"Location": "https://login.example.com/path"})),
    "unreadable-answer": _UNREADABLE,
}

_OF_CONNECTIONS: Mapping[str, Producer] = {
    "answer-too-large": _instead(Reply(body=b"x" * 2_000_001), limits=WireLimits(answer_bytes=2_000_000)),
    "answer-too-slow": _trickling,
    "certificates-missing": _missing_certificates,
    "certificates-empty": _empty_certificates,
    "certificate-not-trusted": _not_trusted,
    "no-tls": _no_tls,
    "proxy-does-not-connect": _failing(
        requests.exceptions.ProxyError(OSError("Tunnel connection failed: 407 Proxy Authentication Required"))
    ),
    "no-connection": _failing(requests.exceptions.ConnectTimeout()),
    "host-not-found": _failing(requests.exceptions.ConnectionError(socket.gaierror(socket.EAI_NONAME, "no"))),
    "connection-refused": _failing(requests.exceptions.ConnectionError(ConnectionRefusedError())),
    "no-route": _failing(requests.exceptions.ConnectionError(OSError(errno.ENETUNREACH, "unreachable"))),
    "answer-not-decompressed": _instead(*[Reply(body=b"hello", headers={"Content-Encoding": "gzip"})] * 4),
    "no-answer": _instead(*[Reply(instead="stall")] * 4, limits=WireLimits(read_s=0.05)),
    "connection-dropped": _instead(*[Reply(instead="close")] * 4),
}

PRODUCERS: Mapping[str, Producer] = {**_OF_ANSWERS, **_OF_CONNECTIONS}
