"""Answers that are not what the API documents, or say more or less than that."""

from __future__ import annotations

import pytest

from auth0.scripted import answer, scripted
from pulumi_auth0_permissions.auth0.errors import (
    ManagementApiError,
)

API = {"id": "x", "identifier": "https://orders/", "scopes": []}
GET = "GET /api/v2/resource-servers/x"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ([], "the API is no JSON object"),
        ({}, "id is missing"),
        ({**API, "id": 1}, "id is no text"),
        ({**API, "scopes": {}}, "scopes is no list"),
        ({**API, "scopes": ["a"]}, "a scope is no JSON object"),
        ({**API, "scopes": [{"description": "x"}]}, "value is missing"),
        ({**API, "scopes": [{"value": "a"}, {"value": "a"}]}, "listed twice"),
    ],
)
def test_an_answer_of_another_shape_is_not_taken(payload: object, reason: str) -> None:
    """JSON that is no API ends in an error at once: asking again would not change it."""
    with scripted(answer(payload)) as (client, clock), pytest.raises(ManagementApiError, match=reason):
        client.get_api("x")

    assert clock.slept == []


def test_a_write_answered_in_another_shape_has_an_unknown_outcome() -> None:
    """A 200 that can't be read does not prove that the list is there."""
    with scripted(answer({"ok": True})) as (client, _), pytest.raises(ManagementApiError, match="id is missing"):
        client.replace_permissions("x", {})


def test_unknown_keys_are_passed_over() -> None:
    """New keys keep arriving; they do no harm."""
    scopes = [{"description": "d", "value": "a", "new": 1}]
    with scripted(answer({**API, "new": {"a": []}, "scopes": scopes, "is_system": False})) as (client, _):
        api = client.get_api("x")

    assert (api.permissions, api.is_system, api.token_lifetime_s) == ({"a": "d"}, False, None)


def test_a_checkpoint_that_leads_nowhere_is_noticed() -> None:
    """A list whose next page is itself would never end."""
    page = answer({"client_grants": [], "next": "again"})
    with scripted(page, page) as (client, _), pytest.raises(ManagementApiError, match="next leads nowhere"):
        list(client.client_grants("x"))


def test_a_list_without_totals_ends_with_an_empty_page() -> None:
    """A bare array is read as a page; a short one may have been capped, so that only an empty one is the last."""
    full = answer([{"id": f"rol_{number}", "name": "r"} for number in range(100)])
    with scripted(full, answer([{"id": "rol_last", "name": "r"}]), answer([])) as (client, _):
        roles = list(client.roles())

    assert len(roles) == 101
