"""Where stacks of the hook level live: one tenant without a network, and a time that passes when somebody sleeps."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import psutil
from werkzeug.test import create_environ

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.reply import ConnectionDropped, Reply
from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from pulumi_auth0_permissions.auth0.errors import TransportError
from pulumi_auth0_permissions.auth0.token import Credentials
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, private_folder
from pulumi_auth0_permissions.pulumi_adapter.run import RunRecords
from pulumi_auth0_permissions.pulumi_adapter.session import EngineLog, Session
from support import clocks

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# What the product asks for in all.
SCOPES = (
    "read:resource_servers",
    "update:resource_servers",
    "read:roles",
    "update:roles",
    "read:client_grants",
    "update:client_grants",
    "read:clients",
)


class Killed(BaseException):
    """Raised inside a hook where the process would have been killed; nothing of the product can catch it."""


class Heard(EngineLog):
    """What the user was told."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def _log(self, severity: str, message: str, urn: str, *, ephemeral: bool = False) -> None:  # noqa: ARG002
        if not ephemeral:
            self.texts.append(message)


class Site:
    """One tenant, and what provider processes need to work against it, all in this process.

    Attributes:
        tenant: a running tenant; its clock becomes this site's.
        time: what everybody lives by.
        requests: method and path of what was answered.
    """

    def __init__(self, tenant: LocalTenant, scopes: Sequence[str] = SCOPES) -> None:
        self.tenant = tenant
        self.time = clocks.installed()
        self.requests: list[str] = []
        self._kill_at: tuple[int, bool] | None = None
        self.client_id, self._client_secret = tenant.issue_client(scopes)
        tenant.options = replace(tenant.options, clock=self.time.time)

    @property
    def config(self) -> dict[str, str]:
        """The configuration that every stack here has."""
        return {
            "auth0:domain": self.tenant.domain,
            "auth0:clientId": self.client_id,
            "auth0:clientSecret": self._client_secret,
        }

    def client(self) -> ManagementClient:
        """Return a client that hands its requests to the tenant as they are."""
        credentials = Credentials(self.client_id, self._client_secret)
        client = ManagementClient(self.tenant.domain, credentials)
        client._connections = _Direct(self)
        return client

    @contextmanager
    def run(self, urn: str) -> Iterator[None]:
        """Lead one run of the engine; what it has left of a resource is removed then, as the next process would."""
        try:
            yield
        finally:
            for run in (private_folder() / "runs").glob("*"):
                (run / file_name_for(urn)).unlink(missing_ok=True)

    def process(self, config: Mapping[str, str]) -> tuple[Hooks, Heard]:
        """Return the hooks of what would be a provider process of its own, and what it says."""
        heard = Heard()
        session = Session(
            {**self.config, **config}.get,
            {},
            client=self.client(),
            messages=heard,
        )
        session._has_looked_for_others = True  # through all processes of the machine, which takes a while
        session.records = RunRecords(psutil.Process())
        return Hooks(session), heard

    @contextmanager
    def killing(self, exchange: int, *, before: bool) -> Iterator[None]:
        """Kill what runs inside at its exchange of that number, from 0: before it, or once it was answered."""
        self._kill_at = (len(self.requests) + exchange, before)
        try:
            yield
        finally:
            self._kill_at = None

    def watch(self, *, before: bool) -> None:
        """Be told of an exchange before it begins, or once it was answered.

        Raises:
            Killed: where the process is to die.
        """
        if self._kill_at == (len(self.requests), before):
            self._kill_at = None
            raise Killed


class _Direct(Connections):
    """Hands requests to the tenant without a network; a dropped connection is what it would be there."""

    def __init__(self, site: Site) -> None:
        super().__init__(Tenant.parse(site.tenant.domain), lambda _seconds, _what: None)
        self._site = site

    def exchange(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Exchange without a network."""
        self._site.watch(before=True)
        environ = create_environ(method=method, input_stream=io.BytesIO(body or b""), headers=dict(headers))
        path, _, query = target.partition("?")
        environ |= {"RAW_URI": target, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(body or b""))}
        try:
            reply = Reply.of(cast("WSGIApplication", self._site.tenant._started().gateway), environ)
        except ConnectionDropped:
            raise TransportError("the connection was dropped", "Run again.") from None
        self._site.watch(before=False)
        self._site.requests.append(f"{method} {path}")
        return Answer(reply.code, {name.lower(): value for name, value in reply.headers}, reply.body)
