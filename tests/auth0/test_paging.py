"""Lists in pages: read to their end, each item once, and never taken for complete when they are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import pytest

from pulumi_auth0_permissions.auth0 import paging
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.http import Call, HttpClient
from pulumi_auth0_permissions.auth0.paging import Listing, all_items, one_page

_T = TypeVar("_T")


@dataclass
class Server:
    """Answers with one page after the other.

    Attributes:
        pages: what comes.
        queries: what it was asked for.
        received: how many bytes came.
    """

    pages: list[object]
    queries: list[dict[str, str]] = field(default_factory=list)
    received: int = 0

    def send(self, call: Call, read: Callable[[object], _T]) -> _T:
        """Return the next page."""
        self.queries.append(dict(call.query))
        self.received += 100
        return read(self.pages.pop(0))


LETTERS: Listing[Any] = Listing("/letters", "letters", lambda item: item, lambda item: tuple(str(item)), "read:letters")
BY_CHECKPOINT = replace(LETTERS, by_checkpoint=True, query=(("audience", "x"),))


def read(pages: list[object], listing: Listing[Any] = LETTERS) -> tuple[list[str], list[dict[str, str]]]:
    """Return the items of a list and the queries that it took."""
    server = Server(pages)
    return list(all_items(cast("HttpClient", server), listing)), server.queries


def page(letters: str, **fields: object) -> dict[str, object]:
    """Make an answer with an item for each letter."""
    return {"letters": list(letters), **fields}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([page("ab", start=0, limit=2, total=3), page("c", start=2, limit=2, total=3)], "abc"),
        ([page("a", start=0, limit=1, total=2), page("b", start=1, limit=1, total=2)], "ab"),  # the service caps it
        ([page("ab", total=4), page("bc", total=4)], "abc"),  # "b" moved to the next page meanwhile
        ([page("", total=0)], ""),
        ([["a", "b"], ["c"], []], "abc"),  # without totals only an empty page is the last
    ],
    ids=["totals", "capped", "moved", "empty", "bare"],
)
def test_a_list_is_read_to_its_end(pages: list[object], expected: str) -> None:
    """Pages are numbered, of a hundred, and as many as the answers call for."""
    items, queries = read(pages)

    assert "".join(items) == expected
    assert queries == [
        {"page": str(number), "per_page": "100", "include_totals": "true"} for number in range(len(queries))
    ]
    assert pages == []


def test_a_list_by_checkpoint_is_read_to_its_end() -> None:
    """Each page says where the next one starts; one that is empty is not the last."""
    items, queries = read([page("a", next="p1"), page("", next="p2"), page("b")], BY_CHECKPOINT)

    assert items == ["a", "b"]
    assert queries == [{"audience": "x", "take": "100", **more} for more in ({}, {"from": "p1"}, {"from": "p2"})]


def test_pages_are_read_when_they_are_needed() -> None:
    """Whoever stops after the first item has read one page."""
    server = Server([page("ab", total=4), page("cd", total=4)])

    assert next(all_items(cast("HttpClient", server), LETTERS)) == "a"
    assert len(server.queries) == 1


@pytest.mark.parametrize(
    ("listing", "pages", "why"),
    [
        (LETTERS, [page("", total=1)], "0 of 1 entries came"),
        (LETTERS, [page("a", total=9), page("a", total=9)], "the same 1 entries came again"),
        (LETTERS, [page("a", start=7, total=9)], "starts at 7, though 0 entries"),
        (BY_CHECKPOINT, [page("", next="p1"), page("", next="p1")], "the same 0 entries came again"),
        (BY_CHECKPOINT, [page("a", next="p1"), page("a", next="p2")], "the same 1 entries came again"),
        (BY_CHECKPOINT, [page("a", total=2)], "1 of 2 entries came"),
    ],
)
def test_a_list_that_contradicts_itself_is_an_error(listing: Listing[Any], pages: list[object], why: str) -> None:
    """Its holders are unknown, not none."""
    with pytest.raises(ManagementApiError, match=rf"^GET /letters: the list is not complete .*{why}"):
        read(pages, listing)


def test_a_list_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and memory are bounded."""
    endless: list[object] = [page(letter, total=99) for letter in "abcdefgh"]
    monkeypatch.setattr(paging, "MAX_PAGES", 3)
    with pytest.raises(ManagementApiError, match="it goes on after 3 pages"):
        read(endless[:])
    monkeypatch.setattr(paging, "MAX_LIST_BYTES", 150)
    with pytest.raises(ManagementApiError, match="it takes more than"):
        read(endless[:])


@pytest.mark.parametrize(
    ("answered", "why"),
    [
        (page("ab", start=2, total=4), "page 0 starts at 2 instead of 0"),
        (page("ab", start=0, total=1), "2 entries came, of 1"),
        (page("abc", start=0, total=3), "a page of at most 2 entries holds 3"),
        ({"letters": ["ab", "bc"], "total": 2}, "an entry is there twice"),
    ],
)
def test_a_page_that_contradicts_itself_is_an_error(answered: object, why: str) -> None:
    """Neither its items nor its total is used."""
    with pytest.raises(ManagementApiError, match=why):
        one_page(cast("HttpClient", Server([answered])), LETTERS, 0, 2)


@pytest.mark.parametrize(("answered", "total"), [(page("ab", start=2, total=5), 5), (["a", "b"], 4)])
def test_a_page_brings_the_total(answered: object, total: int) -> None:
    """Without one, as many as there are up to its end."""
    assert one_page(cast("HttpClient", Server([answered])), LETTERS, 1, 2) == (("a", "b"), total)
