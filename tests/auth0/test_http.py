"""What is repeated, what is waited for, and that every operation ends: over sockets, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from auth0.conftest import Connect
from auth0.scripted import TOKEN, Reply, ScriptedServer, answer
from auth0.virtual import Clock
from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.deadline import carried, operation
from pulumi_auth0_permissions.auth0.errors import LONGEST_WAIT_S, ManagementApiError, RateLimited

API = answer({"id": "x", "identifier": "x"})
A = {"a": "A"}
REFUSED = "the tenant's rate limit (it has refused a request)"
BEFORE_NEXT = "the tenant, before the next attempt"


class Site:
    """A client in virtual time, its server, and what was said of waits."""

    def __init__(self, server: ScriptedServer, requests_per_second: float | None) -> None:
        self.server = server
        self.clock = Clock()
        self.said: list[str] = []
        self.client = ManagementClient(
            server.domain,
            Credentials.of_client("id", "secret"),
            on_wait=lambda seconds, reason: self.said.append(f"{seconds:.0f} s for {reason}"),
            clock=self.clock,
            requests_per_second=requests_per_second,
        )

    @property
    def waited_s(self) -> float:
        """The seconds that were slept in all."""
        return sum(self.clock.slept)

    @property
    def sent(self) -> list[str]:
        """The methods of the requests to the Management API."""
        return [request.method for request in self.server.received if request.path.startswith("/api/")]


@contextmanager
def site(*replies: Reply, requests_per_second: float | None = None) -> Iterator[Site]:
    """Give a site whose server answers with these replies."""
    with ScriptedServer(*replies) as server:
        one = Site(server, requests_per_second)
        yield one
        one.client.close()


Act = Callable[[ManagementClient], object]
READ: Act = lambda client: client.get_api("x")  # noqa: E731
WRITE: Act = lambda client: client.replace_permissions("x", {})  # noqa: E731
REPEATABLE: Act = lambda client: client.add_role_permissions("r", "x", ["a"])  # noqa: E731

HTML = b"<html><body>502 Bad Gateway</body></html>"
FAULTS = {
    "429": answer({"errorCode": "too_many_requests"}, 429, x_ratelimit_limit="10", x_ratelimit_remaining="0"),
    "429 without headers": Reply(429),
    "500": answer({"message": "Boom"}, 500),
    "502": Reply(502, HTML),
    "503": Reply(503, headers={"Retry-After": "2"}),
    "408": Reply(408),
    "dropped": Reply(instead="close"),
    "cut short": Reply(body=b'{"id":', instead="cut"),
    "malformed JSON": Reply(body=b'{"id": '),
    "an HTML page": Reply(body=HTML),
}
"""What comes in an answer's place, of which another attempt may fare better."""


@pytest.mark.parametrize("act", [READ, REPEATABLE], ids=["read", "repeatable write"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_passes_costs_time_only(fault: Reply, act: Act) -> None:
    """Reads, and writes of which twice is as good as once, are sent again after a pause."""
    with site(TOKEN, fault, API) as one:
        act(one.client)

        assert len(one.sent) == 2
        assert one.waited_s >= 0.25


@pytest.mark.parametrize("act", [READ, REPEATABLE], ids=["read", "repeatable write"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_lasts_ends_after_some_attempts(name: str, act: Act) -> None:
    """The message gives their number; of an unanswered write nobody knows whether it was carried out."""
    attempts = 8 if "429" in name else 4
    with site(TOKEN, *[FAULTS[name]] * 9) as one:
        with pytest.raises(ManagementApiError, match=rf"\({attempts} attempts\)") as caught:
            act(one.client)

        assert len(one.sent) == attempts
    assert caught.value.nothing_was_written == (act is READ or "429" in name)
    assert isinstance(caught.value, RateLimited) == ("429" in name)


@pytest.mark.parametrize("name", FAULTS)
def test_a_write_of_a_whole_list_is_sent_once(name: str) -> None:
    """Whatever comes in place of its answer, the list is not sent again, and the error says what is known."""
    with site(TOKEN, FAULTS[name], API) as one:
        with pytest.raises(ManagementApiError) as caught:
            WRITE(one.client)

        assert one.sent == ["PATCH"]
    assert caught.value.nothing_was_written == ("429" in name)
    assert caught.value.worth_another_try


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


@pytest.mark.parametrize("act", [READ, WRITE], ids=["read", "write"])
def test_a_refused_token_is_replaced_once(act: Act) -> None:
    """A read is repeated with the new one, a write left to its caller; a new token that is refused ends it."""
    expired = answer({"message": "Expired"}, 401)
    with site(TOKEN, expired, TOKEN, API, expired, TOKEN, expired) as one:
        if act is WRITE:
            with pytest.raises(ManagementApiError, match="no longer accepts the token") as caught:
                act(one.client)
            assert (caught.value.worth_another_try, caught.value.nothing_was_written) == (True, True)
        act(one.client)
        assert len(one.sent) == 2
        if act is READ:
            with pytest.raises(ManagementApiError, match="token that it has just issued") as caught:
                act(one.client)
            assert not caught.value.worth_another_try


def test_a_tenant_that_is_down_is_known_not_to_have_written(connect: Connect) -> None:
    """When no connection comes about nothing was sent: three attempts at a token, and the address in the message."""
    with LocalTenant() as tenant:
        client = connect(tenant)
        client.verify()
        other = connect(tenant)
    with pytest.raises(ManagementApiError, match=r"refuses connections \(3 attempts\)") as caught:
        other.verify()
    client.close()
    with pytest.raises(ManagementApiError, match="refuses connections") as written:
        WRITE(client)

    assert tenant.domain.removeprefix("http://") in str(caught.value)
    assert written.value.nothing_was_written


def test_the_token_request_survives_what_passes() -> None:
    """429, 500, a dropped connection and an unreadable answer at the token endpoint cost time only."""
    with site(Reply(429), Reply(500), Reply(instead="close"), Reply(body=HTML), TOKEN, API) as one:
        READ(one.client)

        assert one.waited_s == pytest.approx(1 + 0.5 + 1 + 2)


def left(remaining: int, *, limit: int = 10) -> Reply:
    """Return an answer that says what is left of the rate limit, which is full again in 10 s."""
    return answer(
        {"id": "x", "identifier": "x"},
        x_ratelimit_limit=str(limit),
        x_ratelimit_remaining=str(remaining),
        x_ratelimit_reset="10",
    )


def test_a_write_that_others_left_no_room_for_is_not_sent() -> None:
    """When the read's answer says that nothing is left, the write would only be refused: the error says how long."""
    with site(TOKEN, left(0)) as one, one.client.reserve(2):
        READ(one.client)
        with pytest.raises(RateLimited, match="used up by others") as caught:
            WRITE(one.client)

        assert one.sent == ["GET"]
    assert caught.value.retry_after_s == pytest.approx(1)
    assert caught.value.worth_another_try


@pytest.mark.parametrize(("limit", "reserved", "waited_s"), [(10, False, 3), (1, True, 10)])
def test_a_write_waits_where_it_can_have_no_place(
    limit: int,
    reserved: bool,  # noqa: FBT001 - a table of cases
    waited_s: float,
) -> None:
    """One without a reservation waits for its turn; a limit of one request never has room for a read and its write."""
    with site(TOKEN, left(0, limit=limit), API) as one:
        if reserved:
            with one.client.reserve(2):
                READ(one.client)
                WRITE(one.client)
        else:
            READ(one.client)
            WRITE(one.client)

        assert one.sent == ["GET", "PATCH"]
        assert one.waited_s == pytest.approx(waited_s, abs=0.1)


def waiting(status: int, seconds: float) -> Reply:
    """Return an answer that asks for a wait."""
    return Reply(status, headers={"Retry-After": f"{seconds:.0f}"})


TOO_LONG = r"^the operation takes longer than 1 minutes, so the next request was not sent\. .*operationTimeout"


@pytest.mark.parametrize(
    ("replies", "cap", "waited_s", "said"),
    [
        ([TOKEN, waiting(429, 40), waiting(429, 40)], None, 40, [f"40 s for {REFUSED}"]),
        ([TOKEN, waiting(503, 40), waiting(503, 40)], None, 40, [f"40 s for {BEFORE_NEXT}"]),
        ([waiting(429, 40), waiting(503, 40)], None, 40, [f"40 s for {BEFORE_NEXT}"]),
        ([TOKEN, API, API], 0.01, 0, []),
    ],
    ids=["429", "503", "token", "requestsPerSecond"],
)
def test_waits_that_would_go_beyond_the_operation_end_it(
    replies: list[Reply], cap: float | None, waited_s: float, said: list[str]
) -> None:
    """They are announced while the time lasts; the one that would end after the minute is not begun."""
    with site(*replies, requests_per_second=cap) as one, operation(1):
        with pytest.raises(ManagementApiError, match=TOO_LONG):
            [READ(one.client) for _ in range(2)]

        assert one.waited_s == pytest.approx(waited_s, abs=0.1)
        assert one.said == said


def test_a_list_without_end_ends_with_the_operation() -> None:
    """Each of its pages comes in time, and all of them do not."""
    pages = [answer({"roles": [{"id": f"r{n}", "name": ""}], "start": n, "total": 10**9}) for n in range(99)]
    with site(TOKEN, *pages, requests_per_second=1) as one, operation(1):
        with pytest.raises(ManagementApiError, match=TOO_LONG):
            list(one.client.roles())

        assert one.waited_s <= 60


def test_an_operations_time_is_shared_by_its_threads_and_by_no_other() -> None:
    """A thread that works for an operation is part of it; the next operation has its own time."""
    with site(TOKEN, API, waiting(503, 59), waiting(503, 59), waiting(503, 59), API) as one:
        with operation(1), ThreadPoolExecutor(1) as pool:
            READ(one.client)
            with pytest.raises(ManagementApiError, match=TOO_LONG):
                pool.submit(carried(READ), one.client).result()
        with operation(1):
            READ(one.client)


CALLS: dict[str, tuple[list[Reply], Act]] = {
    "read": ([TOKEN], READ),
    "write": ([TOKEN], WRITE),
    "repeatable write": ([TOKEN], REPEATABLE),
    "token": ([], ManagementClient.verify),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", ["86400", "121", "99999999999999", "Fri, 01 Jan 2999 00:00:00 GMT"])
@pytest.mark.parametrize("call", CALLS)
def test_nobody_waits_for_a_day(call: str, retry_after: str, status: int) -> None:
    """The error comes at once and says when to run again; no other attempt is made, here or by whoever gets it."""
    before, act = CALLS[call]
    with (
        site(*before, Reply(status, headers={"Retry-After": retry_after})) as one,
        pytest.raises(ManagementApiError, match=r"Run again in \d+ (min|hours|days)[:;.]") as caught,
    ):
        act(one.client)

    assert one.clock.slept == []
    assert caught.value.status == status
    if call == "write":  # what an operation does with it
        assert not caught.value.worth_another_try


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", ["nan", "-5", "0", "", "Thu, 01 Jan 1970 00:00:00 GMT", "1" * 5000])
@pytest.mark.parametrize("call", CALLS)
def test_nonsense_is_waited_for_briefly(call: str, retry_after: str, status: int) -> None:
    """A time to return that is none is passed over, whatever the request and the status."""
    before, act = CALLS[call]
    good = TOKEN if call == "token" else API
    with site(*before, Reply(status, headers={"Retry-After": retry_after}), good) as one:
        if call == "write":
            with pytest.raises(ManagementApiError) as caught:
                act(one.client)
            assert caught.value.worth_another_try
            assert (caught.value.retry_after_s or 0) < 10
        else:
            act(one.client)

        assert one.waited_s < 10


def test_a_write_that_failed_for_a_while_says_for_how_long() -> None:
    """Whoever looks whether it was carried out waits as long as the service asks for, within bounds."""
    with site(TOKEN, waiting(503, LONGEST_WAIT_S)) as one, pytest.raises(ManagementApiError) as caught:
        WRITE(one.client)

    assert caught.value.retry_after_s == LONGEST_WAIT_S
    assert caught.value.worth_another_try


def test_many_long_waits_end_after_five_minutes() -> None:
    """Waits count from the first attempt: the third of two minutes each is not begun."""
    with site(TOKEN, *[waiting(503, 120)] * 4) as one:
        with pytest.raises(ManagementApiError, match=r"\(3 attempts\)"):
            READ(one.client)

        assert one.clock.slept == [120, 120]
