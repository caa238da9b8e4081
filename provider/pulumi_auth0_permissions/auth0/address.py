"""The address of a tenant, as users write it in ``auth0:domain``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address

_MAX_HOST_LENGTH = 253  # characters; RFC 1035, section 2.3.4, without the length octets
_MAX_PORT = 65535
_DEFAULT_PORT = {"https": 443, "http": 80}

_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_IPV4_LOOPBACK = re.compile(r"127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}")  # RFC 1122, section 3.2.1.3: 127.0.0.0/8
_EXAMPLE = "write it as acme.eu.auth0.com or https://acme.eu.auth0.com"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's address: scheme, host (lower case, brackets around IPv6) and port.

    The port is ``None`` where it is the scheme's own, so that one tenant has one spelling (and one audience).
    """

    scheme: str
    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Tenant:
        """Read ``host``, ``host:port`` or ``https://host[:port]``, each with or without a last slash.

        ``http://`` is accepted only for loopback: anywhere else the client secret would cross the network in the clear.

        Raises:
            ValueError: if it is anything else; the message is one sentence without the property's name, and never
                repeats what stands before an ``@``, which may be a password.
        """
        if any(character.isspace() or not character.isprintable() for character in text):
            raise ValueError(f"the tenant's domain contains spaces or control characters; {_EXAMPLE}")
        if "@" in text:
            raise ValueError(f"the tenant's domain contains a user name (the part before the @); {_EXAMPLE}")
        scheme, separator, rest = text.partition("://")
        scheme = scheme.lower()
        if not separator:
            scheme, rest = "https", text
        if scheme not in _DEFAULT_PORT:
            raise ValueError(f"{text!r} starts with {scheme}://; {_EXAMPLE}")
        rest = rest.removesuffix("/")
        if any(mark in rest for mark in "/?#\\"):
            raise ValueError(f"{text!r} contains a path, query or fragment; {_EXAMPLE}")
        host, port = _split_port(text, rest)
        if len(host) > _MAX_HOST_LENGTH or not (_HOST_NAME.fullmatch(host) or _is_ipv6(host)):
            raise ValueError(f"{text!r} has no valid host name; {_EXAMPLE}")
        if scheme == "http" and not _is_loopback(host):
            raise ValueError(
                f"{text!r} is not encrypted; http:// is accepted only for loopback addresses, use https://{rest}"
            )
        return cls(scheme, host, None if port == _DEFAULT_PORT[scheme] else port)

    @property
    def url(self) -> str:
        """``https://host[:port]``, without a last slash."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """``host[:port]``: what messages call the tenant."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def audience(self) -> str:
        """The identifier of the tenant's Management API: what a token for it is asked for."""
        return f"{self.url}/api/v2/"

    @property
    def is_loopback(self) -> bool:
        """Whether the tenant is on this machine."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        return self.url


def _split_port(text: str, rest: str) -> tuple[str, int | None]:
    host, separator, digits = rest.rpartition(":")
    if not separator or rest.endswith("]"):
        return rest.lower(), None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) <= _MAX_PORT):
        raise ValueError(f"{text!r} has the port {digits!r}, which must be a number from 1 to {_MAX_PORT}")
    return host.lower(), int(digits)


def _is_ipv6(host: str) -> bool:
    try:
        return host[:1] == "[" and host[-1:] == "]" and "%" not in host and bool(IPv6Address(host[1:-1]))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "[::1]"} or _IPV4_LOOPBACK.fullmatch(host) is not None
