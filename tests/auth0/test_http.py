"""What goes over the wire, what is repeated, what is waited for, and that every call ends."""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from urllib.parse import parse_qs

import pytest

from auth0.scripted import API, CLIENT, SECRET, TOKEN, Reply, answer, scripted
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import LONGEST_WAIT_S, ManagementApiError
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from support.clocks import Clock

REFUSED = "the tenant's rate limit (it has refused a request)"
BEFORE_NEXT = "the tenant, before the next attempt"

Act = Callable[[ManagementClient], object]
READ: Act = lambda client: client.get_api("x")  # noqa: E731
WRITE: Act = lambda client: client.replace_permissions("x", {"é": "🙂"})  # noqa: E731
REPEATABLE: Act = lambda client: client.change_role("r", "x", given=["a"])  # noqa: E731
GET_TOKEN: Act = lambda client: client.verify()  # noqa: E731

HTML = b"<html><body>502 Bad Gateway</body></html>"
FAULTS = {
    "429": answer({"errorCode": "too_many_requests"}, 429, x_ratelimit_limit="10", x_ratelimit_remaining="0"),
    "429 without headers": Reply(429),
    "500": answer({"message": "Boom"}, 500),
    "503": Reply(503, headers={"Retry-After": "2"}),
    "408": Reply(408),
    "dropped": Reply(instead="close"),
    "cut short": Reply(body=b'{"id":', instead="cut"),
    "malformed JSON": Reply(body=b'{"id": '),
    "an HTML page": Reply(body=HTML),
}
"""What comes in an answer's place, of which another attempt may fare better."""


@pytest.mark.parametrize("audience", [None, "https://acme.eu.auth0.com/api/v2/"])
def test_what_is_sent(audience: str | None) -> None:
    """A form for the token, with the client's secret; then ASCII JSON with the token, whatever a text holds.

    The header for a custom domain is the official provider's.
    """
    with scripted(TOKEN, API, audience=audience, custom_domain="login.example.com") as site:
        WRITE(site.client)
        token, write = site.server.received

    assert (token.method, token.path) == ("POST", "/oauth/token")
    assert token.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(token.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the id"],
        "client_secret": [SECRET],
        "audience": [audience or f"http://{token.headers['host']}/api/v2/"],
    }
    assert "auth0-custom-domain" not in token.headers
    expected = ["application/json", "Bearer the-issued-token", "login.example.com"]
    assert [write.headers[name] for name in ("content-type", "authorization", "auth0-custom-domain")] == expected
    assert write.body == b'{"scopes":[{"value":"\\u00e9","description":"\\ud83d\\ude42"}]}'


@pytest.mark.parametrize("act", [READ, REPEATABLE, WRITE], ids=["read", "repeatable write", "write"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_waited_for_but_after_a_write_of_a_whole_list(name: str, act: Act, clock: Clock) -> None:
    """What twice is as good as once is sent again, and the message gives the attempts; a list is sent once.

    Of an unanswered write nobody knows whether it was carried out.
    """
    is_limit = "429" in name
    attempts, count = (8 if is_limit else 4), r"\({} attempts\)"
    with scripted(TOKEN, FAULTS[name], API, *[FAULTS[name]] * 9) as site:
        if act is WRITE:
            attempts, count = 1, "Run again"
        else:
            act(site.client)
            assert (len(site.sent), sum(clock.slept) >= 0.25) == (2, True)
            site.server.received.clear()
        with pytest.raises(ManagementApiError, match=count.format(attempts)) as caught:
            act(site.client)
        assert len(site.sent) == attempts

    assert caught.value.nothing_was_written == (act is READ or is_limit)
    assert (caught.value.status == 429) == is_limit
    assert caught.value.worth_another_try


def test_a_tenant_that_is_down_is_known_not_to_have_written() -> None:
    """When no connection comes about nothing was sent: four attempts at a token, and the address in the message."""
    with scripted(TOKEN) as site:
        site.client.verify()
    with pytest.raises(ManagementApiError, match="Connection refused") as written:
        WRITE(site.client)
    other = ManagementClient(site.server.domain, CLIENT)
    with pytest.raises(ManagementApiError, match=r"can be made \(Connection refused\) \(4 attempts\)") as caught:
        other.verify()

    assert site.server.domain.removeprefix("http://") in str(caught.value)
    assert written.value.nothing_was_written


@pytest.mark.parametrize("act", [READ, WRITE], ids=["read", "write"])
def test_a_refused_token_is_replaced_once(act: Act) -> None:
    """A read is repeated with the new one, a write left to its caller; a new token that is refused ends it."""
    expired = answer({"message": "Expired"}, 401)
    with scripted(TOKEN, expired, TOKEN, API, expired, TOKEN, expired) as site:
        if act is WRITE:
            with pytest.raises(ManagementApiError, match="does not accept the token") as caught:
                act(site.client)
            assert (caught.value.worth_another_try, caught.value.nothing_was_written) == (True, True)
        act(site.client)
        assert len(site.sent) == 2
        if act is READ:
            with pytest.raises(ManagementApiError, match="does not accept the token"):
                act(site.client)
            assert len(site.sent) == 4


def left(remaining: int, *, limit: int = 10, status: int = 200) -> Reply:
    """Return an answer that says what is left of the rate limit, which is full again in 10 s."""
    headers = {"limit": str(limit), "remaining": str(remaining), "reset": "10"}
    named = {f"x_ratelimit_{name}": value for name, value in headers.items()}
    return answer({"id": "x", "identifier": "x"}, status, **named)


@pytest.mark.parametrize(("limit", "waited_s"), [(10, 0), (1, 10)])
def test_a_write_follows_its_read_as_soon_as_there_can_be_room(limit: int, waited_s: float, clock: Clock) -> None:
    """Both have their place before the read is sent; but a limit of one request never has room for both."""
    with scripted(TOKEN, left(0, limit=limit), left(0, limit=limit), API) as site:
        READ(site.client)
        with site.client.reserve(2):
            READ(site.client)
            read_at_s = clock.now_s
            WRITE(site.client)

    assert clock.now_s - read_at_s == pytest.approx(waited_s, abs=0.1)


def test_a_read_that_was_refused_gives_its_place_back(clock: Clock) -> None:
    """After a 429 to the read of a reservation nobody waits in there; the next one waits for both, read and write."""
    with scripted(TOKEN, left(0, status=429), left(2), left(1)) as site:
        with pytest.raises(ManagementApiError, match="429"), site.client.reserve(2):
            READ(site.client)
        assert clock.slept == []
        with site.client.reserve(2):
            waits = len(clock.slept)
            READ(site.client)
            WRITE(site.client)
        assert 0 < waits == len(clock.slept)


def waiting(status: int, seconds: str) -> Reply:
    """Return an answer that asks for a wait."""
    return Reply(status, headers={"Retry-After": seconds})


TOO_LONG = r"the operation takes longer than 1 minutes, so the next request was not sent.*operationTimeout"
ENDLESS = [answer({"roles": [{"id": f"r{n}", "name": ""}], "start": n, "total": 10**9}) for n in range(99)]


@pytest.mark.parametrize(
    ("replies", "act", "cap", "said"),
    [
        ([TOKEN, waiting(429, "40"), waiting(429, "40")], READ, None, [f"40 s for {REFUSED}"]),
        ([TOKEN, waiting(503, "40"), waiting(503, "40")], READ, None, [f"40 s for {BEFORE_NEXT}"]),
        ([waiting(429, "40"), waiting(503, "40")], READ, None, [f"40 s for {BEFORE_NEXT}"]),
        ([TOKEN, API, API], lambda client: [READ(client), READ(client)], 0.01, []),
        ([TOKEN, *ENDLESS], lambda client: list(client.roles()), 1, []),
    ],
    ids=["429", "503", "token", "requestsPerSecond", "endless list"],
)
def test_waits_that_would_go_beyond_the_operation_end_it(
    replies: list[Reply], act: Act, cap: float | None, said: list[str], clock: Clock
) -> None:
    """They are announced while the time lasts; the one that would end after the minute is not begun."""
    with scripted(*replies, requests_per_second=cap) as site, operation(1):
        with pytest.raises(ManagementApiError, match=TOO_LONG):
            act(site.client)

        assert sum(clock.slept) <= 60
        assert site.said == said


def test_an_operations_time_is_shared_by_its_threads_and_by_no_other() -> None:
    """A thread that works for an operation is part of it; the next operation has its own time."""
    with scripted(TOKEN, API, *[waiting(503, "59")] * 3, API) as site:
        with operation(1), ThreadPoolExecutor(1) as pool:
            READ(site.client)
            with pytest.raises(ManagementApiError, match=TOO_LONG):
                pool.submit(copy_context().run, READ, site.client).result()
        with operation(1):
            READ(site.client)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        *((text, False) for text in ("86400", "121", "99999999999999", "Fri, 01 Jan 2999 00:00:00 GMT")),
        *((text, True) for text in ("nan", "-5", "0", "", "Thu, 01 Jan 1970 00:00:00 GMT", "1" * 5000)),
    ],
)
@pytest.mark.parametrize("act", [READ, WRITE, REPEATABLE, GET_TOKEN], ids=["read", "write", "repeatable", "token"])
def test_nobody_waits_for_a_day_nor_for_nonsense(
    act: Act,
    retry_after: str,
    waits: bool,  # noqa: FBT001 - a table of cases
    status: int,
    clock: Clock,
) -> None:
    """A day: an error at once that says when to run again; no time at all: passed over, whatever the request."""
    refused = waiting(status, retry_after)
    script = (refused, TOKEN) if act is GET_TOKEN else (TOKEN, refused, API)
    ends = contextlib.nullcontext() if waits and act is not WRITE else pytest.raises(ManagementApiError)
    with scripted(*script) as site, ends as caught:
        act(site.client)

    assert sum(clock.slept) < 10 if waits else clock.slept == []
    if caught is not None:
        assert caught.value.worth_another_try == waits
        assert waits or "Run again in " in caught.value.next_action
        assert not waits or (caught.value.retry_after_s or 0) < 10


def test_the_longest_wait_is_taken_as_asked(clock: Clock) -> None:
    """Two minutes, as often as there are attempts; then the error says so once more."""
    asks = waiting(503, f"{LONGEST_WAIT_S:.0f}")
    with scripted(TOKEN, *[asks] * 4) as site, pytest.raises(ManagementApiError, match=r"\(4 attempts\)") as caught:
        READ(site.client)

    assert clock.slept == [LONGEST_WAIT_S] * 3
    assert (caught.value.retry_after_s, caught.value.worth_another_try) == (LONGEST_WAIT_S, True)
