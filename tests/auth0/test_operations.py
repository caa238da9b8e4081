"""An operation ends, however many requests and waits it is made of, and says what it waits for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from auth0.scripted import TOKEN, Reply, ScriptedServer, answer
from auth0.virtual import Clock
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.deadline import carried, operation
from pulumi_auth0_permissions.auth0.errors import LONGEST_WAIT_S, ManagementApiError

API = answer({"id": "x", "identifier": "x"})
TOO_LONG = r"^the operation takes longer than 1 minutes, so the next request was not sent\. .*operationTimeout"


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


@contextlib.contextmanager
def site(*replies: Reply, requests_per_second: float | None = None) -> Iterator[Site]:
    """Give a site whose server answers as told."""
    with ScriptedServer(*replies) as server:
        one = Site(server, requests_per_second)
        yield one
        one.client.close()


def waiting(status: int, seconds: float) -> Reply:
    """Return an answer that asks for a wait."""
    return Reply(status, headers={"Retry-After": f"{seconds:.0f}"})


@pytest.mark.parametrize("status", [429, 503])
def test_waits_that_would_go_beyond_the_operation_end_it(status: int) -> None:
    """The second wait would end after the minute, so it is not begun."""
    with site(TOKEN, waiting(status, 40), waiting(status, 40), API) as one, operation(1):
        with pytest.raises(ManagementApiError, match=TOO_LONG):
            one.client.get_api("x")

        assert one.clock.now() - 1000 == pytest.approx(40)
        assert one.said == [f"40 s for {'the tenant, before the next attempt' if status == 503 else REFUSED}"]


REFUSED = "the tenant's rate limit (it has refused a request)"


def test_waits_for_a_token_are_part_of_the_operation() -> None:
    """The token endpoint may not hold the operation up either."""
    with (
        site(waiting(429, 40), waiting(503, 40)) as one,
        operation(1),
        pytest.raises(ManagementApiError, match=TOO_LONG),
    ):
        one.client.verify()


def test_a_cap_of_ones_own_is_part_of_the_operation() -> None:
    """Requests that are spaced too far for the operation end it before they are waited for."""
    with site(TOKEN, API, requests_per_second=0.01) as one, operation(1):
        one.client.get_api("x")
        with pytest.raises(ManagementApiError, match=TOO_LONG):
            one.client.get_api("x")

        assert one.clock.now() == 1000


def test_a_list_without_end_ends_with_the_operation() -> None:
    """Each of its pages comes in time, and all of them do not."""
    pages = [
        answer({"roles": [{"id": f"r{n}", "name": ""}], "start": n, "total": 10**9}, retry_after="1") for n in range(99)
    ]
    with site(TOKEN, *pages, requests_per_second=1) as one, operation(1):
        with pytest.raises(ManagementApiError, match=TOO_LONG):
            list(one.client.roles())

        assert one.clock.now() - 1000 <= 60


def test_threads_share_the_time_of_their_operation() -> None:
    """A thread that works for an operation is part of it."""
    with site(TOKEN, API, waiting(503, 59), waiting(503, 59)) as one, operation(1), ThreadPoolExecutor(1) as pool:
        one.client.get_api("x")
        with pytest.raises(ManagementApiError, match=TOO_LONG):
            pool.submit(carried(one.client.get_api), "x").result()


def test_the_next_operation_has_its_own_time() -> None:
    """What one has used up is not the next one's."""
    with site(TOKEN, *[waiting(503, 59), API] * 2) as one:
        for _ in range(2):
            with operation(1):
                one.client.get_api("x")


Act = Callable[[ManagementClient], object]
CALLS: dict[str, tuple[list[Reply], Act]] = {
    "read": ([TOKEN], lambda client: client.get_api("x")),
    "write": ([TOKEN], lambda client: client.replace_permissions("x", {})),
    "repeatable write": ([TOKEN], lambda client: client.add_role_permissions("r", "x", ["a"])),
    "token": ([], lambda client: client.verify()),
}
FAR = ["86400", "122", "999999999", "99999999999999", "Fri, 01 Jan 2999 00:00:00 GMT"]
NONSENSE = ["nan", "-5", "inf", "1e999", "0", "", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "1000000000", "1" * 5000]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", FAR)
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
@pytest.mark.parametrize("retry_after", NONSENSE)
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

    assert timedelta(seconds=sum(one.clock.slept)) < timedelta(seconds=10)


def test_a_write_that_failed_for_a_while_says_for_how_long() -> None:
    """Whoever looks whether it was carried out waits as long as the service asks for, within bounds."""
    with site(TOKEN, waiting(503, LONGEST_WAIT_S)) as one, pytest.raises(ManagementApiError) as caught:
        one.client.replace_permissions("x", {})

    assert caught.value.retry_after_s == LONGEST_WAIT_S
    assert caught.value.worth_another_try
