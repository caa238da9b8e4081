"""What each failure means: the error that is raised, what it says, and what it never shows."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from auth0.scripted import SECRET, Reply, answer, scripted
from pulumi_auth0_permissions.auth0.error_mapping import RequestContext, error_for, rate_limit_taken
from pulumi_auth0_permissions.auth0.errors import (
    LONGEST_WAIT_S,
    BadCredentials,
    ErrorResponse,
    Forbidden,
    InvalidRequest,
    ManagementApiError,
    NotFound,
    RateLimited,
)
from pulumi_auth0_permissions.auth0.transport_errors import TransportError


def refusal(status: int, error: str = "", message: str = "", code: str = "", location: str = "") -> ErrorResponse:
    """Return an error in the shape of the Management API, as it is read."""
    body = {"statusCode": status, "error": error, "message": message, **({"errorCode": code} if code else {})}
    return ErrorResponse.read(status, {"location": location}, json.dumps(body).encode(), str)


def token_refusal(status: int, error: str, description: str) -> ErrorResponse:
    """Return an error in the shape of the token endpoint, as it is read."""
    body = {"error": error, "error_description": description}
    return ErrorResponse.read(status, {}, json.dumps(body).encode(), str)


def page(status: int) -> ErrorResponse:
    """Return a page of somebody else with that status."""
    return ErrorResponse.read(status, {}, b"<html>Blocked by policy</html>", str)


class Case(NamedTuple):
    """A failure, and what is made of it.

    Attributes:
        failure: what came.
        kind: the class of the error.
        text: how the message goes on after the request, as far as it matters here.
        context: the request, as far as it matters.
        setting: what to look at first.
        passes: whether another try may fare better.
        nothing_was_written: whether that is certain.
    """

    failure: ErrorResponse | TransportError
    kind: type[ManagementApiError]
    text: str
    context: Mapping[str, Any] = {}
    setting: str = "api"
    passes: bool = False
    nothing_was_written: bool = True


def unknown(failure: ErrorResponse | TransportError, text: str) -> Case:
    """Return the case of a write that may or may not have been carried out."""
    text += (
        ", so it is not known whether the write was carried out. Run again: what is there will be read first, and only "
        "what is missing will be done."
    )
    return Case(failure, ManagementApiError, text, {"is_write": True}, passes=True, nothing_was_written=False)


def rejected(failure: ErrorResponse, bearer: str, text: str, *, passes: bool = False) -> Case:
    """Return the case of a token that is not accepted."""
    return Case(failure, ManagementApiError, text, {"bearer": bearer}, "auth0:apiToken", passes)


def bad(failure: ErrorResponse, text: str) -> Case:
    """Return the case of credentials that bring no token."""
    return Case(failure, BadCredentials, text, {"bearer": "requested"}, "auth0:clientSecret")


EXPIRED = refusal(401, "Unauthorized", "Expired token")
MALFORMED = refusal(400, "Bad Request", "Bad HTTP authentication header format", "Bearer")
ONE_SCOPE = refusal(403, "Forbidden", "Insufficient scope, expected any of: read:a", "insufficient_scope")
TWO_SCOPES = refusal(403, "Forbidden", "Insufficient scope, expected any of: read:a, read:b", "insufficient_scope")
LOST = TransportError("it was dropped", "Run again.")
CASES = [
    Case(
        refusal(400, "Bad Request", "Payload validation error: 'x'", "invalid_body"),
        InvalidRequest,
        "400 Bad Request (invalid_body): Payload validation error: 'x'. Correct what the service names, then run",
    ),
    rejected(EXPIRED, "issued", "401 Unauthorized: the tenant no longer accepts the token that it issued", passes=True),
    rejected(EXPIRED, "new", "401 Unauthorized: the tenant does not accept the token that it has just issued (Expired"),
    rejected(MALFORMED, "given", "400 Bad Request (Bearer): the tenant does not accept the token of auth0:apiToken ("),
    Case(
        ONE_SCOPE,
        Forbidden,
        "403 Forbidden (insufficient_scope): the token lacks read:a. Grant it to the application under Applications → "
        "APIs → Auth0 Management API, then run again.",
        setting="auth0:clientId",
    ),
    Case(
        TWO_SCOPES,
        Forbidden,
        "403 Forbidden (insufficient_scope): the token lacks read:a or read:b (any one of them is enough). Grant one",
        setting="auth0:clientId",
    ),
    Case(
        refusal(403, "Forbidden", "Not on this plan"),
        Forbidden,
        "403 Forbidden: Not on this plan. Check what the token is allowed to do. It needs update:x.",
        {"scope": "update:x"},
        "auth0:clientId",
    ),
    Case(
        refusal(404, "Not Found", "The role does not exist."), NotFound, "404 Not Found: The role does not exist. Check"
    ),
    Case(
        refusal(404, "Not Found", "x"),
        NotFound,
        "404 Not Found: none. Create it.",
        {"not_found": ("none", "Create it.")},
    ),
    Case(refusal(409, "Conflict", "Taken"), ManagementApiError, "409 Conflict: Taken. The tenant's log (Monitoring →"),
    Case(
        refusal(429, "Too Many Requests", "Global limit has been reached"),
        RateLimited,
        "429 Too Many Requests: the tenant's rate limit is used up (Global limit has been reached). Run again later",
        passes=True,
    ),
    Case(
        refusal(503, "Unavailable", "Boom"),
        ManagementApiError,
        "503 Unavailable: the service failed (Boom). Run again later; https://status.auth0.com reports outages.",
        passes=True,
    ),
    unknown(refusal(500, "Internal Server Error", "Boom"), "500 Internal Server Error: the service failed (Boom)"),
    unknown(page(408), "408: the service failed (an answer that is not JSON)"),
    Case(
        refusal(302, location="https://user:hunter2@login.example/path?token=abc"),
        ManagementApiError,
        "302: the answer is a redirect to login.example. Set auth0:domain to the tenant's own domain.",
    ),
    *(
        Case(
            page(status), ManagementApiError, f"{page(status)}: the answer does not come from the Management API. Check"
        )
        for status in (403, 404, 405, 407, 451)
    ),
    bad(
        token_refusal(401, "access_denied", "Unauthorized"),
        "401 Unauthorized (access_denied): the tenant does not acce",
    ),
    bad(
        token_refusal(403, "access_denied", "Service not enabled"),
        "403 Forbidden (access_denied): the tenant gives this application no token for its Management API (Service not",
    ),
    bad(page(404), "404 Not Found: there is no tenant at this address"),
    Case(page(403), ManagementApiError, "403 Forbidden: the answer does not come from", {"bearer": "requested"}),
    Case(page(502), ManagementApiError, "502: the service failed", {"bearer": "requested"}, passes=True),
    Case(LOST, ManagementApiError, "it was dropped. Run again.", setting="auth0:domain", passes=True),
    unknown(LOST, "it was dropped"),
    Case(
        TransportError("no such host", "Check it.", was_sent=False),
        ManagementApiError,
        "no such host. Check it.",
        {"is_write": True},
        "auth0:domain",
        passes=True,
    ),
    Case(
        TransportError("not trusted", "Name it.", was_sent=False, transient=False),
        ManagementApiError,
        "not trusted. Name it.",
        setting="auth0:domain",
    ),
    Case(TransportError("it is HTML", "Check it.", unreadable=True), ManagementApiError, "it is HTML. Check it."),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text[:30])
def test_a_failure_becomes_its_error(case: Case) -> None:
    """Each says what happened, with the request and the service's own words, and what to do."""
    error = error_for(RequestContext("GET /x", **case.context), case.failure)

    assert type(error) is case.kind
    assert str(error).startswith(f"GET /x: {case.text}")
    assert "hunter2" not in str(error)
    assert error.setting == case.setting
    assert (error.worth_another_try, error.nothing_was_written) == (case.passes, case.nothing_was_written)


def test_the_missing_scopes_are_those_that_the_service_names_or_else_the_documented_one() -> None:
    """What looks for holders says which scope would have been needed."""
    context = RequestContext("GET /x", scope="read:x")

    assert error_for(context, TWO_SCOPES).missing_scopes == ("read:a", "read:b")
    assert error_for(context, refusal(403, "Forbidden", "No.")).missing_scopes == ("read:x",)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("wait_s", "soon"), [(LONGEST_WAIT_S, True), (LONGEST_WAIT_S + 1, False)])
def test_the_time_to_return_is_reported(status: int, wait_s: float, *, soon: bool) -> None:
    """It stands in the message, and decides whether another try makes sense."""
    error = error_for(RequestContext("PATCH /x", is_write=True), refusal(status), attempts=4, wait_s=wait_s)

    assert "(4 attempts)" in error.what
    assert error.next_action.startswith("Run again in ")
    assert (error.retry_after_s, error.worth_another_try) == (wait_s, soon)


def test_a_write_that_others_left_no_room_for_says_how_long() -> None:
    """It was not sent."""
    assert str(rate_limit_taken(RequestContext("PATCH /x"), 12)) == (
        "PATCH /x: the tenant's rate limit has been used up by others, so the write was not sent. Run again in 12 s, "
        "or run less at the same time."
    )


def test_hostile_text_stays_on_its_line() -> None:
    """Line breaks, colours and endless text of a server can't take over the terminal."""
    hostile = refusal(400, "Bad\x1b[31m", "one\ntwo\r\x1b[2Jthree\u202e" + "x" * 10_000)
    text = str(error_for(RequestContext("GET /x"), hostile))

    assert {"\n", "\x1b", "\u202e"}.isdisjoint(text)
    assert len(text) < 1000


ECHOES = {
    "message": lambda text: answer({"statusCode": 400, "error": "x", "message": f"got {text}", "errorCode": text}, 400),
    "error name": lambda text: answer({"statusCode": 400, "error": text, "message": "x"}, 400),
    "token shape": lambda text: answer({"error": text, "error_description": f"bad {text}"}, 403),
    "server failure": lambda text: answer({"statusCode": 500, "error": "x", "message": f"crashed on {text}"}, 500),
    "html": lambda text: Reply(502, f"<html>{text}</html>".encode()),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_an_echoed_secret_is_not_shown(echo: str) -> None:
    """A server that repeats what it was sent can't make a message show it; nor does anything hang on the error."""
    spellings = [SECRET, "the-issued-token", "the-client-secret%2B%2F"]
    reply = ECHOES[echo](" ".join(spellings))
    with scripted(*[reply] * 4) as (client, _), pytest.raises(ManagementApiError) as caught:
        client.get_api("x")

    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert not [text for text in spellings if text in shown]
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
