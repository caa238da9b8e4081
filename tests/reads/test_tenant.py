"""Shared reads against the local tenant: requests and bytes from its journal, failures by its faults."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from auth0.virtual import Clock
from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.models import Api
from pulumi_auth0_permissions.auth0.connection import ExchangeLimits
from pulumi_auth0_permissions.observations import Observations, Wish
from reads.many import api_id, cost_of, identifier, seed

THREADS = 4  # of a provider process
WAIT_S = 30  # a limit for a test that hangs; nothing is measured by it
LIST_PATH = "/resource-servers$"


def wish(number: int, permissions: int) -> Wish:
    """Return the wish of a refresh."""
    return Wish(api_id(number), identifier(number), permissions)


def read_together(observations: Observations, wishes: Sequence[Wish]) -> list[Api | Exception]:
    """Ask for all of them in the threads of a provider process, the first ones at the same time."""
    starting = threading.Barrier(min(THREADS, len(wishes)))

    def get(number: int) -> Api:
        if number < starting.parties:
            starting.wait(WAIT_S)
        return observations.get(wishes[number])

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(get, number) for number in range(len(wishes))]
        return [future.exception() or future.result() for future in futures]  # type: ignore[misc]


def client_of(tenant: LocalTenant, limits: ExchangeLimits | None = None) -> ManagementClient:
    """Return a client that does not pause between attempts."""
    credentials = Credentials.of_client(tenant.client_id, tenant.client_secret)
    return ManagementClient(tenant.domain, credentials, limits=limits, clock=Clock())


@pytest.fixture
def twenty() -> Iterator[LocalTenant]:
    """A tenant with 20 APIs of 5 permissions."""
    with LocalTenant(seed=seed(20, 5)) as running:
        yield running


def test_two_large_apis_of_a_hundred_bring_only_themselves() -> None:
    """Reading two of 100 APIs with 1000 permissions each transfers these two and nothing else."""
    with LocalTenant(seed=seed(100, 1000)) as tenant:
        client = client_of(tenant)
        both = client.get_api(identifier(3)), client.get_api(identifier(70))
        needed = cost_of(tenant).bytes_out

        read = read_together(Observations(lambda: client_of(tenant)), [wish(3, 1000), wish(70, 1000)])

        assert read == list(both)
        cost = cost_of(tenant)
        assert cost.gets + cost.lists <= 2
        assert cost.bytes_out <= needed + 200  # a list wraps them


def test_twenty_apis_are_read_by_one_request(twenty: LocalTenant) -> None:
    """Four threads that go through twenty APIs send one request besides the token."""
    read = read_together(Observations(lambda: client_of(twenty)), [wish(n, 5) for n in range(20)])

    assert [api.id for api in read if isinstance(api, Api)] == [api_id(n) for n in range(20)]
    assert cost_of(twenty).requests == 2


def test_lists_and_single_reads_say_the_same(twenty: LocalTenant) -> None:
    """An API is the same value, whichever way it was read."""
    client = client_of(twenty)

    by_page = read_together(Observations(lambda: client), [wish(n, 5) for n in range(4)])
    by_name = read_together(Observations(lambda: client), [wish(n, 5) for n in range(2)])

    assert by_page == [client.get_api(identifier(n)) for n in range(4)]
    assert by_name == by_page[:2]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", path=LIST_PATH, times=None, status=403),
        Fault("status", path=LIST_PATH, times=None, status=503),
        Fault("status", path=LIST_PATH, times=None, status=200, body="<html>a proxy's page</html>"),
        Fault("drop_before", path=LIST_PATH, times=None),
        Fault("hang", path=LIST_PATH, times=None),
    ],
    ids=["403", "503", "html", "dropped", "silent"],
)
def test_where_lists_fail_single_reads_are_made(twenty: LocalTenant, fault: Fault) -> None:
    """Whatever a list answers, the APIs are read; lists are given up for the rest of the process."""
    twenty.add_fault(fault)
    client = client_of(twenty, ExchangeLimits(read_s=0.2))

    read = read_together(Observations(lambda: client), [wish(n, 5) for n in range(20)])

    assert [api.id for api in read if isinstance(api, Api)] == [api_id(n) for n in range(20)]
    assert cost_of(twenty).gets == 20


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_where_every_read_fails_each_message_is_that_of_its_single_read(twenty: LocalTenant, status: int) -> None:
    """No message tells that others were asked for at the same time."""
    twenty.add_fault(Fault("status", method="GET", path="resource-servers", times=None, status=status))
    client = client_of(twenty)
    expected = []
    for number in range(3):
        with pytest.raises(ManagementApiError) as alone:
            client.get_api(api_id(number))
        expected.append(str(alone.value))

    read = read_together(Observations(lambda: client), [wish(n, 5) for n in range(3)])

    assert list(map(str, read)) == expected


def test_four_threads_read_every_api_of_a_run_once() -> None:
    """Through hundreds of APIs, asked for in any order and twice, no answer is mixed up and no API read twice."""
    with LocalTenant(seed=seed(230, 20)) as tenant:
        order = [(n * 77) % 230 for n in range(230)]
        client = client_of(tenant)

        read = read_together(Observations(lambda: client), [wish(n, 20) for n in (*order, *order)])

        assert [api.identifier for api in read if isinstance(api, Api)] == [identifier(n) for n in (*order, *order)]
        cost = cost_of(tenant)
        assert cost.lists + cost.gets <= 3 + 3  # pages, and what was read by name before they paid
