"""What goes wrong on the way, by the local tenant's faults; no wait is real."""

from __future__ import annotations

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.virtual import Clock
from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import (
    ManagementApiError,
    RateLimited,
)

A = {"a": "A"}
HTML = "<html><body>502 Bad Gateway</body></html>"

BRIEF_FAULTS = {
    "429": Fault("rate_limit"),
    "429 without headers": Fault("rate_limit", with_headers=False),
    "500": Fault("status", status=500),
    "502": Fault("status", status=502, body=HTML),
    "503": Fault("status", status=503, headers=(("Retry-After", "2"),)),
    "dropped before": Fault("drop_before"),
    "dropped after": Fault("drop_after"),
    "malformed JSON": Fault("status", status=200, body='{"id": '),
    "an HTML page": Fault("status", status=200, body=HTML),
    "expired token": Fault("expire_tokens"),
}
"""Faults that hit one request and are over."""


def lasting(fault: Fault) -> Fault:
    """Return the same fault for every request."""
    return Fault(fault.action, status=fault.status, headers=fault.headers, body=fault.body, path="/api/", times=None)


@pytest.mark.parametrize("fault", BRIEF_FAULTS.values(), ids=BRIEF_FAULTS)
def test_a_read_survives_what_passes(tenant: LocalTenant, client: ManagementClient, fault: Fault) -> None:
    """A fault that is over after one request costs a read nothing but time."""
    tenant.add_fault(fault)

    assert client.get_api(ORDERS).name == "Orders"


@pytest.mark.parametrize("fault", BRIEF_FAULTS.values(), ids=BRIEF_FAULTS)
def test_a_role_write_survives_what_passes(tenant: LocalTenant, client: ManagementClient, fault: Fault) -> None:
    """A write that adds is repeated; whether or not the first attempt was carried out, the result is the same."""
    tenant.seed({"roles": [{"name": "clerk"}]})
    (role,) = client.roles()
    tenant.add_fault(fault)

    client.add_role_permissions(role.id, ORDERS, ["read:orders"])

    assert [held.value for held in client.role_permissions(role.id)] == ["read:orders"]


WRITE_FAULTS: dict[str, tuple[type[ManagementApiError], bool]] = {
    "429": (RateLimited, True),
    "429 without headers": (RateLimited, True),
    "500": (ManagementApiError, False),
    "502": (ManagementApiError, False),
    "503": (ManagementApiError, False),
    "dropped before": (ManagementApiError, False),
    "dropped after": (ManagementApiError, False),
    "malformed JSON": (ManagementApiError, False),
    "an HTML page": (ManagementApiError, False),
    "expired token": (ManagementApiError, True),
}


@pytest.mark.parametrize(("name", "expected"), WRITE_FAULTS.items(), ids=WRITE_FAULTS)
def test_a_write_of_a_whole_list_is_sent_once(
    tenant: LocalTenant, client: ManagementClient, name: str, expected: tuple[type[ManagementApiError], bool]
) -> None:
    """Whatever comes in place of its answer, the list is not sent again, and the error says what is known."""
    api = client.get_api("empty")
    tenant.clear_journal()
    tenant.add_fault(BRIEF_FAULTS[name])

    with pytest.raises(ManagementApiError) as caught:
        client.replace_permissions(api.id, A)

    assert (type(caught.value), caught.value.nothing_was_written) == expected
    assert caught.value.worth_another_try
    assert [method for method, *_ in sent(tenant)] == ["PATCH"]


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


def test_a_tenant_that_takes_no_token_is_not_asked_for_ever(tenant: LocalTenant, client: ManagementClient) -> None:
    """A new token is tried once; when that is refused as well, the message says so."""
    tenant.add_fault(Fault("expire_tokens", path="/api/", times=None))

    with pytest.raises(ManagementApiError, match="token that it has just issued") as caught:
        client.get_api(ORDERS)

    assert not caught.value.worth_another_try
    assert [status for *_, status in sent(tenant)] == [401, 401]


@pytest.mark.parametrize(
    ("name", "expected", "attempts"),
    [
        ("500", ManagementApiError, 4),
        ("502", ManagementApiError, 4),
        ("503", ManagementApiError, 4),
        ("dropped before", ManagementApiError, 4),
        ("dropped after", ManagementApiError, 4),
        ("malformed JSON", ManagementApiError, 4),
        ("an HTML page", ManagementApiError, 4),
        ("429", RateLimited, 8),
    ],
)
def test_a_read_gives_up_in_the_end(
    tenant: LocalTenant, client: ManagementClient, name: str, expected: type[ManagementApiError], attempts: int
) -> None:
    """A fault that stays ends in its error after a bounded number of attempts, which the message tells."""
    tenant.add_fault(lasting(BRIEF_FAULTS[name]))

    with pytest.raises(ManagementApiError, match=rf"{attempts} attempts") as caught:
        client.get_api(ORDERS)

    assert type(caught.value) is expected
    assert len(sent(tenant)) == attempts


def test_a_role_write_that_stays_unanswered_is_unknown(tenant: LocalTenant, client: ManagementClient) -> None:
    """When no attempt gets an answer, it is not known whether one was carried out."""
    tenant.add_fault(lasting(Fault("drop_after")))

    with pytest.raises(ManagementApiError, match="not known whether"):
        client.remove_role_permissions("rol_x", ORDERS, ["a"])


def test_a_503s_wish_is_waited_for(tenant: LocalTenant, client: ManagementClient, clock: Clock) -> None:
    """Retry-After is honoured before the next attempt."""
    tenant.add_fault(BRIEF_FAULTS["503"])

    client.get_api(ORDERS)

    assert clock.slept == [2.0]


def test_a_tenant_that_is_down_is_unreachable(connect: Connect) -> None:
    """A refused connection is told with the address, after three attempts."""
    with LocalTenant() as tenant:
        client = connect(tenant)
    with pytest.raises(ManagementApiError, match=r"refuses connections \(3 attempts\)") as caught:
        client.verify()

    assert tenant.domain.removeprefix("http://") in str(caught.value)
    assert caught.value.nothing_was_written


def test_a_write_to_a_tenant_that_is_down_is_known_not_to_be_done(
    tenant: LocalTenant, client: ManagementClient
) -> None:
    """When no connection comes about, nothing was sent: that is no unknown outcome."""
    api = client.get_api("empty")
    tenant.stop()

    with pytest.raises(ManagementApiError) as caught:
        client.replace_permissions(api.id, A)
    client.close()
    with pytest.raises(ManagementApiError) as again:
        client.replace_permissions(api.id, A)

    assert caught.value.worth_another_try
    assert again.value.nothing_was_written
