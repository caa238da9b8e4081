"""A small client for a tenant, a clock to pin, and a seed, shared by the tests of this folder."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from auth0_local_tenant import LocalTenant, TenantOptions
from auth0_local_tenant.application import create_application
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.models.system_apis import management_api_scopes
from auth0_local_tenant.models.tokens import Bearer
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store
from auth0_local_tenant.tenant import Tenant
from tenant import description

API = "https://orders.example.com/v1"
API_PATH = f"/resource-servers/{quote(API, safe=':')}"
ANNE = "/users/auth0%7Canne"

Step = tuple[str, object, object]
"""A request, its body, and what is expected (see `Client.talk`)."""


@dataclass(frozen=True, slots=True)
class Client:
    """Calls a tenant with a token of its own."""

    tenant: LocalTenant
    session: requests.Session

    def send(self, request: str, body: object = None, **headers: str) -> requests.Response:
        """Send a request such as "GET /roles?page=1": a raw path below /api/v2, or one of the tenant's own prefix."""
        method, path = request.split(" ")
        url = f"{self.tenant.domain}{'' if path.startswith('/_tenant/') else '/api/v2'}{path}"
        prepared = self.session.prepare_request(requests.Request(method, url, headers=headers, json=body))
        prepared.url = url  # as written: requests would tidy the escapes
        return self.session.send(prepared, timeout=10)

    def call(self, request: str, body: object = None, *, status: int = 0) -> Any:  # noqa: ANN401
        """Send a request and return the JSON of its answer, which keeps to the description.

        Args:
            request: see `send`.
            body: sent as JSON.
            status: what is expected; 0 for any success.
        """
        answer = self.send(request, body)
        assert answer.status_code == status if status else answer.ok, f"{request}: {answer.status_code} {answer.text}"
        found = answer.json() if answer.content else None
        description.check(request, answer.status_code, found)
        return found

    def talk(self, *steps: Step) -> None:
        """Send requests one after the other; each has to be answered as expected.

        Expected is a status, or a refusal's status and a part of its message as in "409 exists", or a success with
        that list, or with an object that has those keys (None: has not).
        """
        for request, body, expected in steps:
            if isinstance(expected, int | str):
                status, _, message = str(expected).partition(" ")
                answer = self.call(request, body, status=int(status))
                assert not message or message in answer["message"], f"{request}: {answer}"
            else:
                answer = self.call(request, body)
                found = {key: answer.get(key) for key in expected} if isinstance(expected, dict) else answer
                assert found == expected, request

    def with_credentials(self, client_id: str, client_secret: str) -> "Client":
        """Return a client of the same tenant that another application's token speaks for."""
        return connect(self.tenant, client_id, client_secret)


def connect(tenant: LocalTenant, client_id: str = "", client_secret: str = "") -> Client:
    """Return a client of `tenant` with a fresh token: of the tenant's own application, unless another is named."""
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
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Client(tenant, session)


ANYBODY = Bearer("anybody", frozenset(scope["value"] for scope in management_api_scopes()))


@contextmanager
def without_a_server(domain: str, ids: IdSource) -> Iterator[tuple[Tenant, Gateway]]:
    """Give a tenant, and what takes requests from inside for it, from `ANYBODY` say."""
    with closing(Store(None)) as store:
        tenant = Tenant(store, domain, TenantOptions(ids=ids))
        gateway = Gateway(tenant)
        gateway.app = create_application(tenant, gateway)
        yield tenant, gateway


def held(*values: str, api: str = API) -> list[dict[str, str]]:
    """Return permissions of an API as bodies and seeds name them."""
    return [{"resource_server_identifier": api, "permission_name": value} for value in values]


SEED: dict[str, object] = {
    "resource_servers": [
        {
            "id": "507f1f77bcf86cd799439011",
            "identifier": API,
            "name": "Orders",
            "scopes": [{"value": "read:orders", "description": "Read"}, {"value": "write:orders"}],
        }
    ],
    "roles": [
        {"id": "rol_clerk", "name": "Clerk", "permissions": held("read:orders")},
        {"id": "rol_boss", "name": "Boss", "description": "Decides"},
    ],
    "clients": [{"client_id": "shop", "name": "Web shop", "client_secret": "s3cret", "scopes": ["read:roles"]}],
    "client_grants": [{"id": "cgr_1", "client_id": "shop", "audience": API, "scope": ["read:orders", "write:orders"]}],
    "users": [{"user_id": "auth0|anne", "permissions": held("write:orders"), "roles": ["rol_clerk"]}],
}


def port(tenant: LocalTenant) -> int:
    """Return the port of a running tenant."""
    return int(tenant.domain.rpartition(":")[2])
