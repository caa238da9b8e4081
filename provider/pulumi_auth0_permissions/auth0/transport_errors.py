"""Why no answer came: the exceptions of `requests`, `urllib3` and the system, in sentences of our own."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

import requests
from urllib3.exceptions import HTTPError, LocationParseError

CHECK_DOMAIN = "Check that auth0:domain names an Auth0 tenant and that no proxy answers in its place."
_CHECK_PROXY = "Check HTTPS_PROXY and NO_PROXY in the environment."
_TRY_LATER = "Run again; https://status.auth0.com reports outages."

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}[ \w-]{0,60})")
_NO_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")


@dataclass(eq=False, repr=False)
class TransportError(Exception):
    """Raised when no complete answer came; says nothing yet about what that means for the request."""

    what: str  # one sentence, without a full stop
    next_action: str  # one sentence
    _: KW_ONLY
    was_sent: bool = True  # whether (a part of) the request may have reached the tenant
    transient: bool = True  # whether another attempt may fare better
    unreadable: bool = False  # whether an answer came, though one that cannot be used


def transport_error(
    error: Exception,
    host: str,
    *,
    connect_s: float,
    read_s: float,
    ca_variable: str | None = None,
    proxy: str | None = None,
) -> TransportError:
    """Say why there is no answer, and what to do about it.

    Nothing of the libraries' texts is repeated but the reason of a certificate's rejection and a proxy's status:
    they may hold URLs with passwords.

    Args:
        error: what `requests` raised.
        host: where the request went, with its port.
        connect_s: the time-out that was set for connecting, in seconds.
        read_s: the time-out that was set for an answer, in seconds.
        ca_variable: the environment variable that names the certificates to trust, if one does.
        proxy: host and port of the proxy that the request went through, if it did.
    """
    causes = list(_causes(error))
    via = f" through the proxy {proxy}" if proxy else ""
    return (
        _of_certificates(error, causes, host, ca_variable)
        or _of_proxy(causes, host, proxy)
        or _of_connecting(causes, host + via, connect_s)
        or _of_answer(error, causes, host + via, read_s)
    )


def _not_sent(what: str, next_action: str, *, transient: bool = True) -> TransportError:
    return TransportError(what, next_action, was_sent=False, transient=transient)


def _of_certificates(
    error: Exception, causes: list[BaseException], host: str, ca_variable: str | None
) -> TransportError | None:
    correct_file = f"Correct {ca_variable}, or unset it to trust the usual authorities."
    if ca_variable and isinstance(error, OSError) and "CA certificate bundle" in str(error):
        what = f"the file of trusted certificates that {ca_variable} names does not exist"
        return _not_sent(what, correct_file, transient=False)
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                return _not_sent(
                    f"the certificate of {host} is not trusted ({cause.verify_message})",
                    "If it is signed by an authority of your own, name its PEM file in REQUESTS_CA_BUNDLE or "
                    "SSL_CERT_FILE.",
                    transient=False,
                )
            case ssl.SSLError() if any(mark in str(cause) for mark in _NO_TLS):
                return _not_sent(f"{host} does not speak TLS", "Check the port in auth0:domain.", transient=False)
            case ssl.SSLError(reason=None | "NO_CERTIFICATE_OR_CRL_FOUND") if ca_variable:
                what = f"the file that {ca_variable} names contains no certificate"
                return _not_sent(what, correct_file, transient=False)
    return None


def _of_proxy(causes: list[BaseException], host: str, proxy: str | None) -> TransportError | None:
    if _has(causes, requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema, LocationParseError):
        return _not_sent("HTTPS_PROXY names no usable proxy", _CHECK_PROXY, transient=False)
    if not _has(causes, requests.exceptions.ProxyError):
        return None
    name = f"the proxy {proxy}" if proxy else "the proxy"
    if tunnel := next((match for cause in causes if (match := _TUNNEL.search(str(cause)))), None):
        is_final = tunnel[1].startswith("4")
        return _not_sent(f"{name} does not connect to {host} ({tunnel[1]})", _CHECK_PROXY, transient=not is_final)
    return _not_sent(f"{name} cannot be reached, so there is no way to {host}", _CHECK_PROXY)


def _of_connecting(causes: list[BaseException], host: str, connect_s: float) -> TransportError | None:
    for cause in causes:
        match cause:
            case requests.exceptions.ConnectTimeout():
                return _not_sent(
                    f"no connection to {host} within {connect_s:g} s",
                    "Check auth0:domain, and whether a firewall or a proxy (HTTPS_PROXY) stands in between.",
                )
            case socket.gaierror():
                return _not_sent(
                    f"the host name of {host} cannot be resolved",
                    "Check auth0:domain, and that this machine reaches a name server.",
                    transient=cause.errno == socket.EAI_AGAIN,
                )
            case ConnectionRefusedError():
                return _not_sent(f"{host} refuses connections", "Check auth0:domain, and that the tenant is up.")
            case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
                return _not_sent(f"there is no route to {host}", "Check this machine's network.")
    return None


def _of_answer(error: Exception, causes: list[BaseException], host: str, read_s: float) -> TransportError:
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return TransportError("the answer cannot be decompressed", CHECK_DOMAIN, unreadable=True)
    # While the body is read, `requests` wraps a read time-out into a plain ConnectionError.
    if _has(causes, requests.exceptions.ReadTimeout, TimeoutError):
        return TransportError(f"no answer from {host} within {read_s:g} s", _TRY_LATER)
    if not isinstance(error, requests.RequestException | HTTPError | OSError):
        return TransportError(f"the answer cannot be read ({type(error).__name__})", CHECK_DOMAIN, unreadable=True)
    return TransportError(f"the connection to {host} was dropped before the answer was complete", _TRY_LATER)


def _has(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


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
