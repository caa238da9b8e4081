"""What goes over the wire: requests for a token, bodies and headers, and reads and writes under a rate limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import parse_qs

import jwt
import pytest

from auth0.conftest import Connect
from auth0.scripted import TOKEN, Received, Reply, ScriptedServer, answer, scripted
from auth0.virtual import NOW_S, Clock
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import BadCredentials, ManagementApiError, RateLimited
from support.keys import key_pair

API = answer({"id": "x", "identifier": "x"})
CLIENT = Credentials("the id", "s&cr=t+")


def talk(
    act: Callable[[ManagementClient], object],
    *replies: Reply,
    credentials: Credentials = CLIENT,
    clock: Clock | None = None,
    audience: str | None = None,
    custom_domain: str | None = None,
) -> list[Received]:
    """Let a client act against a server that answers with these replies, and return what that received."""
    with ScriptedServer(*replies) as server:
        client = ManagementClient(
            server.domain, credentials, clock=clock or Clock(), audience=audience, custom_domain=custom_domain
        )
        act(client)
        client.close()
    return server.received


def test_the_token_is_requested_as_documented() -> None:
    """A form with the client's id and secret and the tenant's own Management API as the audience."""
    (request,) = talk(lambda client: client.verify(), TOKEN)

    assert (request.method, request.path) == ("POST", "/oauth/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the id"],
        "client_secret": ["s&cr=t+"],
        "audience": [f"http://{request.headers['host']}/api/v2/"],
    }


def test_a_given_token_is_sent_without_another_request() -> None:
    """It goes into the first request."""
    received = talk(lambda client: client.get_api("x"), API, credentials=Credentials(api_token="t"))

    assert [(request.path, request.headers["authorization"]) for request in received] == [
        ("/api/v2/resource-servers/x", "Bearer t")
    ]


def test_an_expired_token_is_reported_before_it_is_sent() -> None:
    """A JWT that is past its date needs no request to be refused."""
    credentials = Credentials(api_token=jwt.encode({"exp": NOW_S}, "k" * 32))

    with (
        scripted(credentials=credentials) as (client, _),
        pytest.raises(ManagementApiError, match=r"^auth0:apiToken: the token has expired\."),
    ):
        client.verify()


def test_each_attempt_to_get_a_token_is_signed_anew() -> None:
    """An assertion is good for one request: another attempt brings another one, for this tenant and one minute."""
    private_key, public_key = key_pair()
    credentials = Credentials("the id", private_key=private_key, algorithm="RS256")
    replies = (answer({}, 503), TOKEN)
    received = talk(lambda c: c.verify(), *replies, credentials=credentials, clock=Clock(wall_s=time.time() - 10))

    forms = [parse_qs(request.body.decode()) for request in received]
    audience = f"http://{received[0].headers['host']}/"
    claims = [
        jwt.decode(form["client_assertion"][0], public_key, algorithms=["RS256"], audience=audience) for form in forms
    ]
    assert [(one["iss"], one["sub"], one["exp"] - one["iat"]) for one in claims] == [("the id", "the id", 60)] * 2
    assert len({one["jti"] for one in claims}) == 2
    assert all("client_secret" not in form for form in forms)


@pytest.mark.parametrize("reply", [answer({"token": "x"}), Reply(body=b"<html>"), Reply(body=b"")])
def test_an_answer_without_a_token_is_unreadable(reply: Reply) -> None:
    """A 200 that holds no token does not count as one."""
    with pytest.raises(ManagementApiError, match="is not what the Management API documents"):
        talk(lambda client: client.verify(), *[reply] * 4)


def test_wrong_credentials_are_sent_once(tenant: LocalTenant, connect: Connect) -> None:
    """The message names what to correct, and not the secret."""
    client = connect(tenant, Credentials(tenant.client_id, "wrong-secret"))

    for _ in range(2):
        with pytest.raises(BadCredentials, match="AUTH0_CLIENT_SECRET") as caught:
            client.verify()

    assert "wrong-secret" not in str(caught.value)
    assert len(tenant.journal()) == 1


def test_a_body_is_ascii_json() -> None:
    """Whatever characters a description holds, the body goes through any proxy: JSON escapes them."""
    _, request = talk(lambda client: client.replace_permissions("x", {"é": "🙂"}), TOKEN, API)

    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"scopes":[{"value":"\\u00e9","description":"\\ud83d\\ude42"}]}'


def test_a_custom_domain_is_sent_to_the_management_api_only() -> None:
    """The header is the official provider's; the audience is the one that was set."""
    audience = "https://acme.eu.auth0.com/api/v2/"
    token, api = talk(lambda c: c.get_api("x"), TOKEN, API, audience=audience, custom_domain="login.example.com")

    assert parse_qs(token.body.decode())["audience"] == [audience]
    assert "auth0-custom-domain" not in token.headers
    assert api.headers["auth0-custom-domain"] == "login.example.com"


def test_no_token_is_renewed_between_read_and_write() -> None:
    """A token that becomes due for renewal after the read still serves the write that follows it."""
    clock = Clock(0.0)
    short = answer({"access_token": "short", "expires_in": 100})

    def act(client: ManagementClient) -> None:
        with client.reserve(2):
            client.get_api("x")
            clock.now_s = 95.0
            client.replace_permissions("x", {})
        client.get_api("x")

    received = talk(act, short, API, API, short, API, clock=clock)

    assert [request.path.rpartition("/")[2] for request in received] == ["token", "x", "x", "token", "x"]


def test_a_read_that_was_refused_gives_its_place_back() -> None:
    """After a 429 to the read of a reservation nobody waits in there; the next one waits for both, read and write."""
    clock = Clock()

    def left(reply: Reply, remaining: int) -> Reply:
        limit = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": str(remaining), "x-ratelimit-reset": "1800000005"}
        return Reply(reply.status, reply.body, {**reply.headers, **limit, "date": "Fri, 15 Jan 2027 08:00:00 GMT"})

    def act(client: ManagementClient) -> None:
        with pytest.raises(RateLimited), client.reserve(2):
            client.get_api("x")
        assert clock.slept == []
        with client.reserve(2):
            waits = len(clock.slept)
            client.get_api("x")
            client.replace_permissions("x", {})
        assert 0 < waits == len(clock.slept)

    talk(act, TOKEN, left(Reply(429), 0), left(API, 2), left(API, 1), clock=clock)
