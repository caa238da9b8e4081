"""The address of a tenant, as users write it in ``auth0:domain``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFAULT_PORTS = {("https", 443), ("http", 80)}

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_ADDRESS = re.compile(rf"(?:(?P<scheme>https?)://)?(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?/?")
_LOOPBACK = re.compile(r"localhost|127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}")  # RFC 1122, section 3.2.1.3: 127.0.0.0/8
_EXAMPLE = "write it as acme.eu.auth0.com or https://acme.eu.auth0.com"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's address, in lower case and without the scheme's own port: one tenant has one spelling and audience."""

    scheme: str
    authority: str  # ``host[:port]``: what messages call the tenant

    @classmethod
    def parse(cls, text: str) -> Tenant:
        """Read ``host``, ``host:port`` or ``https://host[:port]``, each with or without a last slash.

        ``http://`` is accepted only for loopback: anywhere else the client secret would cross the network in the clear.

        Raises:
            ValueError: if it is anything else; the message is one sentence without the property's name, and never
                repeats what stands before an ``@``, which may be a password.
        """
        if "@" in text:
            raise ValueError(f"the tenant's domain contains a user name (the part before the @); {_EXAMPLE}")
        parts = _ADDRESS.fullmatch(text.lower())
        if parts is None or int(parts["port"] or 1) not in range(1, 65536):
            raise ValueError(f"{text!r} is not the address of a tenant; {_EXAMPLE}")
        scheme, port = parts["scheme"] or "https", int(parts["port"] or 0)
        is_default = not port or (scheme, port) in _DEFAULT_PORTS
        tenant = cls(scheme, parts["host"] if is_default else f"{parts['host']}:{port}")
        if scheme == "http" and not tenant.is_loopback:
            raise ValueError(f"{text!r} is not encrypted; http:// is accepted only for loopback, use https://")
        return tenant

    @property
    def url(self) -> str:
        """``https://host[:port]``, without a last slash."""
        return f"{self.scheme}://{self.authority}"

    @property
    def audience(self) -> str:
        """The identifier of the tenant's Management API: what a token for it is asked for."""
        return f"{self.url}/api/v2/"

    @property
    def is_loopback(self) -> bool:
        """Whether the tenant is on this machine."""
        return _LOOPBACK.fullmatch(self.authority.partition(":")[0]) is not None
