"""Provider processes against one tenant, in this process and without a network."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import psutil
from werkzeug.test import create_environ

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.reply import ConnectionDropped, Reply
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import Answer
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.token import Credentials
from pulumi_auth0_permissions.core.model import Scope
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from pulumi_auth0_permissions.pulumi_adapter.records import RunRecords
from pulumi_auth0_permissions.pulumi_adapter.session import EngineLog, Session
from support import clocks

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Killed(BaseException):
    """Raised inside a hook where the process would have been killed; nothing of the product can catch it."""


class Heard(EngineLog):
    """What the user was told."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def info(self, message: str, urn: str = "", severity: str = "", *, ephemeral: bool = False) -> None:  # noqa: ARG002
        """Keep it, as the engine does."""
        if not ephemeral:
            self.texts.append(message)


class Site:
    """A running tenant and an application of its own there; what works against it lives by its clock."""

    def __init__(self, tenant: LocalTenant, scopes: Collection[str] = tuple(Scope)) -> None:
        self.tenant = tenant
        self.time = clocks.installed()
        self.requests: list[str] = []  # method and path of what was answered
        self.client_id, self._secret = tenant.issue_client(list(scopes))
        self._kill_at: tuple[int, bool] | None = None
        tenant.options = replace(tenant.options, clock=self.time.time)

    def client(self) -> ManagementClient:
        """Return a client that hands its requests to the tenant as they are."""
        client = ManagementClient(self.tenant.domain, Credentials(self.client_id, self._secret))
        vars(client._connections)["exchange"] = self._exchange
        return client

    def process(self, config: Mapping[str, str], run: str) -> tuple[Hooks, Heard]:
        """Return the hooks of what would be a provider process of its own, and what it says.

        Args:
            config: the stack's configuration, besides the credentials.
            run: the folder of what the processes of its run leave for each other.
        """
        heard = Heard()
        credentials = {"auth0:clientId": self.client_id, "auth0:clientSecret": self._secret}
        config = {"auth0:domain": self.tenant.domain, **credentials, **config}
        session = Session(config.get, {}, client=self.client(), messages=heard)
        session.records = RunRecords(psutil.Process())
        vars(session.records)["folder"] = Path(run)
        return Hooks(session), heard

    @contextmanager
    def killing(self, exchange: int, *, before: bool) -> Iterator[None]:
        """Kill what runs inside at its exchange of that number, from 0: before it, or once it was answered."""
        self._kill_at = (len(self.requests) + exchange, before)
        try:
            yield
        finally:
            self._kill_at = None

    def _exchange(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Exchange without a network; a dropped connection is what it would be there."""
        self._live_or_die(before=True)
        environ = create_environ(method=method, input_stream=io.BytesIO(body or b""), headers=dict(headers))
        path, _, query = target.partition("?")
        environ |= {"RAW_URI": target, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(body or b""))}
        try:
            reply = Reply.of(cast("WSGIApplication", self.tenant._started().gateway), environ)
        except ConnectionDropped:
            raise ManagementApiError(
                "the connection was dropped", "Run again.", nothing_was_written=False, is_transient=True
            ) from None
        self._live_or_die(before=False)
        self.requests.append(f"{method} {path}")
        return Answer(reply.code, {name.lower(): value for name, value in reply.headers}, reply.body)

    def _live_or_die(self, *, before: bool) -> None:
        if self._kill_at == (len(self.requests), before):
            self._kill_at = None
            raise Killed
