"""The tenant's address: every spelling of one tenant is the same address, and everything else is refused."""

import pytest

from pulumi_auth0_permissions.auth0.address import tenant_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("acme.eu.auth0.com", "https://acme.eu.auth0.com"),
        ("HTTPS://ACME.eu.auth0.com/", "https://acme.eu.auth0.com"),
        ("https://acme.eu.auth0.com:443", "https://acme.eu.auth0.com"),
        ("login_1.example:8443", "https://login_1.example:8443"),
        ("http://127.255.255.255:9000", "http://127.255.255.255:9000"),
        ("http://localhost:80", "http://localhost"),
    ],
)
def test_spellings_of_one_tenant_are_one(text: str, url: str) -> None:
    """Scheme, case, default port and a last slash make no difference."""
    assert tenant_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        *("", "https://", " acme.eu.auth0.com", "acme.eu.auth0.com\n", "acme\x00.eu.auth0.com", "ftp://acme.example"),
        *("https://acme.example/api/v2/", "https://acme.example//", "acme.example?x=1", "acme.example#x", "a\\b"),
        *("https://acme.example:0", "https://acme.example:65536", "https://acme.example:", "https://acme.example:٣"),
        *("acme..auth0.com", "-acme.auth0.com", "acme.auth0.com.", "bücher.example", f"{'a' * 64}.example"),
        *("https://[::1]", "https://[::::]", "[::1"),
        *(f"http://{host}" for host in ("acme.example", "127.0.0.1.evil.example", "128.0.0.1", "127.0.0.256")),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """The message repeats what was given; what is not encrypted has to be on this machine."""
    reason = "only for loopback" if text.startswith("http://") else "is not the address of a tenant; write it as"
    with pytest.raises(ValueError, match=reason):
        tenant_url(text)


def test_a_password_in_the_address_is_not_repeated() -> None:
    """An address with user name and password is refused without showing either."""
    with pytest.raises(ValueError, match="user name") as caught:
        tenant_url("https://admin:hunter2@acme.eu.auth0.com")

    assert "hunter2" not in str(caught.value)
