"""Lists in pages: read to their end, each item once, and never taken for complete when they are not."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from auth0.scripted import GIVEN, answer, scripted
from pulumi_auth0_permissions.auth0 import client
from pulumi_auth0_permissions.auth0.errors import ManagementApiError


def roles(names: str, **fields: object) -> dict[str, object]:
    """Return a page, by number, with a role for each letter."""
    return {"roles": [{"id": name, "name": ""} for name in names], **fields}


def grants(names: str, **fields: object) -> dict[str, object]:
    """Return a page, by checkpoint, with a grant for each letter."""
    return {"client_grants": [{"id": name, "audience": "x"} for name in names], **fields}


def read(pages: list[Any]) -> tuple[str, list[dict[str, str]]]:
    """Return the items of a list and the queries that it took; no page is left unread."""
    with scripted(*map(answer, pages), credentials=GIVEN) as site:
        listed = site.client.client_grants("x") if "client_grants" in pages[0] else site.client.roles()
        items = "".join(item.id for item in listed)
        assert site.server.script == []
        return items, [dict(parse_qsl(urlsplit(request.path).query)) for request in site.server.received]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([roles("ab", start=0, limit=2, total=3), roles("bc", start=2, limit=2, total=3)], "abc"),
        ([roles("", total=0)], ""),
    ],
    ids=["totals", "empty"],
)
def test_a_list_is_read_to_its_end(pages: list[Any], expected: str) -> None:
    """Pages are numbered, of a hundred, and as many as the answers call for."""
    items, queries = read(pages)

    assert items == expected
    assert queries == [
        {"page": str(number), "per_page": "100", "include_totals": "true"} for number in range(len(pages))
    ]


def test_a_list_by_checkpoint_is_read_to_its_end() -> None:
    """Each page says where the next one starts; one that is empty is not the last."""
    items, queries = read([grants("a", next="p1"), grants("", next="p2"), grants("b")])

    assert items == "ab"
    assert queries == [{"audience": "x", "take": "100", **more} for more in ({}, {"from": "p1"}, {"from": "p2"})]


def test_pages_are_read_when_they_are_needed() -> None:
    """Whoever stops after the first item has read one page."""
    with scripted(answer(roles("ab", total=4)), credentials=GIVEN) as site:
        assert next(site.client.roles()).id == "a"


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ([roles("", total=1)], "page 1 brings nothing new, and 0 of 1 entries came"),
        ([roles("a", total=9), roles("a", total=9)], "page 2 brings nothing new, and 1 of 9 entries came"),
        ([grants("", next="p1"), grants("", next="p1")], "page 2 brings nothing new, and 0 of ? entries came"),
        ([grants("a", next="p1"), grants("a", next="p2")], "page 2 brings nothing new, and 1 of ? entries came"),
        ([grants("a", total=2)] * 2, "page 2 brings nothing new, and 1 of 2 entries came"),
        ([roles(letter, total=99) for letter in "abc"], "it goes on after 3 pages, 0 MiB"),
        # "b" moved to the next page while the list was read, so what came before it was missed.
        ([roles("ab", total=4), roles("bc", total=4), roles("", total=4)], "page 3 brings nothing new, and 3 of 4 en"),
        ([roles("abcdefghijklmnopqrstuvwxyz", total=99)], "it goes on after 1 pages, 0 MiB"),
    ],
)
def test_a_list_that_contradicts_itself_or_never_ends_is_an_error(
    monkeypatch: pytest.MonkeyPatch, pages: list[Any], why: str
) -> None:
    """Its holders are unknown, not none; pages and memory are bounded."""
    monkeypatch.setattr(client, "MAX_PAGES", 3)
    monkeypatch.setattr(client, "MAX_LIST_BYTES", 200)
    with pytest.raises(ManagementApiError, match=rf"^GET /api/v2/[\w-]+: the list is not complete .*{re.escape(why)}"):
        read(pages)
