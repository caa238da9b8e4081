"""A small client for a tenant and a clock to pin, shared by the tests of this folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import requests

from auth0_local_tenant import LocalTenant


@dataclass(frozen=True, slots=True)
class Client:
    """Calls a tenant with a token of its own."""

    tenant: LocalTenant
    session: requests.Session

    def send(self, method: str, path: str, body: object = None, *, query: str = "") -> requests.Response:
        """Send a request to a raw path below /api/v2."""
        url = f"{self.tenant.domain}/api/v2{path}" + (f"?{query}" if query else "")
        prepared = self.session.prepare_request(requests.Request(method, url, json=body))
        prepared.url = url  # as written: requests would tidy the escapes
        return self.session.send(prepared, timeout=10)

    def with_credentials(self, client_id: str, client_secret: str) -> "Client":
        """Return a client of the same tenant that another application's token speaks for."""
        return connect(self.tenant, client_id, client_secret)

    def api(self, reference: str) -> str:
        """Return the path of an API."""
        return f"/resource-servers/{quote(reference, safe=':')}"


def token(tenant: LocalTenant, client_id: str = "", client_secret: str = "") -> str:
    """Return an access token for the Management API."""
    answer = requests.post(
        f"{tenant.domain}/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": client_id or tenant.client_id,
            "client_secret": client_secret or tenant.client_secret,
            "audience": f"{tenant.domain}/api/v2/",
        },
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def connect(tenant: LocalTenant, *credentials: str) -> Client:
    """Return a client of `tenant` with a fresh token."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token(tenant, *credentials)}"
    return Client(tenant, session)


class SteppedClock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return self.now


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; fail if it never is (ten seconds)."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


SEED: dict[str, object] = {
    "resource_servers": [
        {"id": "507f1f77bcf86cd799439011", "identifier": "urn:a", "name": "A", "scopes": [{"value": "read"}]}
    ],
    "roles": [
        {
            "id": "rol_1",
            "name": "Clerk",
            "permissions": [{"resource_server_identifier": "urn:a", "permission_name": "read"}],
        }
    ],
    "client_grants": [{"id": "cgr_1", "client_id": "shop", "audience": "urn:a", "scope": ["read"]}],
    "users": [
        {
            "user_id": "auth0|anne",
            "permissions": [{"resource_server_identifier": "urn:a", "permission_name": "read"}],
        }
    ],
    "clients": [{"client_id": "shop", "name": "Web shop", "client_secret": "s3cret", "scopes": ["read:roles"]}],
}


def control(tenant: LocalTenant, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
    """Send a request to the control prefix."""
    return requests.request(
        method,
        f"{tenant.domain}/_tenant{path}",
        json=body,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        timeout=10,
    )


def port(tenant: LocalTenant) -> int:
    """Return the port of a running tenant."""
    return int(tenant.domain.rpartition(":")[2])
