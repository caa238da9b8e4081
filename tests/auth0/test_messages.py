"""What the user reads when something goes wrong: whole messages, and no secret in any of them."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Callable

import pytest

from auth0.scripted import SECRET, Reply, ScriptedServer, answer, scripted
from auth0.virtual import Clock
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import (
    BadCredentials,
    Forbidden,
    ManagementApiError,
    NotFound,
    RateLimited,
)

API = {"id": "69a0067eb917ad2948e1a2ac", "identifier": "https://orders/", "scopes": []}
GET = "GET /api/v2/resource-servers/x"


def error_of(*replies: Reply, credentials: Credentials | None = None) -> ManagementApiError:
    """Return the error of reading an API."""
    with (
        scripted(*replies, credentials=credentials) as (client, _),
        pytest.raises(ManagementApiError) as caught,
    ):
        client.get_api("x")
    return caught.value


def refusal(status: int, error: str, message: str, code: str | None = None) -> Reply:
    """Make an error body in the shape of the Management API."""
    body = {"statusCode": status, "error": error, "message": message}
    return answer(body if code is None else {**body, "errorCode": code}, status)


def test_a_missing_scope_reads_as_documented() -> None:
    """The recorded sentence becomes what is missing and where to grant it."""
    message = "Insufficient scope, expected any of: read:resource_servers"
    error = error_of(refusal(403, "Forbidden", message, "insufficient_scope"))

    assert isinstance(error, Forbidden)
    assert error.missing_scopes == ("read:resource_servers",)
    assert str(error) == (
        f"{GET}: 403 Forbidden (insufficient_scope): the token lacks read:resource_servers. Grant it to the "
        "application under Applications → APIs → Auth0 Management API, then run again."
    )


def test_a_rate_limit_tells_when_to_come_back() -> None:
    """A wait that is too long to be waited for is told in minutes."""
    reply = answer({"statusCode": 429, "error": "Too Many Requests", "message": "Global limit has been reached"}, 429)
    error = error_of(Reply(429, reply.body, {"Retry-After": "3600"}))

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == pytest.approx(3600)
    assert (
        "429 Too Many Requests: the tenant's rate limit is used up (Global limit has been reached). Run again"
        in str(error)
    )
    assert "in 60 min" in error.next_action


def test_an_unknown_outcome_says_why_and_what_follows() -> None:
    """A 500 to a write keeps the service's sentence and says that it is not known what happened."""
    reply = refusal(500, "Internal Server Error", "Boom")
    with scripted(reply) as (client, _), pytest.raises(ManagementApiError) as caught:
        client.replace_permissions("x", {})

    assert str(caught.value) == (
        "PATCH /api/v2/resource-servers/x: 500 Internal Server Error: the service failed (Boom), so it is not known "
        "whether the write was carried out. Run again: what is there will be read first, and only what is missing "
        "will be done."
    )


def test_somebody_elses_404_is_no_missing_api() -> None:
    """An HTML page with status 404 comes from another server: it must not pass for a deleted API."""
    error = error_of(Reply(404, b"<html>Not here</html>"))

    assert not isinstance(error, NotFound)
    assert "does not come from the Management API" in str(error)


def test_a_redirect_names_the_other_host() -> None:
    """A redirect tells that auth0:domain is not the tenant's own, without what else the URL holds."""
    error = error_of(Reply(302, headers={"Location": "https://user:hunter2@login.example/path?token=abc"}))

    assert "a redirect to login.example. Set auth0:domain" in str(error)
    assert "hunter2" not in str(error)


def token_error(reply: Reply) -> ManagementApiError:
    """Return the error of fetching a token."""
    clock = Clock()
    with ScriptedServer(*[reply] * 4) as server:
        client = ManagementClient(server.domain, Credentials.of_client("the-id", SECRET), clock=clock)
        with pytest.raises(ManagementApiError) as caught:
            client.verify()
        client.close()
    return caught.value


def test_an_application_without_access_is_told_where_to_get_it() -> None:
    """A 403 of the token endpoint, whose errors have another shape, is about authorization or a custom domain."""
    error = token_error(answer({"error": "access_denied", "error_description": "Service not enabled"}, 403))

    assert isinstance(error, BadCredentials)
    assert str(error).startswith(
        "POST /oauth/token: 403 Forbidden (access_denied): the tenant gives this application no token for its "
        "Management API (Service not enabled). Authorize the application under"
    )
    assert "auth0:audience" in error.next_action


def test_no_tenant_at_the_address_is_told() -> None:
    """A 404 of the token endpoint is about the domain, whatever page comes with it."""
    error = token_error(Reply(404, b"<html>"))

    assert isinstance(error, BadCredentials)
    assert "there is no tenant at this address" in str(error)


@pytest.mark.parametrize("reply", [answer({"token": "x"}), Reply(body=b"<html>"), Reply(body=b"")])
def test_an_answer_without_a_token_is_unreadable(reply: Reply) -> None:
    """A 200 that holds no token does not count as one."""
    assert "is not what the Management API documents" in str(token_error(reply))


def jwt(expiry_s: int) -> str:
    """Make an unsigned token that tells its expiry."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expiry_s}).encode()).decode().rstrip("=")
    return f"e30.{claims}.sig"


def test_a_ready_token_that_has_expired_is_told_before_it_is_used() -> None:
    """A JWT that is past its date needs no request to be refused."""
    with (
        scripted(credentials=Credentials.of_token(jwt(1_800_000_000))) as (client, _),
        pytest.raises(ManagementApiError, match="the token has expired") as caught,
    ):
        client.verify()

    assert caught.value.request == "auth0:apiToken"


def test_a_ready_token_that_expires_on_the_way_is_told() -> None:
    """When the service refuses a token that is past its date, the message says that this is why."""
    credentials = Credentials.of_token(jwt(1_799_999_999))
    error = error_of(refusal(401, "Unauthorized", "Expired token"), credentials=credentials)

    assert "does not accept the token of auth0:apiToken because it has expired" in str(error)


def test_hostile_text_stays_on_its_line() -> None:
    """Line breaks, colours and endless text of a server can't take over the terminal."""
    error = error_of(refusal(400, "Bad\x1b[31m", "one\ntwo\r\x1b[2Jthree\u202e" + "x" * 10_000))

    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)
    assert len(str(error)) < 1000


ECHOES: dict[str, Callable[[str], Reply]] = {
    "message": lambda secret: refusal(400, "Bad Request", f"unexpected {secret}", secret),
    "error name": lambda secret: refusal(400, secret, "x"),
    "token shape": lambda secret: answer({"error": secret, "error_description": f"bad {secret}"}, 403),
    "server failure": lambda secret: refusal(500, "Internal Server Error", f"crashed on {secret}"),
    "html": lambda secret: Reply(502, f"<html>{secret}</html>".encode()),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("secret", [SECRET, "the-issued-token", "the-client-secret%2B%2F"])
def test_an_echoed_secret_is_not_shown(echo: Callable[[str], Reply], secret: str) -> None:
    """A server that repeats what it was sent can't make a message show it, however it spells it."""
    error = error_of(*[echo(secret)] * 4)
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))

    assert secret not in shown


def test_no_secret_hangs_on_an_error() -> None:
    """Nothing that an error is chained to can hold a request."""
    error = error_of(*[Reply(instead="close")] * 4)

    assert (error.__cause__, error.__context__) == (None, None)
