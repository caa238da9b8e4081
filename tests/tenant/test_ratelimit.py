"""The tenant's own rate limit: a bucket for all, and headers that tell its state."""

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import Client, SteppedClock


@pytest.fixture
def limited(tenant: LocalTenant, client: Client, clock: SteppedClock) -> Client:
    """A client of a tenant with two requests a second and three at once."""
    clock.now = 1000.0
    tenant.options = tenant.options.updated({"rate_limit": {"per_second": 2, "burst": 3}})
    return client


def statuses(client: Client, count: int) -> list[int]:
    """Return the statuses of some requests."""
    return [client.send("GET", "/roles").status_code for _ in range(count)]


def test_burst_passes_and_no_more(limited: Client) -> None:
    """As many requests pass at once as the bucket holds."""
    assert statuses(limited, 5) == [200, 200, 200, 429, 429]


def test_bucket_refills_with_time(limited: Client, clock: SteppedClock) -> None:
    """After a second two more requests pass, and after a long time no more than the burst."""
    statuses(limited, 3)

    clock.now += 1
    assert statuses(limited, 3) == [200, 200, 429]
    clock.now += 1000
    assert statuses(limited, 4) == [200, 200, 200, 429]


def test_headers_tell_the_state(limited: Client) -> None:
    """Every answer tells the limit, what is left, and the second in which the bucket will be full again."""
    answers = [limited.send("GET", "/roles") for _ in range(4)]

    told = [[answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")] for answer in answers]
    assert told == [["3", "2", "1001"], ["3", "1", "1001"], ["3", "0", "1002"], ["3", "0", "1002"]]


def test_headers_can_be_left_out(tenant: LocalTenant, limited: Client) -> None:
    """With the headers off, neither answers nor refusals tell about the limit."""
    tenant.options = tenant.options.updated({"rate_limit_headers": False})

    answers = [limited.send("GET", "/roles") for _ in range(4)]

    assert answers[-1].status_code == 429
    assert [name for answer in answers for name in answer.headers if "ratelimit" in name.lower()] == []


def test_limit_is_the_whole_tenants(tenant: LocalTenant, limited: Client) -> None:
    """Two applications share one bucket; the token endpoint is not limited."""
    other = limited.with_credentials(*tenant.issue_client(["read:roles"]))

    assert statuses(limited, 2) + statuses(other, 2) == [200, 200, 200, 429]
