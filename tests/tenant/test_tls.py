"""HTTPS with a certificate of the tenant's own."""

import http.client
import ssl
from pathlib import Path

import requests

from auth0_local_tenant import LocalTenant
from tenant.support import port


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
    """A client that connects and says nothing keeps nobody waiting; the certificate goes with the tenant."""
    with LocalTenant(tls=True) as tenant:
        silent = http.client.HTTPConnection("127.0.0.1", port(tenant), timeout=10)
        silent.connect()
        assert tenant.ca is not None
        answer = requests.get(f"{tenant.domain}/api/v2/roles", verify=str(tenant.ca), timeout=10)
        assert answer.status_code == 401
        silent.close()
    assert not tenant.ca.exists()
