"""One request, one answer, in bounded time and memory: the only module that speaks HTTP, by `requests`."""

from __future__ import annotations

import http.client
import io
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.transport_errors import CHECK_DOMAIN, TransportError, transport_error
from pulumi_auth0_permissions.core.text import escape_line

SLOW_S = 10.0  # after which somebody who watches wonders what is going on
_CHUNK_BYTES = 64 * 1024
_MEBIBYTE = 1024 * 1024

# In this order; the first two are those of `requests`, OpenSSL's own variable is what other tools on a machine honour.
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

_ends_at_s: ContextVar[float] = ContextVar("ends_at_s")  # of this thread's exchange, by `time.monotonic`


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """How long and how much to wait for.

    Attributes:
        connect_s: seconds for TCP and TLS each.
        read_s: seconds of silence.
        whole_answer_s: seconds from connecting to the last byte, however steadily they trickle.
        answer_bytes: the largest body; a page of 100 APIs of 1000 permissions each takes about 10 MiB.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    whole_answer_s: float = 60.0
    answer_bytes: int = 16 * _MEBIBYTE  # as JSON in memory up to 25 times that


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (names in lower case) and the decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """Exchanges requests and answers with one tenant; safe to share between threads.

    Connections are kept open and lent to one thread at a time. Redirects are not followed and cookies not kept: the
    Management API uses neither, and a redirect must not carry a secret elsewhere. Proxies are taken from the
    environment (``HTTPS_PROXY``, ``NO_PROXY``), but for a tenant on this machine.

    Args:
        tenant: where requests go.
        limits: time-outs and size.
        environ: environment variables, for the certificates to trust.
        on_slow: called for an answer that takes long: the seconds that it is waited for at most, and what it is.
    """

    def __init__(
        self,
        tenant: Tenant,
        *,
        limits: ExchangeLimits | None = None,
        environ: Mapping[str, str] = os.environ,
        on_slow: Callable[[float, str], None] = lambda _seconds, _reason: None,
    ) -> None:
        self._tenant = tenant
        self._on_slow = on_slow
        self._limits = limits or ExchangeLimits()
        self._ca_variable = next((name for name in _CA_VARIABLES if environ.get(name)), None)
        self._verify: str | bool = environ[self._ca_variable] if self._ca_variable else True
        self._proxies = {} if tenant.is_loopback else get_environ_proxies(tenant.url)
        self._idle: deque[requests.Session] = deque()

    def exchange(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send one request and return its answer, whatever its status.

        Args:
            method: in capitals.
            target: path, percent-encoded, and query.
            headers: besides those that HTTP itself needs.
            body: as it goes over the wire.

        Raises:
            TransportError: if no complete answer came.
        """
        limit_s = self._limits.whole_answer_s
        ends_at_s = time.monotonic() + limit_s
        what = f"the answer to {method} {target.partition('?')[0]}"
        slow = threading.Timer(SLOW_S, self._on_slow, (limit_s, what))
        slow.daemon = True
        slow.start()
        token = _ends_at_s.set(ends_at_s)
        try:
            with self._session() as session:
                return self._exchange(session, method, target, headers, body)
        except TransportError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - what a hostile answer makes the libraries raise has no end
            failure = transport_error(
                error,
                self._tenant.authority,
                connect_s=self._limits.connect_s,
                read_s=self._limits.read_s,
                ca_variable=self._ca_variable,
                proxy=self._proxy(),
            )
            if time.monotonic() >= ends_at_s:
                failure = TransportError(
                    f"the answer was not complete within {limit_s:g} s",
                    "Check the network between this machine and the tenant, then run again.",
                )
        finally:
            _ends_at_s.reset(token)
            slow.cancel()
        # Raised out here, so that the library's exception, which holds the request with its secrets, is not chained.
        raise failure

    def close(self) -> None:
        """Close the connections that are not in use."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _exchange(
        self, session: requests.Session, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        with session.request(
            method,
            self._tenant.url + target,
            headers=dict(headers),
            data=body,
            timeout=(self._limits.connect_s, self._limits.read_s),
            allow_redirects=False,
            stream=True,
            verify=self._verify,
            proxies=self._proxies,
        ) as response:
            if "," in response.headers.get("content-encoding", ""):  # layers that multiply when they are unpacked
                raise TransportError("the answer is compressed more than once", CHECK_DOMAIN, unreadable=True)
            content = bytearray()
            for chunk in response.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > self._limits.answer_bytes:
                    raise TransportError(
                        f"the answer is larger than {self._limits.answer_bytes / _MEBIBYTE:.0f} MiB",
                        CHECK_DOMAIN,
                        transient=False,
                        unreadable=True,
                    )
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(content))

    def _proxy(self) -> str | None:
        """Return host and port of the proxy that requests go through, without its password."""
        url = select_proxy(self._tenant.url, self._proxies)
        return escape_line(url.rpartition("@")[2].rpartition("://")[2].strip("/")) if url else None

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """Lend a session; a `requests` session is not promised to be safe for two threads at once."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._new_session()
        try:
            yield session
        finally:
            self._idle.append(session)

    @staticmethod
    def _new_session() -> requests.Session:
        session = requests.Session()
        session.mount("https://", _Adapter())
        session.mount("http://", _Adapter())
        session.trust_env = False  # or a password of ~/.netrc would take the token's place
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session


class _TimedReader(io.RawIOBase):
    """Reads from a socket until the exchange's time is over.

    The time-out of a socket starts anew with each byte, so that headers or bodies that trickle would never meet it.
    (For a TLS handshake, and for what is sent, Python counts it as a whole.)
    """

    def __init__(self, opened: socket.socket, reader: io.RawIOBase) -> None:
        self._socket = opened
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - as the base class has it
        left_s = _ends_at_s.get() - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._socket.settimeout(min(left_s, self._socket.gettimeout() or left_s))
        return self._reader.readinto(buffer)

    def close(self) -> None:
        self._reader.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the library has it
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _TimedResponse


class _TlsConnection(HTTPSConnection):
    response_class = _TimedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Connects directly and through a proxy, in bounded time."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the library has it
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:  # noqa: ANN401 - as the library has it
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager
