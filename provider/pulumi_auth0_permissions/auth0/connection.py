"""One request, one answer, in bounded time and memory: the only module that speaks HTTP, by `requests`."""

from __future__ import annotations

import http.client
import io
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectTimeout,
    InvalidProxyURL,
    InvalidSchema,
    ProxyError,
    ReadTimeout,
)
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import LocationParseError, NewConnectionError

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.errors import CHECK_DOMAIN, TransportError
from pulumi_auth0_permissions.core.text import escape_line

SLOW_S = 10.0  # after which somebody who watches wonders what is going on
_CHUNK_BYTES = 64 * 1024
_MEBIBYTE = 1024 * 1024

# In this order; the first two are those of `requests`, OpenSSL's own variable is what other tools on a machine honour.
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

_ends_at_s: ContextVar[float] = ContextVar("ends_at_s")  # of this thread's exchange, by `time.monotonic`


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (names in lower case) and the decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """Exchanges requests and answers with one tenant; safe to share between threads.

    Redirects are not followed and cookies not kept: the Management API uses neither, and a redirect must not carry a
    secret elsewhere. Proxies are taken from the environment (``HTTPS_PROXY``, ``NO_PROXY``), but for a tenant on this
    machine, and so are the certificates to trust.

    Args:
        tenant: where requests go.
        on_slow: called for an answer that takes long: the seconds that it is waited for at most, and what it is.
    """

    connect_s = 10.0  # for TCP and TLS each
    read_s = 30.0  # of silence
    whole_answer_s = 60.0  # from connecting to the last byte, however steadily they trickle
    answer_bytes = 16 * _MEBIBYTE  # as JSON in memory up to 25 times that; 100 APIs of 1000 permissions take 10 MiB

    def __init__(self, tenant: Tenant, on_slow: Callable[[float, str], None]) -> None:
        self._tenant = tenant
        self._on_slow = on_slow
        self._ca_variable = next((name for name in _CA_VARIABLES if os.environ.get(name)), None)
        self._verify: str | bool = os.environ[self._ca_variable] if self._ca_variable else True
        self._proxies = {} if tenant.is_loopback else get_environ_proxies(tenant.url)
        # Shared by all threads: what a session changes while it is used are its cookies, and here it keeps none.
        self._session = requests.Session()
        self._session.mount("https://", _Adapter())
        self._session.mount("http://", _Adapter())
        self._session.trust_env = False  # or a password of ~/.netrc would take the token's place
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

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
        ends_at_s = time.monotonic() + self.whole_answer_s
        what = f"the answer to {method} {target.partition('?')[0]}"
        slow = threading.Timer(SLOW_S, self._on_slow, (self.whole_answer_s, what))
        slow.daemon = True
        slow.start()
        token = _ends_at_s.set(ends_at_s)
        try:
            return self._exchange(method, target, headers, body)
        except TransportError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - what a hostile answer makes the libraries raise has no end
            failure = self._failure(error)
            if time.monotonic() >= ends_at_s:
                failure = TransportError(
                    f"the answer was not complete within {self.whole_answer_s:g} s",
                    "Check the network between this machine and the tenant, then run again.",
                )
        finally:
            _ends_at_s.reset(token)
            slow.cancel()
        # Raised out here, so that the library's exception, which holds the request with its secrets, is not chained.
        raise failure

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._session.close()

    def _exchange(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        with self._session.request(
            method,
            self._tenant.url + target,
            headers=dict(headers),
            data=body,
            timeout=(self.connect_s, self.read_s),
            allow_redirects=False,
            stream=True,
            verify=self._verify,
            proxies=self._proxies,
        ) as response:
            if "," in response.headers.get("content-encoding", ""):  # layers that multiply when they are unpacked
                raise TransportError("the answer is compressed more than once", CHECK_DOMAIN)
            content = bytearray()
            for chunk in response.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > self.answer_bytes:
                    what = f"the answer is larger than {self.answer_bytes / _MEBIBYTE:.0f} MiB"
                    raise TransportError(what, CHECK_DOMAIN, transient=False)
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(content))

    def _failure(self, error: Exception) -> TransportError:
        """Say why there is no answer, and what to do about it."""
        url = select_proxy(self._tenant.url, self._proxies)
        # Without the user name and password that may stand before an @.
        proxy = f"the proxy {escape_line(url.rpartition('@')[2].rpartition('://')[2].strip('/'))}" if url else ""
        facts = {
            "host": self._tenant.authority,
            "via": f" through {proxy}" if proxy else "",
            "proxy": proxy or "the proxy",
            "variable": self._ca_variable or "SSL_CERT_FILE",
            "read_s": f"{self.read_s:g}",
            "kind": type(error).__name__,
        }
        causes = list(_causes(error))
        row, found = next(
            (row, found)
            for row in _ROWS
            for cause in causes
            if isinstance(cause, row.kinds) and (found := re.search(row.pattern, str(cause)))
        )
        detail = next(filter(None, found.groups()), "no reason given")
        what = row.what.format_map({**facts, "detail": detail})
        return TransportError(what, row.next_action.format_map(facts), **row.consequences)


class _Row(NamedTuple):
    """What an exception of `requests`, `urllib3` or the system means, in sentences of our own.

    Nothing of the libraries' texts is repeated but ``{detail}``, what the pattern has in brackets: they may hold URLs
    with passwords.
    """

    kinds: type[BaseException] | tuple[type[BaseException], ...]
    pattern: str  # found in the exception's text
    what: str
    next_action: str
    consequences: Mapping[str, bool]  # attributes of a `TransportError`


_FINAL = {"was_sent": False, "transient": False}
_USELESS = {"transient": False}
_NOT_SENT = {"was_sent": False}
_LOST: Mapping[str, bool] = {}
_TRY_LATER = "Run again; https://status.auth0.com reports outages."
_REASON = r"Tunnel connection failed: (\d{3}[ \w-]{0,60})|\[\w+ -?\d+\] ([\w ]+)|(timed out)|$"
_ROWS = (
    _Row(
        OSError,
        "CA certificate bundle",
        "the file of trusted certificates that {variable} names does not exist",
        "Correct {variable}, or unset it to trust the usual authorities.",
        _FINAL,
    ),
    _Row(
        ssl.SSLError,
        r"certificate verify failed: ([^(]+[^(. ])|\] ((?:wrong version|unknown proto|http req|no cert)[\w ]*\w)",
        "no trusted connection to {host} can be made ({detail})",
        "Check the port in auth0:domain; if an authority of your own signed its certificate, name its PEM file in "
        "REQUESTS_CA_BUNDLE or SSL_CERT_FILE.",
        _USELESS,  # mostly not sent, but a record of another kind may come at any time
    ),
    _Row(
        (ProxyError, InvalidProxyURL, InvalidSchema, LocationParseError),
        _REASON,
        "{proxy} does not connect to {host} ({detail})",
        "Check HTTPS_PROXY and NO_PROXY in the environment.",
        _NOT_SENT,
    ),
    _Row(
        (NewConnectionError, ConnectTimeout),
        _REASON,
        "no connection to {host}{via} can be made ({detail})",
        "Check auth0:domain, that the tenant is up, and this machine's network, name server and proxy (HTTPS_PROXY).",
        _NOT_SENT,
    ),
    # While the body is read, `requests` wraps a read time-out into a plain ConnectionError.
    _Row((ReadTimeout, TimeoutError), "", "no answer from {host}{via} within {read_s} s", _TRY_LATER, _LOST),
    _Row(
        (requests.ConnectionError, ChunkedEncodingError, ConnectionError),
        "",
        "the connection to {host}{via} was dropped before the answer was complete",
        _TRY_LATER,
        _LOST,
    ),
    _Row(Exception, "", "the answer cannot be read ({kind})", CHECK_DOMAIN, _LOST),
)
"""The first that fits the exception, or one that led to it, counts."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and everything that led to it; libraries keep that in four places."""
    queue, seen = [error], set[int]()
    while queue:
        cause = queue.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        linked = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        queue += [link for link in linked if isinstance(link, BaseException)]


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


class _Adapter(HTTPAdapter):
    """Connects directly and through a proxy, in bounded time."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the library has it
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _TlsConnection if pool.scheme == "https" else _Connection
        return pool
