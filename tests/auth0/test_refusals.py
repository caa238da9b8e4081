"""Credentials that are rejected, limits that are kept, and a tenant that hangs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.scripted import Reply, ScriptedServer, scripted
from auth0.virtual import Clock
from auth0_local_tenant import Fault, LocalTenant, RateLimit, TenantOptions
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import ExchangeLimits
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import (
    BadCredentials,
    InvalidRequest,
    ManagementApiError,
    RateLimited,
)

A = {"a": "A"}


def test_a_rejected_request_quotes_the_service(client: ManagementClient) -> None:
    """A 400 brings the service's own sentence, and is not repeated."""
    api = client.get_api("empty")

    with pytest.raises(InvalidRequest, match="Payload validation error") as caught:
        client.replace_permissions(api.id, {"x" * 281: ""})

    assert str(caught.value.response) == "400 Bad Request (invalid_body)"
    assert caught.value.nothing_was_written


def test_an_unknown_status_is_an_error_with_its_facts(tenant: LocalTenant, client: ManagementClient) -> None:
    """A status without a class of its own is told with status, name and message."""
    body = '{"statusCode":409,"error":"Conflict","message":"Taken"}'
    tenant.add_fault(Fault("status", status=409, body=body))

    with pytest.raises(ManagementApiError, match="409 Conflict: Taken") as caught:
        client.get_api(ORDERS)

    assert type(caught.value) is ManagementApiError


def test_a_wrong_secret_is_bad_credentials(tenant: LocalTenant, connect: Connect) -> None:
    """The message names what to correct, and neither secret nor a second request appears."""
    client = connect(tenant, Credentials.of_client(tenant.client_id, "wrong-secret"))

    for _ in range(2):
        with pytest.raises(BadCredentials, match="AUTH0_CLIENT_SECRET") as caught:
            client.verify()

    assert caught.value.status == 401
    assert "wrong-secret" not in str(caught.value)
    assert len(tenant.journal()) == 1


def test_a_ready_token_that_is_refused_says_so(tenant: LocalTenant, connect: Connect) -> None:
    """A given token can't be renewed: the message names the setting."""
    client = connect(tenant, Credentials.of_token("not-a-token"))
    client.verify()

    with pytest.raises(ManagementApiError, match="auth0:apiToken") as caught:
        client.get_api(ORDERS)

    assert not caught.value.worth_another_try
    assert "not-a-token" not in str(caught.value)


def test_the_token_request_survives_what_passes(tenant: LocalTenant, connect: Connect) -> None:
    """429, 500 and a dropped connection at the token endpoint cost time only."""
    faults = (Fault("rate_limit"), Fault("status", status=500, after=1), Fault("drop_before", after=2))
    for fault in faults:
        tenant.add_fault(fault)

    connect(tenant).verify()

    assert [entry.status for entry in tenant.journal()] == [429, 500, None, 200]


def limited(per_second: float, burst: int, *, headers: bool = True) -> LocalTenant:
    """Return a tenant with a rate limit."""
    options = TenantOptions(rate_limit=RateLimit(per_second, burst), rate_limit_headers=headers)
    return LocalTenant(options=options, seed={"resource_servers": [{"identifier": "a"}]})


def test_the_tenants_limit_is_kept_over_real_headers() -> None:
    """Thirty reads at a limit of forty a second, ten at once, bring no 429."""
    with limited(40, 10) as tenant:
        client = ManagementClient(tenant.domain, Credentials.of_client(tenant.client_id, tenant.client_secret))
        for _ in range(30):
            client.get_api("a")
        client.close()
        statuses = [status for *_, status in sent(tenant)]

    assert statuses == [200] * 30


def test_a_write_that_others_left_no_room_for_is_not_sent() -> None:
    """When the read's answer says that nothing is left, the write would only be refused: the error says how long."""
    with limited(0.001, 4) as tenant:
        client = ManagementClient(tenant.domain, Credentials.of_client(tenant.client_id, tenant.client_secret))
        rival = ManagementClient(tenant.domain, Credentials.of_client(tenant.client_id, tenant.client_secret))
        client.get_api("a")
        with client.reserve(2):
            rival.get_api("a")
            rival.get_api("a")
            api = client.get_api("a")
            with pytest.raises(RateLimited, match="used up by others") as caught:
                client.replace_permissions(api.id, A)
        client.close()
        rival.close()
        methods = [method for method, *_ in sent(tenant)]

    assert methods == ["GET"] * 4
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > 0


def test_a_write_without_a_reservation_waits_for_its_turn() -> None:
    """When the rate limit is used up, a write that was not reserved is sent when there is room again."""
    with limited(20, 4) as tenant:
        client = ManagementClient(tenant.domain, Credentials.of_client(tenant.client_id, tenant.client_secret))
        rival = ManagementClient(tenant.domain, Credentials.of_client(tenant.client_id, tenant.client_secret))
        api = client.get_api("a")
        for _ in range(2):
            rival.get_api("a")
        client.get_api("a")
        answer = client.replace_permissions(api.id, A)
        client.close()
        rival.close()
        statuses = [status for *_, status in sent(tenant)]

    assert answer.permissions == A
    assert 429 not in statuses


def test_long_waits_are_announced(tenant: LocalTenant, clock: Clock) -> None:
    """The callback hears how many seconds and what for."""
    told: list[tuple[float, str]] = []
    credentials = Credentials.of_client(tenant.client_id, tenant.client_secret)
    client = ManagementClient(
        tenant.domain,
        credentials,
        on_wait=lambda seconds, reason: told.append((round(seconds), reason)),
        clock=clock,
    )
    tenant.add_fault(Fault("status", path="/api/", status=429, headers=(("Retry-After", "30"),)))

    client.get_api(ORDERS)
    client.close()

    assert told == [(30, "the tenant's rate limit (it has refused a request)")]


@pytest.mark.parametrize("make", [lambda c: c.get_api(ORDERS), lambda c: list(c.roles())])
def test_a_hanging_tenant_is_not_waited_for_for_ever(
    tenant: LocalTenant, make: Callable[[ManagementClient], object]
) -> None:
    """Silence beyond the time-out ends each attempt."""
    clock = Clock()
    credentials = Credentials.of_client(tenant.client_id, tenant.client_secret)
    limits = ExchangeLimits(read_s=0.05)
    client = ManagementClient(tenant.domain, credentials, limits=limits, clock=clock)
    client.verify()
    tenant.add_fault(Fault("hang", path="/api/", times=None))

    with pytest.raises(ManagementApiError, match=r"no answer from .* within 0.05 s \(4 attempts\)"):
        make(client)
    client.close()


@pytest.mark.parametrize("status", [403, 404, 405, 407, 451])
def test_a_page_of_a_proxy_is_no_refusal_of_the_tenant(status: int) -> None:
    """What stands between is named as the cause, and nobody looks for a scope or an API that is missing."""
    page = Reply(status, b"<html>Blocked by policy</html>")
    with scripted(page) as (client, _), pytest.raises(ManagementApiError, match="no proxy answers in its place"):
        client.get_api("x")


def test_a_page_of_a_proxy_is_no_refusal_of_a_token() -> None:
    """The credentials are not to blame."""
    with ScriptedServer(Reply(403, b"<html>Blocked</html>")) as server:
        client = ManagementClient(server.domain, Credentials.of_client("id", "secret"))
        with pytest.raises(ManagementApiError, match="no proxy answers in its place"):
            client.verify()
        client.close()
