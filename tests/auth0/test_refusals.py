"""Requests and credentials that are rejected."""

from __future__ import annotations

import pytest

from auth0.conftest import ORDERS, Connect
from auth0.scripted import Reply, ScriptedServer, scripted
from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import (
    BadCredentials,
    InvalidRequest,
    ManagementApiError,
)

A = {"a": "A"}


def test_a_rejected_request_quotes_the_service(client: ManagementClient) -> None:
    """A 400 brings the service's own sentence, and is not repeated."""
    api = client.get_api("empty")

    with pytest.raises(InvalidRequest, match="Payload validation error") as caught:
        client.replace_permissions(api.id, {"x" * 281: ""})

    assert str(caught.value.response) == "400 Bad Request (invalid_body)"
    assert caught.value.nothing_was_written


def test_an_unknown_status_is_an_error_with_its_facts(tenant: LocalTenant, client: ManagementClient) -> None:
    """A status without a class of its own is told with status, name and message."""
    body = '{"statusCode":409,"error":"Conflict","message":"Taken"}'
    tenant.add_fault(Fault("status", status=409, body=body))

    with pytest.raises(ManagementApiError, match="409 Conflict: Taken") as caught:
        client.get_api(ORDERS)

    assert type(caught.value) is ManagementApiError


def test_a_wrong_secret_is_bad_credentials(tenant: LocalTenant, connect: Connect) -> None:
    """The message names what to correct, and neither secret nor a second request appears."""
    client = connect(tenant, Credentials.of_client(tenant.client_id, "wrong-secret"))

    for _ in range(2):
        with pytest.raises(BadCredentials, match="AUTH0_CLIENT_SECRET") as caught:
            client.verify()

    assert caught.value.status == 401
    assert "wrong-secret" not in str(caught.value)
    assert len(tenant.journal()) == 1


def test_a_ready_token_that_is_refused_says_so(tenant: LocalTenant, connect: Connect) -> None:
    """A given token can't be renewed: the message names the setting."""
    client = connect(tenant, Credentials.of_token("not-a-token"))
    client.verify()

    with pytest.raises(ManagementApiError, match="auth0:apiToken") as caught:
        client.get_api(ORDERS)

    assert not caught.value.worth_another_try
    assert "not-a-token" not in str(caught.value)


@pytest.mark.parametrize("status", [403, 404, 405, 407, 451])
def test_a_page_of_a_proxy_is_no_refusal_of_the_tenant(status: int) -> None:
    """What stands between is named as the cause, and nobody looks for a scope or an API that is missing."""
    page = Reply(status, b"<html>Blocked by policy</html>")
    with scripted(page) as (client, _), pytest.raises(ManagementApiError, match="no proxy answers in its place"):
        client.get_api("x")


def test_a_page_of_a_proxy_is_no_refusal_of_a_token() -> None:
    """The credentials are not to blame."""
    with ScriptedServer(Reply(403, b"<html>Blocked</html>")) as server:
        client = ManagementClient(server.domain, Credentials.of_client("id", "secret"))
        with pytest.raises(ManagementApiError, match="no proxy answers in its place"):
            client.verify()
        client.close()
