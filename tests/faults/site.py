"""Where stacks of the hook level live: one tenant, a time that passes when somebody sleeps, a watch on the wire."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.reply import ConnectionDropped, Reply
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import Answer, Connections, ExchangeLimits
from pulumi_auth0_permissions.auth0.deadline import Clock
from pulumi_auth0_permissions.auth0.transport_errors import TransportError
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords
from pulumi_auth0_permissions.pulumi_adapter.run import Run, this_process
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class Killed(BaseException):
    """Raised inside a hook where the process would have been killed; nothing of the product can catch it."""


class VirtualTime(Clock):
    """Time that passes by itself, and at once when somebody sleeps."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def now(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic() + self._skipped_s

    def wall(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self._skipped_s

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._skipped_s += seconds

    def jitter(self) -> float:
        """Return no chance at all."""
        return 0.5


class Heard(EngineLog):
    """What the user was told."""

    def __init__(self) -> None:
        super().__init__("")
        self.texts: list[str] = []

    def _log(self, severity: str, message: str, urn: str, *, ephemeral: bool = False) -> None:  # noqa: ARG002
        if not ephemeral:
            self.texts.append(message)


# What the product asks for in all; short of `read:logs`, whose look-up comes after the write and is not under test.
SCOPES = (
    "read:resource_servers",
    "update:resource_servers",
    "read:roles",
    "update:roles",
    "read:client_grants",
    "update:client_grants",
    "read:clients",
)


class Site:
    """One tenant, and what provider processes need to work against it, all in this process.

    Args:
        tenant: a running tenant; its clock becomes this site's.
        sockets: whether requests go over the network; otherwise they are handed to the tenant as they are, which is
            five times as fast, and which is all the same but for an answer that never comes.
        time_out_s: how long to wait for an answer.
    """

    def __init__(self, tenant: LocalTenant, *, sockets: bool = False, time_out_s: float = 30.0) -> None:
        self.tenant = tenant
        self.time = VirtualTime()
        self._connections: type[_Sockets | _Direct] = _Sockets if sockets else _Direct
        self._limits = ExchangeLimits(read_s=time_out_s)
        self._kill_at: tuple[int, bool] | None = None
        self._exchanges = 0
        self.client_id, self._client_secret = tenant.issue_client(SCOPES)
        tenant.options = replace(tenant.options, clock=self.time.wall)

    @property
    def config(self) -> dict[str, str]:
        """The configuration that every stack here has."""
        return {
            "auth0:domain": self.tenant.domain,
            "auth0:clientId": self.client_id,
            "auth0:clientSecret": self._client_secret,
        }

    def process(self, config: Mapping[str, str]) -> tuple[Hooks, Heard]:
        """Return the hooks of what would be a provider process of its own, and what it says."""
        heard = Heard()
        session = Session(
            {**self.config, **config}.get,
            {},
            connect=self._connect,
            records=PreviewRecords(process_run()),
            messages=heard,
        )
        return Hooks(session), heard

    @contextmanager
    def killing(self, exchange: int, *, before: bool) -> Iterator[None]:
        """Kill what runs inside at its exchange of that number, from 0: before it, or once it was answered."""
        self._exchanges, self._kill_at = 0, (exchange, before)
        try:
            yield
        finally:
            self._kill_at = None

    def watch(self, *, before: bool) -> None:
        """Be told of an exchange before it begins, or once it was answered.

        Raises:
            Killed: where the process is to die.
        """
        if self._kill_at == (self._exchanges, before):
            self._kill_at = None
            raise Killed
        if not before:
            self._exchanges += 1

    def _connect(self, settings: Settings) -> ManagementClient:
        client = ManagementClient(
            settings.domain,
            settings.credentials,
            limits=self._limits,
            environ={},
            clock=self.time,
        )
        client._http._connections = self._connections(self, client, self._limits)
        return client


class _Sockets(Connections):
    """The product's connections, watched."""

    def __init__(self, site: Site, client: ManagementClient, limits: ExchangeLimits) -> None:
        super().__init__(client._tenant, limits=limits, environ={})
        self._site = site

    def exchange(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Exchange, and be killed before or after it where that is wanted."""
        self._site.watch(before=True)
        answer = super().exchange(method, target, headers=headers, body=body)
        self._site.watch(before=False)
        return answer


class _Direct(_Sockets):
    """Hands requests to the tenant without a network; a dropped connection is what it would be there."""

    def exchange(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Exchange without a network."""
        self._site.watch(before=True)
        gateway = self._site.tenant._started().gateway
        try:
            reply = Reply.of(cast("WSGIApplication", gateway), _environ(method, target, headers, body))
        except ConnectionDropped:
            raise TransportError("the connection was dropped", "Run again.") from None
        self._site.watch(before=False)
        return Answer(reply.code, {name.lower(): value for name, value in reply.headers}, reply.body)


def _environ(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> WSGIEnvironment:
    path, _, query = target.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": target,
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body or b"")),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if "Authorization" in headers:
        environ["HTTP_AUTHORIZATION"] = headers["Authorization"]
    return environ


def process_run() -> Run:
    """Return this process as a run: what runs that are not alive have left is swept away."""
    run = this_process()
    assert run is not None
    return run
