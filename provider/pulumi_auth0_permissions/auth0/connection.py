"""One request, one answer, in bounded time and memory: the only module that speaks HTTP, by `requests`."""

import http.client
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, InvalidProxyURL, InvalidSchema, ProxyError
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import LocationParseError, NewConnectionError

from pulumi_auth0_permissions.auth0.address import is_loopback
from pulumi_auth0_permissions.auth0.errors import CHECK_DOMAIN, ManagementApiError
from pulumi_auth0_permissions.core.text import escape_line

SLOW_S = 10.0  # a longer wait for an answer is announced

# In this order: the first two are those of `requests`; the last is OpenSSL's, which most other tools honour.
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

_ends_at_s: ContextVar[float] = ContextVar("ends_at_s")  # of this thread's exchange, by `time.monotonic`


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers and the decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """Exchanges requests and answers with one tenant; safe to share between threads.

    Redirects are not followed and cookies not kept: the Management API uses neither, and a redirect must not carry a
    secret elsewhere. Proxies are taken from the environment (``HTTPS_PROXY``, ``NO_PROXY``), but for a tenant on this
    machine, and so are the certificates to trust.

    If an answer takes longer than `SLOW_S`, ``on_slow`` is called with the limit in seconds and with what it is.
    """

    connect_s = 10.0  # for TCP and TLS each
    read_s = 30.0  # of silence
    whole_answer_s = 60.0  # from connecting to the last byte, however steadily they trickle
    answer_bytes = 16 << 20  # in memory up to ten times that; 100 APIs of 1000 permissions take 10 MiB

    def __init__(self, url: str, on_slow: Callable[[float, str], None]) -> None:
        self._url = url
        self._on_slow = on_slow
        self._trusted = next(filter(None, map(os.environ.get, _CA_VARIABLES)), True)
        self._proxies = {} if is_loopback(url) else get_environ_proxies(url)
        # Shared by all threads: what a session changes while it is used are its cookies, and here it keeps none.
        self._session = requests.Session()
        self._session.mount("https://", _Adapter())
        self._session.mount("http://", _Adapter())
        self._session.trust_env = False  # or a password of ~/.netrc would take the token's place
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def exchange(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send one request to a path, percent-encoded, with its query, and return the answer, whatever its status."""
        _ends_at_s.set(time.monotonic() + self.whole_answer_s)
        what = f"the answer to {method} {target.partition('?')[0]}"
        slow = threading.Timer(SLOW_S, self._on_slow, (self.whole_answer_s, what))
        slow.daemon = True
        slow.start()
        try:
            return self._exchange(method, target, headers, body)
        except ManagementApiError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - what a hostile answer makes the libraries raise has no end
            failure = self._failure(error)
        finally:
            slow.cancel()
        # Raised out here, so that the library's exception, which holds the request with its secrets, is not chained.
        raise failure

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._session.close()

    def _exchange(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        with self._session.request(
            method,
            self._url + target,
            headers=dict(headers),
            data=body,
            timeout=(self.connect_s, self.read_s),
            allow_redirects=False,
            stream=True,
            verify=self._trusted,
            proxies=self._proxies,
        ) as response:
            useless = partial(ManagementApiError, next_action=CHECK_DOMAIN, nothing_was_written=False)
            if "," in response.headers.get("content-encoding", ""):  # layers that multiply when they are unpacked
                raise useless("the answer is compressed more than once")
            content = bytearray()
            for chunk in response.iter_content(64 << 10):
                content += chunk
                if len(content) > self.answer_bytes:
                    raise useless(f"the answer is larger than {self.answer_bytes >> 20} MiB")
            return Answer(response.status_code, response.headers, bytes(content))

    def _failure(self, error: Exception) -> ManagementApiError:
        """Say why there is no answer, and what to do about it."""
        next_action = "Run again; https://status.auth0.com reports outages."
        if time.monotonic() >= _ends_at_s.get():
            what = f"the answer was not complete within {self.whole_answer_s:g} s"
            return ManagementApiError(what, next_action, nothing_was_written=False, is_transient=True)
        host, proxy = urlsplit(self._url).netloc, select_proxy(self._url, self._proxies)
        if proxy:  # without the user name and password that may stand before an @
            host += f" through the proxy {escape_line(proxy.rpartition('@')[2].rpartition('://')[2].strip('/'))}"
        causes: list[BaseException] = [error]
        while cause := causes[-1].__cause__ or causes[-1].__context__:
            causes.append(cause)
        found = _DETAIL.search("\n".join(map(str, causes)))
        detail = found[found.lastindex or 0] if found else type(error).__name__
        if type(error) is OSError or any(isinstance(cause, ssl.SSLError) for cause in causes):
            return ManagementApiError(
                f"no trusted connection to {host} can be made ({detail})",
                "Check the port in auth0:domain; if an authority of your own signed its certificate, name its PEM file "
                "in REQUESTS_CA_BUNDLE or SSL_CERT_FILE.",
                nothing_was_written=False,  # mostly it was not sent, but a record of another kind may come at any time
            )
        if any(isinstance(cause, _UNSENT) for cause in causes):
            return ManagementApiError(
                f"no connection to {host} can be made ({detail})",
                "Check auth0:domain, that the tenant is up, and this machine's network, name server and HTTPS_PROXY.",
                is_transient=True,
            )
        what = f"no complete answer came from {host} ({detail})"
        return ManagementApiError(what, next_action, nothing_was_written=False, is_transient=True)


# Nothing of the libraries' texts is repeated but what this has in brackets: they may hold URLs with passwords.
_DETAIL = re.compile(
    r"Tunnel connection failed: (\d{3}[ \w-]{0,60})|certificate verify failed: ([^(\n]+[^(.\s])"
    r"|\] ((?:wrong version|unknown proto|http req|no cert)[\w ]*\w)|\[\w+ -?\d+\] ([\w ]+)|(timed out)"
    r"|(\w[\w ]* CA certificate bundle)"
)
_UNSENT = (NewConnectionError, ConnectTimeout, ProxyError, InvalidProxyURL, InvalidSchema, LocationParseError)


class _TimedReader(socket.SocketIO):
    """Reads from a socket until the exchange's time is over.

    The time-out of a socket starts anew with each byte, so that headers or bodies that trickle would never meet it.
    (For a TLS handshake, and for what is sent, Python counts it as a whole.)
    """

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - as the base class has it
        opened: socket.socket = self._sock  # type: ignore[attr-defined]
        left_s = _ends_at_s.get() - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        opened.settimeout(min(left_s, opened.gettimeout() or left_s))
        return super().readinto(buffer)


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the library has it
        super().__init__(sock, *args, **kwargs)
        self.fp.raw.__class__ = _TimedReader  # the library makes this object itself, and can be given no other


class _Adapter(HTTPAdapter):
    """Connects directly and through a proxy, and reads in bounded time."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the library has it
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = type("Connection", (type(pool).ConnectionCls,), {"response_class": _TimedResponse})
        return pool
