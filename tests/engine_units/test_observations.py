"""Reads of APIs that the threads of a process share."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_auth0_permissions.core.permissions import Permission, PermissionSet
from pulumi_auth0_permissions.management.models import Api, ApiPage
from pulumi_auth0_permissions.observations import Observations, Wish

THREADS = 8
WAIT_S = 30  # a limit for a test that hangs; nothing is measured by it


def api(number: int = 1) -> Api:
    """Return an API."""
    return Api(f"id{number}", f"urn:api:{number}", "Api", False, None, PermissionSet())  # noqa: FBT003 - positional as in the model


class Reader:
    """Reads APIs, counts the reads, and can be held in the middle of reading `id1`."""

    def __init__(self) -> None:
        self.reads: list[str] = []
        self.entered = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.answer: Callable[[str], Api] = lambda name: api(int(name[-1]))

    def verify(self) -> None:
        """Have a token."""

    def list_apis_page(self, page: int, per_page: int, identifiers: Sequence[str] | None = None) -> ApiPage:
        """Refuse: no test here is about lists."""
        raise AssertionError((page, per_page, identifiers))

    def get_api(self, name: str) -> Api:
        """Read an API."""
        self.reads.append(name)
        self.entered.set()
        if name == "id1":
            assert self.may_answer.wait(WAIT_S)
        return self.answer(name)


def test_an_api_is_read_once() -> None:
    """Asking again for what was read sends nothing."""
    reader = Reader()
    observations = Observations(lambda: reader)

    assert observations.get(Wish("id1")) == observations.get(Wish("id1")) == api()
    assert reader.reads == ["id1"]


def test_id_and_identifier_are_one_api() -> None:
    """What was read by its identifier is known by its id, and the other way round."""
    reader = Reader()
    observations = Observations(lambda: reader)

    observations.get(Wish("urn:api:1"))
    observations.get(Wish("id2"))

    assert observations.get(Wish("id1")) == api(1)
    assert observations.get(Wish("urn:api:2")) == api(2)
    assert reader.reads == ["urn:api:1", "id2"]


def test_threads_that_ask_together_share_a_read() -> None:
    """Eight threads that ask for one API while it is being read cause one request and get one answer."""
    reader = Reader()
    reader.may_answer.clear()
    observations = Observations(lambda: reader)
    asking = threading.Barrier(THREADS + 1)

    def ask() -> Api:
        asking.wait(WAIT_S)
        return observations.get(Wish("id1"))

    with ThreadPoolExecutor(THREADS) as threads:
        answers = [threads.submit(ask) for _ in range(THREADS)]
        asking.wait(WAIT_S)
        assert reader.entered.wait(WAIT_S)
        reader.may_answer.set()

        assert [answer.result(WAIT_S) for answer in answers] == [api()] * THREADS
    assert reader.reads == ["id1"]


def test_a_slow_read_keeps_nobody_else_waiting() -> None:
    """While one API is being read, another one can be."""
    reader = Reader()
    reader.may_answer.clear()
    observations = Observations(lambda: reader)

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(observations.get, Wish("id1"))
        assert reader.entered.wait(WAIT_S)

        assert observations.get(Wish("id2")) == api(2)
        assert observations.peek("id1") is None

        reader.may_answer.set()
        assert slow.result(WAIT_S) == api(1)


def test_a_read_that_failed_is_made_again() -> None:
    """A failure is told to whoever asked, and is not remembered."""
    reader = Reader()
    observations = Observations(lambda: reader)

    def fail(_name: str) -> Api:
        raise ConnectionError

    answer, reader.answer = reader.answer, fail
    with pytest.raises(ConnectionError):
        observations.get(Wish("id1"))
    reader.answer = answer

    assert observations.get(Wish("id1")) == api()
    assert reader.reads == ["id1", "id1"]


def test_to_peek_sends_nothing() -> None:
    """Looking whether something was read reads nothing."""
    reader = Reader()
    observations = Observations(lambda: reader)

    assert observations.peek("id1") is None
    assert reader.reads == []


def test_what_a_write_answered_counts_from_then_on() -> None:
    """What is put in replaces what was read, under both names."""
    observations = Observations(Reader)
    observations.get(Wish("id1"))
    after = dataclasses.replace(api(), permissions=PermissionSet([Permission("a")]))

    observations.put(after)

    assert observations.get(Wish("id1")) == observations.peek("urn:api:1") == after


def test_what_is_forgotten_is_read_again() -> None:
    """An API that may have changed is read anew, whichever name it is asked for by."""
    reader = Reader()
    observations = Observations(lambda: reader)
    observations.get(Wish("id1"))

    observations.forget(api())

    assert observations.peek("id1") is None
    assert observations.peek("urn:api:1") is None
    assert observations.get(Wish("urn:api:1")) == api()
    assert reader.reads == ["id1", "urn:api:1"]
