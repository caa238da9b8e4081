"""Starting, stopping, keeping: the server and its data file."""

import contextlib
import http.client
import json
import socket
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant, SeedError
from tenant.support import Client, connect, port


class TestLifecycle:
    """Start and stop."""

    def test_only_loopback_is_bound(self, tenant: LocalTenant) -> None:
        """The tenant can be reached under 127.0.0.1 and under no other address of this machine."""
        socket.create_connection(("127.0.0.1", port(tenant)), timeout=10).close()

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port(tenant)), timeout=10)

    def test_stop_is_idempotent_and_frees_the_port(self) -> None:
        """Stopping twice is no error, and another tenant can then have the port."""
        tenant = LocalTenant()
        tenant.start()
        used = port(tenant)
        tenant.stop()
        tenant.stop()

        with LocalTenant(port=used) as other:
            assert port(other) == used

    def test_stop_closes_idle_connections(self) -> None:
        """A client that keeps its connection open does not keep the tenant from stopping."""
        before = set(threading.enumerate())  # other tenants of this process may be running
        tenant = LocalTenant()
        tenant.start()
        connection = http.client.HTTPConnection("127.0.0.1", port(tenant), timeout=10)
        connection.request("GET", "/api/v2/roles")
        connection.getresponse().read()

        tenant.stop()

        assert not [t for t in threading.enumerate() if t.name.startswith("local tenant") and t not in before]
        assert connection.sock.recv(1) == b""
        connection.close()


class TestConnections:
    """HTTP as clients speak it."""

    def test_connection_is_kept(self, tenant: LocalTenant, client: Client) -> None:
        """Several requests go over one connection, also after an error with a body that nobody reads."""
        connection = http.client.HTTPConnection("127.0.0.1", port(tenant), timeout=10)
        connection.request("PATCH", "/api/v2/nothing", body=b"x" * 1000)
        connection.getresponse().read()
        first = connection.sock
        connection.request(
            "GET", "/api/v2/roles", headers={"Authorization": str(client.session.headers["Authorization"])}
        )

        assert connection.getresponse().read() == b"[]"
        assert connection.sock is first
        connection.close()

    def test_chunked_body_is_read(self, client: Client) -> None:
        """A body without a length is taken as it comes."""
        url = f"{client.tenant.domain}/api/v2/resource-servers"

        answer = client.session.post(
            url, data=iter([b'{"identifier":', b'"urn:chunked"}']), headers={"Content-Type": "application/json"}
        )

        assert (answer.status_code, answer.json()["identifier"]) == (201, "urn:chunked")

    def test_half_a_request_is_not_handled(self, tenant: LocalTenant, client: Client) -> None:
        """A request whose client goes away before the end of its body changes nothing."""
        connection = socket.create_connection(("127.0.0.1", port(tenant)), timeout=10)
        head = f"POST /_tenant/reset HTTP/1.1\r\nHost: 127.0.0.1:{port(tenant)}\r\nContent-Length: 10\r\n\r\nhalf"
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)

        assert connection.recv(100) == b""
        connection.close()
        assert client.send("GET", "/roles").status_code == 200

    def test_other_media_types_are_refused(self, client: Client) -> None:
        """A body that is not JSON by its content type is 415."""
        url = f"{client.tenant.domain}/api/v2/resource-servers"

        assert client.session.post(url, data={"identifier": "x"}).status_code == 415


class TestConcurrency:
    """Many at once."""

    def test_no_update_of_another_field_is_lost(self, client: Client) -> None:
        """Simultaneous PATCHes of different fields all take effect, so that reading and writing are one step."""
        client.send("POST", "/resource-servers", {"identifier": "urn:a", "name": "old"})
        changes: list[dict[str, object]] = [
            {"name": "new"},
            {"scopes": [{"value": "x"}]},
            {"token_lifetime": 5},
            {"allow_offline_access": True},
            {"enforce_policies": True},
            {"token_dialect": "access_token_authz"},
        ]

        for _ in range(10):
            with ThreadPoolExecutor(len(changes)) as pool:
                list(pool.map(lambda change: client.send("PATCH", "/resource-servers/urn:a", change), changes))
            after = client.send("GET", "/resource-servers/urn:a").json()
            assert [after[key] for change in changes for key in change] == [
                value for change in changes for value in change.values()
            ]
            client.send("DELETE", "/resource-servers/urn:a")
            client.send("POST", "/resource-servers", {"identifier": "urn:a", "name": "old"})


class TestData:
    """The data file."""

    def test_state_credentials_and_tokens_survive(self, tmp_path: Path) -> None:
        """A tenant started again on the same file and port is the same tenant, for holders of tokens too."""
        with LocalTenant(data=tmp_path / "t.db") as first:
            with pytest.raises(OSError, match="locked"):  # the file is for one tenant at a time
                LocalTenant(data=tmp_path / "t.db").start()
            client = connect(first)
            client.send("POST", "/resource-servers", {"identifier": "urn:a", "scopes": [{"value": "x"}]})
            told = (first.domain, first.client_id, first.client_secret)

        with LocalTenant(data=tmp_path / "t.db", port=port(first)) as second:
            assert (second.domain, second.client_id, second.client_secret) == told
            again = Client(second, client.session)
            assert again.send("GET", "/resource-servers/urn:a").json()["scopes"] == [{"value": "x"}]
        client.session.close()

    def test_another_port_renames_the_system_apis(self, tmp_path: Path) -> None:
        """On another port the Management API, its grants and those who may use it follow."""
        with LocalTenant(data=tmp_path / "t.db") as first:
            old = first.domain
            limited = first.issue_client(["read:roles"])
        with LocalTenant(data=tmp_path / "t.db") as second:
            if second.domain == old:
                pytest.skip("the machine gave the same port twice")
            client = connect(second)
            identifiers = [api["identifier"] for api in client.send("GET", "/resource-servers").json()]
            assert identifiers == [f"{second.domain}/api/v2/"]
            assert client.with_credentials(*limited).send("GET", "/roles").status_code == 200
            assert old not in json.dumps(second.dump())
            client.session.close()

    def test_seed_is_planted_once(self, tmp_path: Path) -> None:
        """A seed goes into a fresh file only, so that a restart does not bring back what was deleted."""
        seed = tmp_path / "seed.json"
        seed.write_text('{"roles": [{"name": "Clerk"}]}')
        for _ in range(2):
            with LocalTenant(data=tmp_path / "t.db", seed=seed) as tenant:
                assert [role["name"] for role in tenant.dump()["roles"]] == ["Clerk"]

    @pytest.mark.parametrize(
        ("content", "part"), [("{", "not JSON"), ("[]", "expected an object"), ('{"x": []}', "x: no such part")]
    )
    def test_bad_seed_file_leaves_nothing_behind(self, tmp_path: Path, content: str, part: str) -> None:
        """A seed file with a mistake keeps the tenant from starting, and the corrected one is planted."""
        data, seed = tmp_path / "t.db", tmp_path / "seed.json"
        seed.write_text(content)
        with pytest.raises(SeedError, match=part):
            LocalTenant(data=data, seed=seed).start()

        with LocalTenant(data=data, seed={"roles": [{"name": "Clerk"}]}) as tenant:
            assert [role["name"] for role in tenant.dump()["roles"]] == ["Clerk"]

    def test_a_file_of_another_version_is_refused(self, tmp_path: Path) -> None:
        """A data file whose tables are those of another version is named."""
        with contextlib.closing(sqlite3.connect(tmp_path / "t.db")) as connection:
            connection.execute("CREATE TABLE clients (client_id TEXT)")

        with pytest.raises(OSError, match="another version"):
            LocalTenant(data=tmp_path / "t.db").start()
