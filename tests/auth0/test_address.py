"""The tenant's address as users write it."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.auth0.address import Tenant


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("acme.eu.auth0.com", "https://acme.eu.auth0.com"),
        ("ACME.eu.Auth0.com", "https://acme.eu.auth0.com"),
        ("acme.eu.auth0.com/", "https://acme.eu.auth0.com"),
        ("https://acme.eu.auth0.com", "https://acme.eu.auth0.com"),
        ("HTTPS://acme.eu.auth0.com/", "https://acme.eu.auth0.com"),
        ("https://acme.eu.auth0.com:443", "https://acme.eu.auth0.com"),
        ("acme.eu.auth0.com:8443", "https://acme.eu.auth0.com:8443"),
        ("acme.eu.auth0.com:65535", "https://acme.eu.auth0.com:65535"),
        ("https://127.0.0.1:9000/", "https://127.0.0.1:9000"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://127.255.255.255", "http://127.255.255.255"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:9000", "http://[::1]:9000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_spellings_of_one_tenant_are_one(text: str, url: str) -> None:
    """Scheme, case, default port and a last slash make no difference."""
    assert Tenant.parse(text).url == url


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no valid host name"),
        (" acme.eu.auth0.com", "spaces"),
        ("acme.eu.auth0.com\n", "spaces or control"),
        ("acme\x00.eu.auth0.com", "control characters"),
        ("https://", "no valid host name"),
        ("https://acme.eu.auth0.com/api/v2/", "path"),
        ("https://acme.eu.auth0.com//", "path"),
        ("acme.eu.auth0.com?x=1", "query"),
        ("acme.eu.auth0.com#x", "fragment"),
        ("ftp://acme.eu.auth0.com", "starts with ftp://"),
        ("https://acme.eu.auth0.com:0", "port '0'"),
        ("https://acme.eu.auth0.com:65536", "port '65536'"),
        ("https://acme.eu.auth0.com:", "port ''"),
        ("https://acme.eu.auth0.com:٣", "port '٣'"),
        ("acme..auth0.com", "no valid host name"),
        ("https://[::::]", "no valid host name"),
        ("https://[1.2.3.4]", "no valid host name"),
        ("[::1", "no valid host name"),
        ("-acme.auth0.com", "no valid host name"),
        ("acme.auth0.com.", "no valid host name"),
        ("bücher.example", "no valid host name"),
        (f"{'a' * 64}.example", "no valid host name"),
        ("http://acme.eu.auth0.com", "only for loopback"),
        ("http://127.0.0.1.evil.example", "only for loopback"),
        ("http://128.0.0.1", "only for loopback"),
        ("http://127.0.0.256", "only for loopback"),
        ("http://localhost.evil.example", "only for loopback"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, reason: str) -> None:
    """What is no address of a tenant is refused in a sentence that names what is wrong with it."""
    with pytest.raises(ValueError, match=reason):
        Tenant.parse(text)


def test_a_password_in_the_address_is_not_repeated() -> None:
    """An address with user name and password is refused without showing either."""
    with pytest.raises(ValueError, match="user name") as caught:
        Tenant.parse("https://admin:hunter2@acme.eu.auth0.com")

    assert "hunter2" not in str(caught.value)


def test_the_audience_is_the_management_api_of_the_tenant() -> None:
    """A token is asked for the identifier of the Management API, which ends in a slash."""
    assert Tenant.parse("acme.eu.auth0.com").audience == "https://acme.eu.auth0.com/api/v2/"
