"""Answers that lie: about what they are, and how long a list is."""

from __future__ import annotations

import pytest

from auth0.scripted import answer, scripted
from pulumi_auth0_permissions.auth0.errors import ManagementApiError

OTHER = {"id": "other", "identifier": "https://other.example.com"}


def role(number: int) -> dict[str, str]:
    """Return a role."""
    return {"id": f"rol_{number}", "name": "r"}


def test_another_api_is_not_taken_for_the_one_asked_for() -> None:
    """The next write would go to what was read."""
    with scripted(answer(OTHER)) as (client, _), pytest.raises(ManagementApiError, match="something else"):
        client.get_api("orders")


def test_an_answer_to_a_write_about_another_api_is_no_success() -> None:
    """What the write did is unknown then."""
    with scripted(answer(OTHER)) as (client, _), pytest.raises(ManagementApiError, match="not known whether"):
        client.replace_permissions("orders", {})


def test_a_list_that_caps_its_pages_is_read_to_its_total() -> None:
    """A page shorter than asked for is not the last one."""
    first = answer({"roles": [role(0)], "start": 0, "limit": 1, "total": 2})
    second = answer({"roles": [role(1)], "start": 1, "limit": 1, "total": 2})
    with scripted(first, second) as (client, _):
        assert [found.id for found in client.roles()] == ["rol_0", "rol_1"]


@pytest.mark.parametrize(
    "pages",
    [
        [{"roles": [], "total": 1}],
        [{"roles": [role(0)], "total": 9}, {"roles": [role(0)], "total": 9}],
        [{"roles": [role(0)], "start": 7, "total": 9}],
    ],
    ids=["empty", "repeated", "elsewhere"],
)
def test_a_list_that_contradicts_itself_is_an_error(pages: list[object]) -> None:
    """Its holders are unknown, not none."""
    with scripted(*map(answer, pages)) as (client, _), pytest.raises(ManagementApiError, match="not complete"):
        list(client.roles())


def api(number: int, **fields: object) -> dict[str, object]:
    """Return an API."""
    return {"id": f"id{number}", "identifier": f"https://{number}.example.com", **fields}


LISTED = [api(0), api(1)]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ({"resource_servers": LISTED, "start": 2, "total": 4}, "page 0 starts at 2 instead of 0"),
        ({"resource_servers": LISTED, "start": 0, "total": 1}, "2 entries came, of 1"),
        ({"resource_servers": [*LISTED, api(2)], "start": 0, "total": 3}, "a page of at most 2 entries holds 3"),
        ({"resource_servers": [api(0), api(0)], "total": 2}, "an entry is there twice"),
        ({"resource_servers": [api(0), api(1, identifier="id0")], "total": 2}, "an entry is there twice"),
    ],
)
def test_a_page_of_apis_that_contradicts_itself_is_an_error(page: object, why: str) -> None:
    """What is on it is read one by one then."""
    with scripted(answer(page)) as (client, _), pytest.raises(ManagementApiError, match=why):
        client.list_apis_page(0, 2)


def test_a_page_of_apis_without_totals_is_taken() -> None:
    """A bare array tells how many came, and nothing else."""
    with scripted(answer(LISTED)) as (client, _):
        page = client.list_apis_page(0, 2)

    assert (len(page.items), page.total) == (2, 2)


def test_half_a_character_is_asked_for_all_the_same() -> None:
    """What a tenant calls an API goes back to it, whatever it holds."""
    with scripted(answer({"client_grants": []})) as (client, _):
        assert list(client.client_grants("\ud800")) == []


def test_a_token_lifetime_that_no_clock_can_count_is_none() -> None:
    """No date can be told for it."""
    with scripted(answer(api(0, token_lifetime=10**30))) as (client, _):
        assert client.get_api("id0").token_lifetime_s is None
