"""One request, one answer: the only module that speaks HTTP, by `requests`; no retries and no meaning in here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies, select_proxy

from pulumi_auth0_permissions.auth0.breakage import CHECK_DOMAIN, NoAnswer, explain
from pulumi_auth0_permissions.auth0.deadline import Cutter, DeadlineAdapter
from pulumi_auth0_permissions.auth0.domain import Tenant
from pulumi_auth0_permissions.core.wording import one_line

__all__ = ["Answer", "Wire", "WireLimits"]

_CHUNK_BYTES = 64 * 1024
_MEBIBYTE = 1024 * 1024

# In this order; `requests` itself reads the first two, OpenSSL's own variable is what other tools on a machine honour.
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class WireLimits:
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


class Wire:
    """Exchanges requests and answers with one tenant; safe to share between threads.

    Connections are kept open and lent to one thread at a time. Redirects are not followed and cookies not kept: the
    Management API uses neither, and a redirect must not carry a secret elsewhere.

    Args:
        tenant: where requests go.
        limits: time-outs and size.
        environ: environment variables, for the certificates to trust; proxies (``HTTPS_PROXY``, ``NO_PROXY``) are
            read by `requests` from the process's own, and passed over for a tenant on this machine.
        on_slow: called for an answer that takes long: the seconds that it is waited for at most, and what it is.
    """

    def __init__(
        self,
        tenant: Tenant,
        *,
        limits: WireLimits | None = None,
        environ: Mapping[str, str] = os.environ,
        on_slow: Callable[[float, str], None] | None = None,
    ) -> None:
        self._tenant = tenant
        self._on_slow = on_slow or (lambda _seconds, _reason: None)
        self._limits = limits or WireLimits()
        self._ca_variable = next((name for name in _CA_VARIABLES if environ.get(name)), None)
        self._verify: str | bool = environ[self._ca_variable] if self._ca_variable else True
        self._idle: list[requests.Session] = []
        self._lock = threading.Lock()

    def exchange(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        bearer: str | None = None,
    ) -> Answer:
        """Send one request and return its answer, whatever its status.

        Args:
            method: in capitals.
            target: path, percent-encoded, and query.
            headers: besides those that HTTP itself needs.
            body: as it goes over the wire.
            bearer: the token to authorize with.

        Raises:
            NoAnswer: if no complete answer came.
        """
        broken: NoAnswer

        def slow() -> None:
            self._on_slow(self._limits.whole_answer_s, f"the answer to {method} {target.partition('?')[0]}")

        with self._session() as session, Cutter(self._limits.whole_answer_s, slow) as cutter:
            try:
                answer = self._exchange(session, method, target, headers, body, bearer)
                if not cutter.cut:  # a head that was cut short passes for a complete one
                    return answer
                broken = self._too_slow()
            except NoAnswer as error:
                broken = error
            except Exception as error:  # noqa: BLE001 - what a hostile answer makes the libraries raise has no end
                broken = explain(error, self._tenant, self._limits, self._ca_variable, self._proxy())
            if cutter.cut:
                broken = self._too_slow()
        # Raised out here, so that the library's exception, which holds the request with its secrets, is not chained.
        raise broken

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _exchange(
        self,
        session: requests.Session,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        bearer: str | None,
    ) -> Answer:
        with session.request(
            method,
            self._tenant.url + target,
            headers=dict(headers),
            data=body,
            auth=_Bearer(bearer),
            timeout=(self._limits.connect_s, self._limits.read_s),
            allow_redirects=False,
            stream=True,
            verify=self._verify,
        ) as response:
            if "," in response.headers.get("content-encoding", ""):  # layers that multiply when they are unpacked
                raise NoAnswer("the answer is compressed more than once", CHECK_DOMAIN, unreadable=True)
            content = bytearray()
            for chunk in response.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > self._limits.answer_bytes:
                    raise NoAnswer(
                        f"the answer is larger than {self._limits.answer_bytes / _MEBIBYTE:.0f} MiB",
                        CHECK_DOMAIN,
                        transient=False,
                        unreadable=True,
                    )
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(content))

    def _proxy(self) -> str | None:
        """Return host and port of the proxy that requests go through, without its password."""
        if self._tenant.is_loopback:
            return None
        url = select_proxy(self._tenant.url, get_environ_proxies(self._tenant.url))
        return one_line(url.rpartition("@")[2].rpartition("://")[2].strip("/")) if url else None

    def _too_slow(self) -> NoAnswer:
        return NoAnswer(
            f"the answer was not complete within {self._limits.whole_answer_s:g} s",
            "Check the network between this machine and the tenant, then run again.",
        )

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """Lend a session; a `requests` session is not promised to be safe for two threads at once."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        session = session or self._new_session()
        try:
            yield session
        finally:
            with self._lock:
                self._idle.append(session)

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.mount("https://", DeadlineAdapter())
        session.mount("http://", DeadlineAdapter())
        session.trust_env = not self._tenant.is_loopback
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session


class _Bearer(AuthBase):
    """Sets the token; being there at all, it keeps `requests` from putting a password of ~/.netrc in its place."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request
