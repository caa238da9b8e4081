"""Why no answer came: the exceptions of `requests`, `urllib3` and the system, in sentences of our own."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError, LocationParseError

from pulumi_auth0_permissions.auth0.domain import Tenant

__all__ = ["CHECK_DOMAIN", "NoAnswer", "explain"]

CHECK_DOMAIN = "Check that auth0:domain names an Auth0 tenant and that no proxy answers in its place."

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}[ \w-]{0,60})")
_NO_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")


class NoAnswer(Exception):
    """Raised when no complete answer came; says nothing yet about what that means for the request.

    Attributes:
        what: one sentence, without a full stop.
        next_action: one sentence.
        was_sent: whether (a part of) the request may have reached the tenant.
        transient: whether another attempt may fare better.
        unreadable: whether an answer came that can't be taken.
    """

    def __init__(
        self,
        what: str,
        next_action: str,
        *,
        was_sent: bool = True,
        transient: bool = True,
        unreadable: bool = False,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.next_action = next_action
        self.was_sent = was_sent
        self.transient = transient
        self.unreadable = unreadable


class _Limits(Protocol):
    @property
    def connect_s(self) -> float: ...
    @property
    def read_s(self) -> float: ...


def explain(
    error: Exception, tenant: Tenant, limits: _Limits, ca_variable: str | None, proxy: str | None = None
) -> NoAnswer:
    """Tell in one sentence why there is no answer, and in one what to do.

    Nothing of the libraries' texts is repeated but the reason of a certificate's rejection and a proxy's status:
    they may hold URLs with passwords.

    Args:
        error: what `requests` raised.
        tenant: where the request went.
        limits: the time-outs that were set.
        ca_variable: the environment variable that names the certificates to trust, if one does.
        proxy: host and port of the proxy that the request went through, if it did.
    """
    causes = list(_causes(error))
    where = tenant.authority
    found = _of_certificates(error, causes, where, ca_variable) or _of_proxy(causes, where, proxy)
    if found is not None:
        return found
    if proxy is not None:
        where += f" through the proxy {proxy}"
    return _of_connecting(causes, where, limits) or _of_waiting(error, where, limits)


def _of_certificates(
    error: Exception, causes: list[BaseException], where: str, ca_variable: str | None
) -> NoAnswer | None:
    if ca_variable and isinstance(error, OSError) and "CA certificate bundle" in str(error):
        return NoAnswer(
            f"the file of trusted certificates that {ca_variable} names does not exist",
            f"Correct {ca_variable}, or unset it to trust the usual authorities.",
            was_sent=False,
            transient=False,
        )
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NoAnswer(
                f"the certificate of {where} is not trusted ({cause.verify_message})",
                "If it is signed by an authority of your own, name its PEM file in REQUESTS_CA_BUNDLE or "
                "SSL_CERT_FILE.",
                was_sent=False,
                transient=False,
            )
        if isinstance(cause, ssl.SSLError) and any(mark in str(cause) for mark in _NO_TLS):
            return NoAnswer(
                f"{where} does not speak TLS",
                "Check the port in auth0:domain.",
                was_sent=False,
                transient=False,
            )
        if isinstance(cause, ssl.SSLError) and ca_variable and cause.reason in {None, "NO_CERTIFICATE_OR_CRL_FOUND"}:
            return NoAnswer(
                f"the file that {ca_variable} names holds no certificate",
                f"Correct {ca_variable}, or unset it to trust the usual authorities.",
                was_sent=False,
                transient=False,
            )
    return None


def _of_proxy(causes: list[BaseException], where: str, proxy: str | None) -> NoAnswer | None:
    check = "Check HTTPS_PROXY and NO_PROXY in the environment."
    unusable = requests.exceptions.InvalidProxyURL | requests.exceptions.InvalidSchema | LocationParseError
    if any(isinstance(cause, unusable) for cause in causes):
        return NoAnswer("HTTPS_PROXY names no proxy that can be used", check, was_sent=False, transient=False)
    if not any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return None
    name = f"the proxy {proxy}" if proxy else "the proxy"
    if tunnel := next((found for cause in causes if (found := _TUNNEL.search(str(cause)))), None):
        refused = tunnel[1].startswith("4")  # it will not think again
        what = f"{name} does not connect to {where} ({tunnel[1]})"
        return NoAnswer(what, check, was_sent=False, transient=not refused)
    what = f"{name} cannot be reached, so there is no way to {where}"
    return NoAnswer(what, check, was_sent=False)


def _of_connecting(causes: list[BaseException], where: str, limits: _Limits) -> NoAnswer | None:
    for cause in causes:
        if isinstance(cause, requests.exceptions.ConnectTimeout):
            return NoAnswer(
                f"no connection to {where} within {limits.connect_s:g} s",
                "Check auth0:domain, and whether a firewall or a proxy (HTTPS_PROXY) stands in between.",
                was_sent=False,
            )
        if isinstance(cause, socket.gaierror):
            return NoAnswer(
                f"the host name of {where} can't be resolved",
                "Check auth0:domain, and that this machine reaches a name server.",
                was_sent=False,
                transient=cause.errno == socket.EAI_AGAIN,
            )
        if isinstance(cause, ConnectionRefusedError):
            return NoAnswer(
                f"{where} refuses connections",
                "Check auth0:domain, and that the tenant is up.",
                was_sent=False,
            )
        if isinstance(cause, OSError) and cause.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
            return NoAnswer(
                f"there is no route to {where}",
                "Check this machine's network.",
                was_sent=False,
            )
    return None


def _of_waiting(error: Exception, where: str, limits: _Limits) -> NoAnswer:
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return NoAnswer(
            "the answer can't be decompressed",
            CHECK_DOMAIN,
            unreadable=True,
        )
    if _timed_out(error):
        return NoAnswer(
            f"no answer from {where} within {limits.read_s:g} s",
            "Run again; https://status.auth0.com tells about outages.",
        )
    if not isinstance(error, requests.RequestException | HTTPError | OSError):
        return NoAnswer(f"the answer can't be read ({type(error).__name__})", CHECK_DOMAIN, unreadable=True)
    return NoAnswer(
        f"the connection to {where} was dropped before the answer was complete",
        "Run again; https://status.auth0.com tells about outages.",
    )


def _timed_out(error: BaseException) -> bool:
    # While the body is read, `requests` wraps a read time-out into a plain ConnectionError.
    return any(isinstance(cause, requests.exceptions.ReadTimeout | TimeoutError) for cause in _causes(error))


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
