"""What goes wrong on the way, by the local tenant's faults; no wait is real."""

from __future__ import annotations

import dataclasses

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.virtual import Clock
from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.connection import ExchangeLimits
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import ManagementApiError

A = {"a": "A"}
HTML = "<html><body>502 Bad Gateway</body></html>"

# Each with whether a write that meets it is known not to have been carried out, and the attempts of a read that meets
# it every time.
FAULTS = {
    "429": (Fault("rate_limit"), True, 8),
    "429 without headers": (Fault("rate_limit", with_headers=False), True, 8),
    "500": (Fault("status", status=500), False, 4),
    "502": (Fault("status", status=502, body=HTML), False, 4),
    "503": (Fault("status", status=503, headers=(("Retry-After", "2"),)), False, 4),
    "dropped before": (Fault("drop_before"), False, 4),
    "dropped after": (Fault("drop_after"), False, 4),
    "malformed JSON": (Fault("status", status=200, body='{"id": '), False, 4),
    "an HTML page": (Fault("status", status=200, body=HTML), False, 4),
    "expired token": (Fault("expire_tokens"), True, 2),
    "409": (Fault("status", status=409, body='{"statusCode":409,"error":"Conflict","message":"Taken"}'), True, 1),
}
PASSING = [name for name in FAULTS if name != "409"]


@pytest.mark.parametrize("name", PASSING)
def test_a_read_survives_what_passes(tenant: LocalTenant, client: ManagementClient, name: str) -> None:
    """A fault that is over after one request costs a read nothing but time."""
    tenant.add_fault(FAULTS[name][0])

    assert client.get_api(ORDERS).name == "Orders"


@pytest.mark.parametrize("name", PASSING)
def test_a_role_write_survives_what_passes(tenant: LocalTenant, client: ManagementClient, name: str) -> None:
    """A write that adds is repeated; whether or not the first attempt was carried out, the result is the same."""
    tenant.seed({"roles": [{"name": "clerk"}]})
    (role,) = client.roles()
    tenant.add_fault(FAULTS[name][0])

    client.add_role_permissions(role.id, ORDERS, ["read:orders"])

    assert [held.value for held in client.role_permissions(role.id)] == ["read:orders"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_write_of_a_whole_list_is_sent_once(tenant: LocalTenant, client: ManagementClient, name: str) -> None:
    """Whatever comes in place of its answer, the list is not sent again, and the error says what is known."""
    fault, nothing_was_written, _ = FAULTS[name]
    api = client.get_api("empty")
    tenant.clear_journal()
    tenant.add_fault(fault)

    with pytest.raises(ManagementApiError) as caught:
        client.replace_permissions(api.id, A)

    assert (caught.value.nothing_was_written, caught.value.worth_another_try) == (nothing_was_written, name in PASSING)
    assert [method for method, *_ in sent(tenant)] == ["PATCH"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_read_gives_up_in_the_end(tenant: LocalTenant, client: ManagementClient, name: str) -> None:
    """A fault that stays ends in an error after a bounded number of attempts, which the message counts."""
    fault, _, attempts = FAULTS[name]
    tenant.add_fault(dataclasses.replace(fault, path="/api/", times=None))

    with pytest.raises(ManagementApiError) as caught:
        client.get_api(ORDERS)

    assert len(sent(tenant)) == attempts
    assert attempts < 4 or f"({attempts} attempts)" in str(caught.value)


def test_a_lost_answer_leaves_the_truth_to_a_read(tenant: LocalTenant, client: ManagementClient) -> None:
    """Dropped before the write nothing has changed, dropped after it everything; the error is the same for both."""
    api = client.get_api("empty")
    found = []
    for fault in (Fault("drop_before", method="PATCH"), Fault("drop_after", method="PATCH")):
        tenant.add_fault(fault)
        with pytest.raises(ManagementApiError, match="not known whether the write was carried out"):
            client.replace_permissions(api.id, A)
        found.append(client.get_api("empty").permissions)

    assert found == [{}, A]


def test_after_an_expired_token_the_next_write_goes_through(tenant: LocalTenant, client: ManagementClient) -> None:
    """The write that met an expired token isn't repeated; the next request brings a new token by itself."""
    api = client.get_api("empty")
    tenant.add_fault(Fault("expire_tokens"))
    with pytest.raises(ManagementApiError, match="no longer accepts the token"):
        client.replace_permissions(api.id, A)

    assert client.replace_permissions(api.id, A).permissions == A


def test_a_role_write_that_stays_unanswered_is_unknown(tenant: LocalTenant, client: ManagementClient) -> None:
    """When no attempt gets an answer, it is not known whether one was carried out."""
    tenant.add_fault(Fault("drop_after", path="/api/", times=None))

    with pytest.raises(ManagementApiError, match="not known whether"):
        client.remove_role_permissions("rol_x", ORDERS, ["a"])


def test_a_demand_to_wait_is_met(tenant: LocalTenant, client: ManagementClient, clock: Clock) -> None:
    """Retry-After is honoured before the next attempt."""
    tenant.add_fault(FAULTS["503"][0])

    client.get_api(ORDERS)

    assert clock.slept == [2.0]


def test_a_hanging_tenant_is_not_waited_for_for_ever(tenant: LocalTenant) -> None:
    """Silence beyond the time-out ends each attempt."""
    credentials = Credentials(tenant.client_id, tenant.client_secret)
    client = ManagementClient(tenant.domain, credentials, limits=ExchangeLimits(read_s=0.05), clock=Clock())
    client.verify()
    tenant.add_fault(Fault("hang", path="/api/", times=None))

    with pytest.raises(ManagementApiError, match=r"no answer from .* within 0.05 s \(4 attempts\)"):
        client.get_api(ORDERS)
    client.close()


def test_a_tenant_that_is_down_is_unreachable(connect: Connect) -> None:
    """A refused connection is reported with the address, after three attempts."""
    with LocalTenant() as tenant:
        client = connect(tenant)
    with pytest.raises(ManagementApiError, match=r"refuses connections \(3 attempts\)") as caught:
        client.verify()

    assert tenant.domain.removeprefix("http://") in str(caught.value)


def test_a_write_to_a_tenant_that_is_down_is_known_not_to_be_done(
    tenant: LocalTenant, client: ManagementClient
) -> None:
    """When no connection comes about, nothing was sent: that is no unknown outcome."""
    api = client.get_api("empty")
    tenant.stop()
    with pytest.raises(ManagementApiError):
        client.replace_permissions(api.id, A)  # on the connection that was kept, whose end may show only now
    client.close()

    with pytest.raises(ManagementApiError) as caught:
        client.replace_permissions(api.id, A)

    assert caught.value.nothing_was_written
