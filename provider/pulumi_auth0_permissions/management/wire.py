"""One request, one answer: the only module that speaks HTTP, by `requests`; no retries and no meaning in here."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from pulumi_auth0_permissions.management.breakage import NoAnswer, explain
from pulumi_auth0_permissions.management.domain import Tenant

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
        whole_answer_s: seconds from sending to the last byte, however steadily they trickle.
        answer_bytes: the largest body; a page of 100 APIs of 1000 permissions each takes about 10 MiB.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    whole_answer_s: float = 120.0
    answer_bytes: int = 64 * _MEBIBYTE


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
        clock: seconds that only grow.
    """

    def __init__(
        self,
        tenant: Tenant,
        *,
        limits: WireLimits | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tenant = tenant
        self._limits = limits or WireLimits()
        self._ca_variable = next((name for name in _CA_VARIABLES if environ.get(name)), None)
        self._verify: str | bool = environ[self._ca_variable] if self._ca_variable else True
        self._clock = clock
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
        with self._session() as session:
            try:
                return self._exchange(session, method, target, headers, body, bearer)
            except NoAnswer as error:
                broken = error
            except (requests.RequestException, HTTPError, OSError) as error:
                broken = explain(error, self._tenant, self._limits, self._ca_variable)
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
        deadline = self._clock() + self._limits.whole_answer_s
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
            content = bytearray()
            for chunk in response.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > self._limits.answer_bytes:
                    raise NoAnswer(
                        f"the answer is larger than {self._limits.answer_bytes / _MEBIBYTE:.0f} MiB",
                        "Check that auth0:domain names an Auth0 tenant.",
                        transient=False,
                        unreadable=True,
                    )
                if self._clock() > deadline:
                    raise NoAnswer(
                        f"the answer was not complete within {self._limits.whole_answer_s:.0f} s",
                        "Check the network between this machine and the tenant, then run again.",
                    )
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(content))

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
