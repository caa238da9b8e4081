"""Answers of the Management API as values: required fields have to be right, unknown ones do no harm."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.auth0.parsing import NoJsonError, ShapeError, api_of, client_grant_of, json_of

API = {"id": "x", "identifier": "https://orders/", "scopes": []}
GRANT = {"id": "cgr_1", "audience": "https://orders/"}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ([], "the API is not a JSON object"),
        ({}, "id is missing"),
        ({**API, "id": 1}, "id is not text"),
        ({**API, "scopes": {}}, "scopes is not a list"),
        ({**API, "scopes": ["a"]}, "a scope is not a JSON object"),
        ({**API, "scopes": [{"description": "x"}]}, "value is missing"),
        ({**API, "scopes": [{"value": "a"}, {"value": "a"}]}, "listed twice"),
    ],
)
def test_an_answer_of_another_shape_is_rejected(payload: object, reason: str) -> None:
    """The reason names the field."""
    with pytest.raises(ShapeError, match=reason):
        api_of(payload)


@pytest.mark.parametrize("scope", ["a", [1], None])
def test_a_grant_whose_list_is_none_is_rejected(scope: object) -> None:
    """What it holds would be unknown."""
    with pytest.raises(ShapeError, match="scope is not a list of texts"):
        client_grant_of({**GRANT, "scope": scope})


def test_unknown_fields_are_ignored_and_optional_ones_may_be_missing() -> None:
    """New fields keep arriving, and a lifetime that no clock can count is none."""
    scopes = [{"description": "d", "value": "a", "new": 1}, {"value": "b "}]
    api = api_of({**API, "new": {"a": []}, "scopes": scopes, "is_system": False, "token_lifetime": 10**30})

    assert api.permissions == {"a": "d", "b ": ""}
    assert (api.name, api.is_system, api.token_lifetime_s) == ("", False, None)


def test_a_grant_of_all_permissions_has_no_list() -> None:
    """With allow_all_scopes the list is absent, and a default grant has no application."""
    grant = client_grant_of({**GRANT, "default_for": "third_party_clients", "allow_all_scopes": True})

    assert (grant.client_id, grant.scope, grant.allow_all_scopes) == (None, (), True)
    assert grant.default_for == "third_party_clients"


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"<html>", NoJsonError, "it is an HTML page"),
        (b"[" * 100_000, NoJsonError, "it is not valid JSON"),
        (b"[" + b"[]," * 500_000 + b"[]]", ShapeError, "it holds more than 1000000 values"),
    ],
)
def test_a_body_that_is_not_usable_json_is_rejected(body: bytes, kind: type[ShapeError], reason: str) -> None:
    """Something else in an answer's place may pass; an answer that would fill the memory will not."""
    with pytest.raises(ShapeError, match=reason) as caught:
        json_of(body)

    assert type(caught.value) is kind
