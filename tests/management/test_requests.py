"""What goes over the wire."""

from __future__ import annotations

from urllib.parse import parse_qs

from management.scripted import TOKEN, ScriptedServer, answer
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.management.client import ManagementClient
from pulumi_auth0_permissions.management.credentials import Credentials

API = answer({"id": "69a0", "identifier": "x"})


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


def test_requests_say_who_sends_them() -> None:
    """The user agent names product and version, so that an operator finds us in the tenant's log."""
    with ScriptedServer(TOKEN, API) as server:
        client = ManagementClient(server.domain, Credentials.of_client("a", "b"))
        client.get_api("x")
        client.close()

    for request in server.received:
        product, _, version = request.headers["user-agent"].partition("/")
        assert product == "pulumi-auth0-permissions"
        assert version[0].isdigit()


def test_a_body_is_ascii_json() -> None:
    """Whatever characters a description holds, the body goes through any proxy: JSON escapes them."""
    with ScriptedServer(TOKEN, API) as server:
        client = ManagementClient(server.domain, Credentials.of_client("a", "b"))
        client.replace_permissions("x", PermissionSet.of({"é": "🙂"}))
        client.close()

    request = server.received[1]
    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"scopes":[{"value":"\\u00e9","description":"\\ud83d\\ude42"}]}'


def test_a_read_has_no_body() -> None:
    """A GET carries neither body nor content type."""
    with ScriptedServer(TOKEN, API) as server:
        client = ManagementClient(server.domain, Credentials.of_client("a", "b"))
        client.get_api("x")
        client.close()

    assert "content-type" not in server.received[1].headers
    assert server.received[1].body == b""
