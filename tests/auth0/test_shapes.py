"""Answers that are not what the API documents, or say more or less than that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auth0.scripted import answer, scripted
from pulumi_auth0_permissions.auth0.errors import (
    OutcomeUnknown,
    UnreadableAnswer,
)
from pulumi_auth0_permissions.core.permissions import PermissionSet

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
    with scripted(answer(payload)) as (client, clock), pytest.raises(UnreadableAnswer, match=reason):
        client.get_api("x")

    assert clock.slept == []


def test_a_write_answered_in_another_shape_has_an_unknown_outcome() -> None:
    """A 200 that can't be read does not prove that the list is there."""
    with scripted(answer({"ok": True})) as (client, _), pytest.raises(OutcomeUnknown, match="id is missing"):
        client.replace_permissions("x", PermissionSet())


def test_unknown_keys_are_passed_over() -> None:
    """New keys keep arriving; they do no harm."""
    scopes = [{"description": "d", "value": "a", "new": 1}]
    with scripted(answer({**API, "new": {"a": []}, "scopes": scopes, "is_system": False})) as (client, _):
        api = client.get_api("x")

    assert (api.permissions.as_map(), api.is_system, api.token_lifetime_s) == ({"a": "d"}, False, None)


def test_a_checkpoint_that_leads_nowhere_is_noticed() -> None:
    """A list whose next page is itself would never end."""
    page = answer({"client_grants": [], "next": "again"})
    with scripted(page, page) as (client, _), pytest.raises(UnreadableAnswer, match="next leads nowhere"):
        list(client.client_grants("x"))


def test_a_list_without_totals_ends_with_an_empty_page() -> None:
    """A bare array is read as a page; a short one may have been capped, so that only an empty one is the last."""
    full = answer([{"id": f"rol_{number}", "name": "r"} for number in range(100)])
    with scripted(full, answer([{"id": "rol_last", "name": "r"}]), answer([])) as (client, _):
        roles = list(client.roles())

    assert len(roles) == 101


def test_a_log_entry_may_say_little() -> None:
    """Entries whose details are missing or of another shape are kept with what they say."""
    entries = [
        {"type": "sapi", "date": "2026-11-24T10:00:02.000Z", "log_id": "3", "details": {"request": "odd"}},
        {
            "type": "sapi",
            "date": "2026-11-24T10:00:01Z",
            "_id": "2",
            "client_id": "",
            "description": "Update",
            "details": {
                "request": {
                    "method": "patch",
                    "path": "/p",
                    "body": [],
                    "auth": {"user": {"email": "a@example.com"}},
                },
                "response": {"statusCode": "200"},
            },
        },
        {"type": "s", "date": "2026-11-24T10:00:00Z", "log_id": "1"},
    ]
    with scripted(answer(entries), answer([])) as (client, _):
        one, two = client.recent_api_writes(datetime(2026, 11, 24, tzinfo=UTC))

    assert (one.log_id, one.method, one.path, one.body, one.user) == ("3", "", "", None, None)
    assert (two.log_id, two.method, two.path, two.user) == ("2", "PATCH", "/p", "a@example.com")
    assert (two.client_id, two.status, two.body) == (None, None, None)


@pytest.mark.parametrize(
    "entry", [1, {"type": "sapi"}, {"type": "sapi", "date": "soon", "log_id": "1"}, {"type": "s", "date": 1}]
)
def test_a_log_that_can_not_be_read_is_told(entry: object) -> None:
    """A log whose entries have no date is an unreadable answer, not an internal error."""
    with scripted(answer([entry])) as (client, _), pytest.raises(UnreadableAnswer):
        client.recent_api_writes(datetime(2026, 11, 24, tzinfo=UTC))


def test_a_busy_log_is_read_until_it_is_old_enough() -> None:
    """Log-ins between the writes don't hide them, and reading ends with the first entry that is too old."""
    logins = [{"type": "s", "date": "2026-11-24T10:00:00Z", "log_id": "1"}]
    write = {"type": "sapi", "date": "2026-11-24T09:59:59Z", "log_id": "2"}
    old = {"type": "s", "date": "2026-11-24T08:00:00Z", "log_id": "3"}
    with scripted(answer(logins), answer([write, old])) as (client, _):
        writes = client.recent_api_writes(datetime(2026, 11, 24, 9, tzinfo=UTC))

    assert [entry.log_id for entry in writes] == ["2"]
