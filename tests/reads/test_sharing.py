"""Threads that read together: who asks for what, and what each of them is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from pulumi_auth0_permissions.auth0.errors import (
    ErrorFacts,
    Forbidden,
    ManagementApiError,
    NotFound,
    RateLimited,
    ServerFailure,
    Unreachable,
)
from pulumi_auth0_permissions.auth0.models import Api, ApiPage
from pulumi_auth0_permissions.observations import Observations, Wish

WAIT_S = 30  # a limit for a test that hangs; nothing is measured by it
FACTS: ErrorFacts = {"request": "GET /somewhere", "what": "it failed", "next_action": "Run again."}


def api(number: int, permissions: int = 3) -> Api:
    """Return an API."""
    held = {f"p{n}": "" for n in range(permissions)}
    return Api(f"id{number}", f"urn:{number}", "", is_system=False, token_lifetime_s=None, permissions=held)


def wish(number: int) -> Wish:
    """Return the wish of a refresh."""
    return Wish(f"id{number}", f"urn:{number}", 3)


class Desk:
    """A tenant at which requests can be held up; notes what it is asked for: ``api``, ``[named]`` or page number."""

    def __init__(self, *apis: Api) -> None:
        self.apis = list(apis)
        self.asked: list[str | list[str] | int] = []
        self.token_is_free = threading.Event()
        self.token_is_free.set()
        self.lists_are_free = threading.Event()
        self.lists_are_free.set()
        self.list_entered = threading.Event()
        self.before_get: Callable[[], object] = lambda: None
        self.fails: dict[str, BaseException] = {}

    def verify(self) -> None:
        """Get the token."""
        assert self.token_is_free.wait(WAIT_S)
        if "token" in self.fails:
            raise self.fails["token"]

    def get_api(self, api: str) -> Api:
        """Return one API."""
        self.asked.append(api)
        self.before_get()
        if api in self.fails:
            raise self.fails[api]
        for one in self.apis:
            if api in (one.id, one.identifier):
                return one
        raise NotFound(request=f"GET {api}", what="there is none", next_action="Create it.")

    def list_apis_page(self, page: int, per_page: int, identifiers: Sequence[str] | None = None) -> ApiPage:
        """Return a page of all, or of those named."""
        self.asked.append(page if identifiers is None else sorted(identifiers))
        self.list_entered.set()
        assert self.lists_are_free.wait(WAIT_S)
        if "list" in self.fails:
            raise self.fails["list"]
        found = [one for one in self.apis if identifiers is None or one.identifier in identifiers]
        return ApiPage(tuple(found[page * per_page : (page + 1) * per_page]), len(found))


@contextmanager
def threads(observations: Observations, count: int) -> Iterator[Callable[[Wish], Future[Api]]]:
    """Run `get` in threads, as many as may be at it at the same time."""
    with ThreadPoolExecutor(count) as pool:
        yield lambda one: pool.submit(observations.get, one)


def until_open(observations: Observations, count: int) -> None:
    """Wait until that many wishes are open."""
    with observations._changed:
        assert observations._changed.wait_for(lambda: len(observations._open) == count, WAIT_S)


def ask_together(desk: Desk, wishes: Sequence[Wish], observations: Observations | None = None) -> list[Future[Api]]:
    """Ask for all of them while the token is under way, and return what came of each."""
    shared = observations or Observations(lambda: desk)
    desk.token_is_free.clear()
    with threads(shared, len(wishes)) as ask:
        answers = [ask(one) for one in wishes]
        until_open(shared, len(wishes))
        desk.token_is_free.set()
    return answers


def test_four_are_read_by_a_page_that_serves_those_after_them() -> None:
    """What the page brought is not asked for again, by id or by identifier."""
    desk = Desk(*map(api, range(10)))
    observations = Observations(lambda: desk)

    ask_together(desk, [wish(n) for n in range(4)], observations)

    assert [observations.get(wish(n)) for n in range(4, 7)] == [api(n) for n in range(4, 7)]
    assert observations.get(Wish.of_input("urn:8")) == api(8)
    assert desk.asked == [0]


def test_an_api_that_a_list_does_not_hold_is_asked_for_to_be_sure() -> None:
    """A list says who is there; that somebody is not is told by the single read, to those concerned only."""
    desk = Desk(api(1), api(2))

    found, missing = ask_together(desk, [wish(1), wish(9)])

    assert found.result() == api(1)
    with pytest.raises(NotFound, match="GET id9"):
        missing.result()
    assert desk.asked == [["urn:1", "urn:9"], "id9"]


def test_an_api_made_anew_under_an_old_identifier_is_not_taken_for_the_old_one() -> None:
    """What is asked for by id is answered by that id or not at all."""
    anew = Api("id77", "urn:1", "", is_system=False, token_lifetime_s=None, permissions={})
    desk = Desk(anew, api(2))

    gone, found = ask_together(desk, [wish(1), wish(2)])

    assert found.result() == api(2)
    with pytest.raises(NotFound, match="GET id1"):
        gone.result()


def test_an_api_on_no_page_is_asked_for_to_be_sure() -> None:
    """When the whole tenant was read and one is missing, that one is asked for."""
    desk = Desk(*map(api, range(5)))

    *found, missing = ask_together(desk, [wish(n) for n in (0, 1, 2, 99)])

    assert [answer.result() for answer in found] == [api(0), api(1), api(2)]
    with pytest.raises(NotFound, match="GET id99"):
        missing.result()
    assert desk.asked == [0, "id99"]


@pytest.mark.parametrize(
    "error", [Forbidden(**FACTS), ServerFailure(**FACTS), Unreachable(**FACTS), ManagementApiError(**FACTS)]
)
def test_a_list_that_fails_leaves_single_reads(error: ManagementApiError) -> None:
    """Each API is then read by itself, and lists are not tried again."""
    desk = Desk(*map(api, range(20)))
    desk.fails["list"] = error
    observations = Observations(lambda: desk)

    answers = ask_together(desk, [wish(n) for n in range(4)], observations)
    ask_together(desk, [wish(n) for n in range(4, 8)], observations)

    assert [answer.result() for answer in answers] == [api(n) for n in range(4)]
    assert desk.asked[0] == 0
    assert sorted(map(str, desk.asked[1:])) == sorted(f"id{n}" for n in range(8))


def test_where_single_reads_fail_too_each_tells_of_its_own() -> None:
    """The failures are those of the single reads, each with its own request."""
    desk = Desk(api(1), api(2))
    desk.fails["list"] = ServerFailure(**FACTS)
    desk.fails["id2"] = ServerFailure(request="GET id2", what="it failed", next_action="Run again.")

    good, bad = ask_together(desk, [wish(1), wish(2)])

    assert good.result() == api(1)
    with pytest.raises(ServerFailure, match="GET id2"):
        bad.result()


def test_a_list_refused_for_the_rate_limit_is_followed_by_nothing() -> None:
    """When the client gave up waiting for the rate limit, everybody is told, and no more is sent."""
    desk = Desk(api(1), api(2))
    desk.fails["list"] = RateLimited(**FACTS, retry_after_s=9)

    answers = ask_together(desk, [wish(1), wish(2)])

    for answer in answers:
        with pytest.raises(RateLimited):
            answer.result()
    assert desk.asked == [["urn:1", "urn:2"]]


def test_a_failure_is_not_remembered() -> None:
    """Who asks again after a failure causes a new read."""
    desk = Desk(api(1))
    observations = Observations(lambda: desk)
    desk.fails["id1"] = ServerFailure(**FACTS)
    with pytest.raises(ServerFailure):
        observations.get(wish(1))
    desk.fails.clear()

    assert observations.get(wish(1)) == api(1)


def test_a_defect_in_one_thread_leaves_no_other_waiting() -> None:
    """Whoever leads and breaks down hears of it; another one takes over."""
    desk = Desk(*map(api, range(3)))
    desk.fails["list"] = ZeroDivisionError()
    desk.token_is_free.clear()
    observations = Observations(lambda: desk)
    with threads(observations, 2) as ask:
        leader = ask(wish(1))
        until_open(observations, 1)
        follower = ask(wish(2))
        until_open(observations, 2)
        desk.token_is_free.set()

    with pytest.raises(ZeroDivisionError):
        leader.result()
    assert follower.result() == api(2)
