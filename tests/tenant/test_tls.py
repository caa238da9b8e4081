"""HTTPS with a certificate of the tenant's own."""

import http.client
import ssl
from pathlib import Path

import pytest
import requests

from auth0_local_tenant import LocalTenant
from tenant.support import port


def test_certificate_is_trusted_by_its_authority(tmp_path: Path) -> None:
    """A client that trusts the authority gets through, and one that does not refuses."""
    with LocalTenant(tls=True, tls_directory=tmp_path / "tls") as tenant:
        assert tenant.domain.startswith("https://127.0.0.1:")
        assert tenant.ca is not None
        url = f"{tenant.domain}/api/v2/roles"
        assert requests.get(url, verify=str(tenant.ca), timeout=10).status_code == 401
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=10)


def test_certificate_passes_the_strictest_check(tmp_path: Path) -> None:
    """The chain holds under RFC 5280's strict rules, which newer Pythons apply by default."""
    with LocalTenant(tls=True, tls_directory=tmp_path) as tenant:
        context = ssl.create_default_context(cafile=str(tenant.ca))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        connection = http.client.HTTPSConnection("127.0.0.1", port(tenant), context=context, timeout=10)
        connection.request("GET", "/api/v2/roles")
        assert connection.getresponse().status == 401
        connection.close()


def test_certificate_and_key_are_for_the_owner_only_and_kept(tmp_path: Path) -> None:
    """A second start uses the same authority, and nobody else may read the key."""
    authorities = []
    for _ in range(2):
        with LocalTenant(tls=True, tls_directory=tmp_path / "tls") as tenant:
            assert tenant.ca is not None
            authorities.append(tenant.ca.read_bytes())

    assert authorities[0] == authorities[1]
    assert [file.stat().st_mode & 0o077 for file in (tmp_path / "tls").iterdir()] == [0, 0]


def test_silent_client_blocks_nobody() -> None:
    """A client that connects and says nothing does not keep others waiting."""
    with LocalTenant(tls=True) as tenant:
        silent = http.client.HTTPConnection("127.0.0.1", port(tenant), timeout=10)
        silent.connect()
        answer = requests.get(f"{tenant.domain}/api/v2/roles", verify=str(tenant.ca), timeout=10)
        assert answer.status_code == 401
        silent.close()


def test_temporary_certificate_goes_with_the_tenant() -> None:
    """Without a folder for it, the certificate is there while the tenant runs and no longer."""
    with LocalTenant(tls=True) as tenant:
        ca = tenant.ca
        assert ca is not None
        assert ca.exists()

    assert not ca.exists()
