"""What each failure means: the error that is raised, what it says, and what it never shows."""

import json
import traceback
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from auth0.scripted import GIVEN, SECRET, TOKEN, Reply, answer, scripted
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound

Act = Callable[[ManagementClient], object]
GET_GRANT: Act = lambda client: client.get_client_grant("cgr_1")  # noqa: E731
GET_API: Act = lambda client: client.get_api("x")  # noqa: E731
WRITE: Act = lambda client: client.replace_permissions("x", {})  # noqa: E731
GET_TOKEN: Act = lambda client: client.verify()  # noqa: E731
REQUESTS = {
    GET_GRANT: "GET /api/v2/client-grants/cgr_1",
    GET_API: "GET /api/v2/resource-servers/x",
    WRITE: "PATCH /api/v2/resource-servers/x",
    GET_TOKEN: "POST /oauth/token",
}


def refusal(status: int, error: str = "", message: str = "", code: str = "", **headers: str) -> Reply:
    """Return an error in the shape of the Management API."""
    body = {"statusCode": status, "error": error, "message": message, "errorCode": code or None}
    return answer(body, status, **headers)


def token_refusal(status: int, error: str, description: str) -> Reply:
    """Return an error in the shape of the token endpoint."""
    return answer({"error": error, "error_description": description}, status)


def page(status: int) -> Reply:
    """Return a page of somebody else with that status."""
    return Reply(status, b"<html>Blocked by policy</html>")


EXPIRED = refusal(401, "Unauthorized", "Expired token")
MALFORMED = refusal(400, "Bad Request", "Bad HTTP authentication header format", "Bearer")
ONE_SCOPE = refusal(403, "Forbidden", "Insufficient scope, expected any of: read:a", "insufficient_scope")
TWO_SCOPES = refusal(403, "Forbidden", "Insufficient scope, expected any of: read:a, read:b", "insufficient_scope")
INVALID = refusal(400, "Bad Request", "Payload validation error: 'x'", "invalid_body")
NO_PLAN = refusal(403, "Forbidden", "Not on this plan")
LIMITED = refusal(429, "Too Many Requests", "Global limit")
REDIRECT = refusal(302, location="https://user:hunter2@login.example/path?token=abc")
WRONG_SECRET = token_refusal(401, "access_denied", "Unauthorized")
NO_ACCESS = token_refusal(403, "access_denied", "Service not enabled")
GRANT_IT = "Grant it to the application under Applications → APIs → Auth0 Management API, then run again."
UNKNOWN = "so it is not known whether the write was carried out. Run again: the current state is read first, and only"
NOT_OURS = "the answer does not come from the Management API. Check that auth0:domain names"
BOOM = refusal(500, "Internal Server Error", "Boom")
PASSES = (EXPIRED, LIMITED, BOOM)
NO_TOKEN = "the tenant gives this application no token for its Management API (Service not enabled). Authorize"
NO_SECRET = "the tenant gives this application no token for its Management API. Correct auth0:clientId"
CASES: list[tuple[Act, Reply, str]] = [
    (GET_GRANT, INVALID, "400 Bad Request (invalid_body): Payload validation error: 'x'. Correct"),
    (GET_GRANT, ONE_SCOPE, f"403 Forbidden (insufficient_scope): the token lacks read:a. {GRANT_IT}"),
    (GET_GRANT, TWO_SCOPES, "403 Forbidden (insufficient_scope): the token lacks read:a or read:b. Grant "),
    (GET_GRANT, NO_PLAN, "403 Forbidden: Not on this plan. Check what the token is allowed to do. It nee"),
    (GET_GRANT, refusal(404, "Not Found", "No such grant."), "404 Not Found: No such grant. Check"),
    (GET_API, refusal(404, "Not Found", "x"), "404 Not Found: there is no API with the identifier or id"),
    (GET_GRANT, refusal(409, "Conflict", "Taken"), "409 Conflict: Taken. The tenant's log"),
    (
        WRITE,
        EXPIRED,
        "401 Unauthorized: the tenant does not accept the token (Expired token). Run ",
    ),
    (WRITE, LIMITED, "429 Too Many Requests: the tenant's rate limit is used up (Global limit). Run "),
    (WRITE, BOOM, f"500 Internal Server Error: the service failed (Boom), {UNKNOWN}"),
    (GET_GRANT, REDIRECT, f"302 Found: {NOT_OURS}"),
    (GET_GRANT, page(403), f"403 Forbidden: {NOT_OURS}"),
    (GET_API, page(404), f"404 Not Found: {NOT_OURS}"),
    (GET_TOKEN, page(403), f"403 Forbidden: {NOT_OURS}"),
    (
        GET_TOKEN,
        WRONG_SECRET,
        f"401 Unauthorized (access_denied): {NO_SECRET}",
    ),
    (GET_TOKEN, NO_ACCESS, f"403 Forbidden (access_denied): {NO_TOKEN}"),
]


@pytest.mark.parametrize(("act", "reply", "text"), CASES)
def test_a_failure_becomes_its_error(act: Act, reply: Reply, text: str) -> None:
    """Each says what happened, with the request and the service's own words, and what to do."""
    script = (reply,) if act is GET_TOKEN else (TOKEN, reply)
    with scripted(*script) as site, pytest.raises(ManagementApiError) as caught:
        act(site.client)
    error = caught.value

    assert isinstance(error, NotFound) == (text.startswith("404") and NOT_OURS not in text)
    assert str(error).startswith(f"{REQUESTS[act]}: {text}")
    assert "hunter2" not in str(error)
    assert error.worth_another_try == (reply in PASSES)
    assert error.nothing_was_written == (reply is not BOOM)


@pytest.mark.parametrize("reply", [EXPIRED, MALFORMED])
def test_a_token_of_the_settings_that_is_not_accepted_is_named(reply: Reply) -> None:
    """Nobody can renew it, so it is sent once."""
    with scripted(reply, credentials=GIVEN) as site:
        with pytest.raises(ManagementApiError, match=r"does not accept the token .*auth0:apiToken"):
            GET_API(site.client)
        assert site.sent == ["GET"]


def test_hostile_text_stays_on_its_line() -> None:
    """Line breaks, colours and endless text of a server can't take over the terminal."""
    hostile = refusal(400, "Bad\x1b[31m", "one\ntwo\r\x1b[2Jthree\u202e" + "x" * 10_000)
    with scripted(TOKEN, hostile) as site, pytest.raises(ManagementApiError) as caught:
        GET_API(site.client)

    assert {"\n", "\x1b", "\u202e"}.isdisjoint(str(caught.value))
    assert len(str(caught.value)) < 1000


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
    secret = [SECRET, quote(SECRET, safe=""), quote_plus(SECRET), json.dumps(SECRET)]
    spellings = [*secret, "the-issued-token"]
    reply = ECHOES[echo](" ".join(spellings))
    with scripted(TOKEN, *[reply] * 4) as site, pytest.raises(ManagementApiError) as caught:
        GET_API(site.client)

    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert "s3cr3t" not in shown
    assert "the-issued-token" not in shown
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
