"""How APIs are read: requests from the local tenant's journal, failures by its faults."""

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.auth0.token import Credentials
from pulumi_auth0_permissions.core.model import Api
from reads.many import api_id, cost_of, identifier, seed

THREADS = 4  # of a provider process
WAIT_S = 30  # a limit for a test that hangs; nothing is measured by it
LIST_PATH = "/resource-servers$"


def connect(tenant: LocalTenant) -> ManagementClient:
    """Return a client of the tenant."""
    return ManagementClient(tenant.domain, Credentials(tenant.client_id, tenant.client_secret))


@pytest.fixture
def twenty() -> Iterator[LocalTenant]:
    """A tenant with 20 APIs of 5 permissions."""
    with LocalTenant(seed=seed(20, 5)) as running:
        yield running


def read_together(reader: ApiReader, names: Sequence[str]) -> list[Api | BaseException]:
    """Read them in the threads of a provider process, the first ones at the same time."""
    starting = threading.Barrier(min(THREADS, len(names)))

    def get(number: int) -> Api:
        if number < starting.parties:
            starting.wait(WAIT_S)
        return reader.get(names[number])

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(get, number) for number in range(len(names))]
        return [future.exception() or future.result() for future in futures]


def ids(numbers: Sequence[int]) -> list[str]:
    """Return the ids of these APIs."""
    return [api_id(number) for number in numbers]


@pytest.mark.parametrize(
    ("apis", "hint", "wanted", "most"),
    [
        pytest.param(100, 3, [70, 70, 70, 70], (0, 1), id="one, for all threads"),
        pytest.param(100, 3, [3, 50, 70], (0, 3), id="few that a program names: each by itself"),
        pytest.param(20, 20, range(20), (1, 0), id="many that a program names: a page"),
        pytest.param(20, 0, range(20), (1, 1), id="a refresh, which names none: a page after the first"),
        pytest.param(230, 0, [(n * 77) % 230 for n in (*range(230), *range(230))], (3, 1), id="pages, in any order"),
        pytest.param(3000, 0, range(2995, 3000), (1, 5), id="few of a large tenant: a page in vain at most"),
        pytest.param(3000, 5, range(0, 3000, 600), (1, 5), id="few of a large tenant that a program names"),
    ],
)
def test_requests(apis: int, hint: int, wanted: Sequence[int], most: tuple[int, int]) -> None:
    """Threads that want these APIs of a tenant of so many send at most so many lists and single reads."""
    with LocalTenant(seed=seed(apis, 2)) as tenant:
        reader = ApiReader(connect(tenant))
        reader.expect(hint)

        read = read_together(reader, ids(wanted))

        assert [api.id for api in read if isinstance(api, Api)] == ids(wanted)
        cost = cost_of(tenant)
        assert cost.lists <= most[0]
        assert cost.gets <= most[1]


@pytest.mark.parametrize("hint", [0, 20], ids=["by itself", "by page"])
def test_either_way_it_is_the_same_value_by_id_and_by_identifier(twenty: LocalTenant, hint: int) -> None:
    """It is what a single read answers, read once under both names; what a write has left counts more."""
    client = connect(twenty)
    written = client.replace_permissions(api_id(8), {})
    client.replace_permissions(api_id(8), {"later": ""})
    alone = client.get_api(api_id(7))
    reader = ApiReader(client)
    reader.expect(hint)
    twenty.clear_journal()

    reader.put(written)

    assert (reader.get(api_id(7)), reader.get(identifier(7))) == (alone, alone)
    assert reader.get(identifier(8)) is written
    assert len(twenty.journal()) == 1


def test_an_api_that_is_not_listed_is_asked_for_by_itself(twenty: LocalTenant) -> None:
    """A list says who is there; that somebody is not is said by the single read, to those concerned only."""
    *found, missing = read_together(ApiReader(connect(twenty)), ids([0, 1, 2, 99]))

    assert [api.id for api in found if isinstance(api, Api)] == ids([0, 1, 2])
    assert isinstance(missing, NotFound)
    assert api_id(99) in str(missing)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", path=LIST_PATH, times=None, status=403),
        Fault("status", path=LIST_PATH, times=None, status=200, body="<html>a proxy's page</html>"),
        Fault("hang", path=LIST_PATH, times=None),
    ],
    ids=["403", "html", "silent"],
)
def test_where_the_list_fails_single_reads_are_made(twenty: LocalTenant, fault: Fault) -> None:
    """Whatever a list answers, the APIs are read; lists are given up for the rest of the process."""
    twenty.add_fault(fault)
    client = connect(twenty)
    client._connections.read_s = 0.2

    read = read_together(ApiReader(client), ids(range(20)))

    assert [api.id for api in read if isinstance(api, Api)] == ids(range(20))
    assert cost_of(twenty).lists <= 4  # attempts of one


@pytest.mark.parametrize("total", [150, 10**400])
def test_a_page_that_holds_or_promises_too_much_ends_the_list(twenty: LocalTenant, total: int) -> None:
    """What is not on it is read by itself."""
    apis = [{"id": api_id(n), "identifier": identifier(n)} for n in range(150)]
    page = json.dumps({"resource_servers": apis, "total": total})
    twenty.add_fault(Fault("status", path=LIST_PATH, times=None, status=200, body=page))
    client = connect(twenty)
    reader = ApiReader(client)
    reader.expect(20)

    assert reader.get(api_id(120)).id == api_id(120)
    with pytest.raises(NotFound):
        reader.get(api_id(999))


def test_where_every_read_fails_each_message_is_that_of_its_single_read(twenty: LocalTenant) -> None:
    """No message tells that others were asked for at the same time; the next call tries again."""
    twenty.add_fault(Fault("status", method="GET", path="resource-servers", times=None, status=500))
    client = connect(twenty)
    reader = ApiReader(client)

    read = read_together(reader, ids(range(4)))

    for number, error in enumerate(read):
        with pytest.raises(ManagementApiError) as alone:
            client.get_api(api_id(number))
        assert str(error) == str(alone.value)
    twenty.clear_faults()
    assert reader.get(api_id(0)).id == api_id(0)
