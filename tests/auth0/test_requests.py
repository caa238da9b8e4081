"""What goes over the wire."""

from __future__ import annotations

import time
from urllib.parse import parse_qs

import jwt
import pytest

from auth0.scripted import TOKEN, Reply, ScriptedServer, answer
from auth0.virtual import Clock
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import RateLimited
from pulumi_auth0_permissions.auth0.paging import pages
from pulumi_auth0_permissions.auth0.shapes import role_of
from support.keys import key_pair

API = answer({"id": "x", "identifier": "x"})


def test_the_token_is_asked_for_as_documented() -> None:
    """A form with the client's id and secret and the tenant's own Management API as the audience."""
    with ScriptedServer(TOKEN) as server:
        client = ManagementClient(server.domain, Credentials.of_client("the id", "s&cr=t+"))
        client.verify()
        client.close()

    (request,) = server.received
    assert (request.method, request.path) == ("POST", "/oauth/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the id"],
        "client_secret": ["s&cr=t+"],
        "audience": [f"{server.domain}/api/v2/"],
    }


def test_a_ready_token_asks_for_none() -> None:
    """A given token goes into the first request, without another one before."""
    with ScriptedServer(API) as server:
        client = ManagementClient(server.domain, Credentials.of_token("given"))
        client.verify()
        client.get_api("x")
        client.close()

    assert [(request.path, request.headers["authorization"]) for request in server.received] == [
        ("/api/v2/resource-servers/x", "Bearer given")
    ]


def test_a_body_is_ascii_json() -> None:
    """Whatever characters a description holds, the body goes through any proxy: JSON escapes them."""
    with ScriptedServer(TOKEN, API) as server:
        client = ManagementClient(server.domain, Credentials.of_client("a", "b"))
        client.replace_permissions("x", {"é": "🙂"})
        client.close()

    request = server.received[1]
    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"scopes":[{"value":"\\u00e9","description":"\\ud83d\\ude42"}]}'


def test_what_moves_between_pages_is_listed_once() -> None:
    """When something is created while a list is read, an item that moves to the next page does not come twice."""
    replies = [
        answer({"roles": [{"id": first, "name": "r"}, {"id": second, "name": "r"}], "total": 4})
        for first, second in (("a", "b"), ("b", "c"))
    ]
    with ScriptedServer(TOKEN, *replies) as server:
        client = ManagementClient(server.domain, Credentials.of_client("a", "b"))
        listed = [
            role.id
            for role in pages(client._http, "/api/v2/roles", "roles", role_of, lambda role: role.id, (), per_page=2)
        ]
        client.close()

    assert listed == ["a", "b", "c"]


def connect(server: ScriptedServer, clock: Clock) -> ManagementClient:
    """Make a client that lives in virtual time."""
    return ManagementClient(
        server.domain,
        Credentials.of_client("a", "b"),
        clock=clock,
    )


def with_limit(reply: Reply, remaining: int) -> Reply:
    """Let a reply say that so many of ten requests are left, and that the bucket is full in five seconds."""
    limit = {
        "x-ratelimit-limit": "10",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": "1800000005",
        "date": "Fri, 15 Jan 2027 08:00:00 GMT",
    }
    return Reply(reply.status, reply.body, {**reply.headers, **limit})


def test_a_read_that_was_refused_gives_its_place_back() -> None:
    """After a 429 to the read of a reservation nobody waits in there; the next one waits for both, read and write."""
    clock = Clock()
    replies = (with_limit(Reply(429), 0), with_limit(API, 2), with_limit(API, 1))
    with ScriptedServer(TOKEN, *replies) as server:
        client = connect(server, clock)
        with pytest.raises(RateLimited), client.reserve(2):
            client.get_api("x")
        assert clock.slept == []
        with client.reserve(2):
            waited = len(clock.slept)
            client.get_api("x")
            client.replace_permissions("x", {})
        client.close()

    assert waited > 0
    assert len(clock.slept) == waited


def test_no_token_is_renewed_between_read_and_write() -> None:
    """A token that becomes due for renewal after the read still serves the write that follows it."""
    clock = Clock(0.0)
    short = answer({"access_token": "short", "expires_in": 100})
    with ScriptedServer(short, API, API, short, API) as server:
        client = connect(server, clock)
        with client.reserve(2):
            client.get_api("x")
            clock.now_s = 95.0
            client.replace_permissions("x", {})
        client.get_api("x")
        client.close()

    assert [request.path.rpartition("/")[2] for request in server.received] == ["token", "x", "x", "token", "x"]


def test_a_custom_domain_goes_along_with_what_is_asked_of_the_management_api() -> None:
    """The header is the official provider's; the audience is the one that was set."""
    with ScriptedServer(TOKEN, API) as server:
        client = ManagementClient(
            server.domain,
            Credentials.of_client("a", "b"),
            audience="https://acme.eu.auth0.com/api/v2/",
            custom_domain="login.example.com",
        )
        client.get_api("x")
        client.close()

    token, api = server.received
    assert parse_qs(token.body.decode())["audience"] == ["https://acme.eu.auth0.com/api/v2/"]
    assert "auth0-custom-domain" not in token.headers
    assert api.headers["auth0-custom-domain"] == "login.example.com"


def test_each_attempt_to_get_a_token_is_signed_anew() -> None:
    """An assertion is good for one request: another attempt brings another one, for this tenant and one minute."""
    private_key, public_key = key_pair()
    clock = Clock(wall_s=time.time())
    with ScriptedServer(answer({}, 503), TOKEN) as server:
        credentials = Credentials("the id", private_key=private_key, algorithm="RS256")
        client = ManagementClient(server.domain, credentials, clock=clock)
        client.verify()
        client.close()

    forms = [parse_qs(request.body.decode()) for request in server.received]
    claims = [
        jwt.decode(form["client_assertion"][0], public_key, algorithms=["RS256"], audience=f"{server.domain}/")
        for form in forms
    ]
    assert [(one["iss"], one["sub"], one["exp"] - one["iat"]) for one in claims] == [("the id", "the id", 60)] * 2
    assert len({one["jti"] for one in claims}) == 2
    assert all("client_secret" not in form for form in forms)
