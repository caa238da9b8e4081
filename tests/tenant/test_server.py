"""Starting, stopping, keeping: the server, its connections, its certificate, its data file, and the shipped fixture."""

import contextlib
import http.client
import json
import socket
import sqlite3
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant, SeedError
from tenant.support import Client, connect, port

pytest_plugins = ["pytester"]

A = "/resource-servers/urn:a"
CLERK = {"roles": [{"name": "Clerk"}]}
TESTS = """
import pytest

@pytest.fixture
def auth0_tenant_seed():
    return {"roles": [{"name": "Clerk"}]}

@pytest.mark.parametrize("turn", [1, 2])
def test_it(auth0_tenant, turn):
    assert [role["name"] for role in auth0_tenant.dump()["roles"]] == ["Clerk"]
    auth0_tenant.reset()
"""


def roles(tenant: LocalTenant) -> list[object]:
    """Return the names of all roles."""
    return [role["name"] for role in tenant.dump()["roles"]]


def test_only_loopback_is_bound(tenant: LocalTenant) -> None:
    """The tenant can be reached under 127.0.0.1 and under no other address of this machine."""
    socket.create_connection(("127.0.0.1", port(tenant)), timeout=10).close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port(tenant)), timeout=10)


def test_stop_closes_idle_connections_and_frees_the_port() -> None:
    """A client that keeps its connection open does not keep the tenant from stopping, which may be done twice."""
    before = set(threading.enumerate())  # other tenants of this process may be running
    tenant = LocalTenant()
    tenant.start()
    used = port(tenant)
    connection = http.client.HTTPConnection("127.0.0.1", used, timeout=10)
    connection.request("GET", "/api/v2/roles")
    connection.getresponse().read()

    tenant.stop()
    tenant.stop()

    assert not [t for t in threading.enumerate() if t.name.startswith("local tenant") and t not in before]
    assert connection.sock.recv(1) == b""
    connection.close()
    with LocalTenant(port=used) as other:
        assert port(other) == used


def test_each_test_gets_a_tenant_of_its_own(pytester: pytest.Pytester) -> None:
    """The shipped plugin's fixture runs a tenant with the seed of the test's own fixture, anew for each test."""
    pytester.makeconftest('pytest_plugins = ["auth0_local_tenant.pytest_plugin"]')
    pytester.makepyfile(TESTS)

    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_a_connection_is_kept(tenant: LocalTenant, client: Client) -> None:
    """Several requests go over one connection, also after an error with a body that nobody reads."""
    connection = http.client.HTTPConnection("127.0.0.1", port(tenant), timeout=10)
    connection.request("PATCH", "/api/v2/nothing", body=b"x" * 1000)
    connection.getresponse().read()
    first = connection.sock
    headers = {"Authorization": str(client.session.headers["Authorization"])}
    connection.request("GET", "/api/v2/roles", headers=headers)

    assert connection.getresponse().read() == b"[]"
    assert connection.sock is first
    connection.close()


def test_a_chunked_body_is_read(client: Client) -> None:
    """A body without a length is taken as it comes."""
    url, chunks = f"{client.tenant.domain}/api/v2/resource-servers", [b'{"identifier":', b'"urn:chunked"}']

    answer = client.session.post(url, data=iter(chunks), headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["identifier"]) == (201, "urn:chunked")


def test_half_a_request_is_not_handled(tenant: LocalTenant, client: Client) -> None:
    """A request whose client goes away before the end of its body changes nothing."""
    with socket.create_connection(("127.0.0.1", port(tenant)), timeout=10) as connection:
        head = f"POST /_tenant/reset HTTP/1.1\r\nHost: 127.0.0.1:{port(tenant)}\r\nContent-Length: 10\r\n\r\nhalf"
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""

    client.call("GET /roles", status=200)


def test_no_update_of_another_field_is_lost(client: Client) -> None:
    """Simultaneous PATCHes of different fields all take effect, so that reading and writing are one step."""
    changes: dict[str, object] = {
        "name": "new",
        "scopes": [{"value": "x"}],
        "token_lifetime": 5,
        "allow_offline_access": True,
        "enforce_policies": True,
        "token_dialect": "access_token_authz",
    }

    for _ in range(10):
        client.call("POST /resource-servers", {"identifier": "urn:a", "name": "old"})
        with ThreadPoolExecutor(len(changes)) as pool:
            list(pool.map(lambda key: client.call(f"PATCH {A}", {key: changes[key]}), changes))
        client.talk((f"GET {A}", None, changes), (f"DELETE {A}", None, 204))


def test_the_certificate_passes_the_strictest_check() -> None:
    """The chain holds under RFC 5280's strict rules, also while another client says nothing; it goes with us."""
    with LocalTenant(tls=True) as tenant, socket.create_connection(("127.0.0.1", port(tenant)), timeout=10):
        context = ssl.create_default_context(cafile=str(tenant.ca))
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # which newer Pythons apply by default
        connection = http.client.HTTPSConnection("127.0.0.1", port(tenant), context=context, timeout=10)
        connection.request("GET", "/api/v2/roles")
        assert connection.getresponse().status == 401
        connection.close()
    assert tenant.ca is not None
    assert not tenant.ca.exists()


def test_the_certificate_and_its_key_are_kept_for_the_owner_only(tmp_path: Path) -> None:
    """A second start in a folder uses the same authority, and nobody else may read the key."""
    authorities = []
    for _ in range(2):
        with LocalTenant(tls=True, tls_directory=tmp_path / "tls") as tenant:
            assert tenant.ca is not None
            authorities.append(tenant.ca.read_bytes())

    assert authorities[0] == authorities[1]
    assert [file.stat().st_mode & 0o077 for file in (tmp_path / "tls").iterdir()] == [0, 0]


def test_state_credentials_and_tokens_survive(tmp_path: Path) -> None:
    """A tenant started again on the same file and port is the same tenant, for holders of tokens too.

    A seed goes into a fresh file only, so that a restart does not bring back what was deleted.
    """
    with LocalTenant(data=tmp_path / "t.db", seed=CLERK) as first:
        with pytest.raises(OSError, match="locked"):  # the file is for one tenant at a time
            LocalTenant(data=tmp_path / "t.db").start()
        client = connect(first)
        client.call("POST /resource-servers", {"identifier": "urn:a", "scopes": [{"value": "x"}]})
        told = (first.domain, first.client_id, first.client_secret)

    with LocalTenant(data=tmp_path / "t.db", port=port(first), seed=CLERK) as second, client.session:
        assert (second.domain, second.client_id, second.client_secret) == told
        assert Client(second, client.session).call(f"GET {A}")["scopes"] == [{"value": "x"}]
        assert roles(second) == ["Clerk"]


def test_another_port_renames_the_system_apis(tmp_path: Path) -> None:
    """On another port the Management API, its grants and those who may use it follow."""
    with LocalTenant(data=tmp_path / "t.db") as first:
        limited = first.issue_client(["read:roles"])
    with (
        socket.create_server(("127.0.0.1", port(first))),
        LocalTenant(data=tmp_path / "t.db") as second,
    ):
        client = connect(second)
        identifiers = [api["identifier"] for api in client.call("GET /resource-servers")]
        assert identifiers == [f"{second.domain}/api/v2/"]
        client.with_credentials(*limited).call("GET /roles", status=200)
        assert first.domain not in json.dumps(second.dump())


@pytest.mark.parametrize(
    ("content", "part"), [("{", "not JSON"), ("[]", "expected an object"), ('{"x": []}', "x: no such part")]
)
def test_a_bad_seed_file_leaves_nothing_behind(tmp_path: Path, content: str, part: str) -> None:
    """A seed file with a mistake keeps the tenant from starting, and the corrected one is planted."""
    data, seed = tmp_path / "t.db", tmp_path / "seed.json"
    seed.write_text(content)
    with pytest.raises(SeedError, match=part):
        LocalTenant(data=data, seed=seed).start()
    seed.write_text(json.dumps(CLERK))

    with LocalTenant(data=data, seed=seed) as tenant:
        assert roles(tenant) == ["Clerk"]


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    """A data file whose tables are those of another version is named."""
    with contextlib.closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        connection.execute("CREATE TABLE clients (client_id TEXT)")

    with pytest.raises(OSError, match="another version"):
        LocalTenant(data=tmp_path / "t.db").start()
