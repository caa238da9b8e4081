"""The address of a tenant, as users write it in ``auth0:domain``."""

import re
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"https": 443, "http": 80}

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_ADDRESS = re.compile(rf"(?:(?P<scheme>https?)://)?(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?/?")
_LOOPBACK = re.compile(r"localhost|127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}")  # RFC 1122, section 3.2.1.3: 127.0.0.0/8
_EXAMPLE = "write it as acme.eu.auth0.com or https://acme.eu.auth0.com"


def tenant_url(text: str) -> str:
    """Return ``https://host[:port]`` of ``host``, ``host:port`` or a URL, each with or without a last slash.

    It is in lower case and without the scheme's own port: one tenant has one spelling. ``http://`` is accepted only for
    loopback: anywhere else the client secret would cross the network in the clear. All else is a `ValueError`, one
    sentence that never repeats what stands before an ``@``, which may be a password.
    """
    if "@" in text:
        raise ValueError(f"the tenant's domain contains a user name (the part before the @); {_EXAMPLE}")
    parts = _ADDRESS.fullmatch(text.lower())
    if parts is None or int(parts["port"] or 1) not in range(1, 65536):
        raise ValueError(f"{text!r} is not the address of a tenant; {_EXAMPLE}")
    scheme, port = parts["scheme"] or "https", int(parts["port"] or 0)
    url = f"{scheme}://{parts['host']}" + (f":{port}" if port not in {0, _DEFAULT_PORTS[scheme]} else "")
    if scheme == "http" and not is_loopback(url):
        raise ValueError(f"{text!r} is not encrypted; http:// is accepted only for loopback, use https://")
    return url


def is_loopback(url: str) -> bool:
    """Tell whether a tenant is on this machine."""
    return _LOOPBACK.fullmatch(urlsplit(url).hostname or "") is not None
