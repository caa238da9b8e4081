"""Credentials and the token: once a process, renewed in time, shared by processes that want to, never in the open."""

import base64
import copy
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qs

import jwt
import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.scripted import API, SECRET, TOKEN, Reply, answer, scripted
from auth0_local_tenant import Fault, LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.token import AccessToken, Credentials, IssuedToken
from support.clocks import Clock
from support.keys import key_pair

HIDDEN = "s3cr3t/with+signs and\"quotes'"
DAY_S = 86400.0


KINDS = {
    "client": Credentials("my-client", HIDDEN),
    "key": Credentials("my-client", private_key=HIDDEN, algorithm="RS256"),
    "token": Credentials(api_token=HIDDEN),
}


def token_requests(tenant: LocalTenant) -> int:
    """Return how many tokens were requested."""
    return sum(entry.path == "/oauth/token" for entry in tenant.journal())


@pytest.mark.parametrize("credentials", KINDS.values(), ids=KINDS)
def test_no_way_of_printing_shows_the_secret(credentials: Credentials, caplog: pytest.LogCaptureFixture) -> None:
    """repr, str, format, pprint and logging leave it out."""
    logging.getLogger("test").warning("%s %r", credentials, credentials)
    printed = f"{credentials} {credentials!r} {[credentials]} {pprint.pformat(credentials)} {caplog.text}"

    assert "Credentials(" in printed
    assert "s3cr3t" not in printed


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_credentials_cannot_be_pickled(protocol: int) -> None:
    """Pickling raises under every protocol, as copying does, and the error does not show the secret."""
    for credentials in KINDS.values():
        with pytest.raises(TypeError, match="must not be pickled") as caught:
            pickle.dumps({"inside": credentials}, protocol)
        with pytest.raises(TypeError, match="must not be pickled"):
            copy.deepcopy(credentials)

        assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


def test_each_attempt_to_get_a_token_is_signed_anew(clock: Clock) -> None:
    """An assertion is good for one request: another attempt brings another one, for this tenant and one minute."""
    clock.now_s -= 10  # what is issued in the future is not accepted
    private_key, public_key = key_pair()
    credentials = Credentials("the id", private_key=private_key, algorithm="RS256")
    with scripted(answer({}, 503), TOKEN, credentials=credentials) as site:
        site.client.verify()
        received = site.server.received

    forms = [parse_qs(request.body.decode()) for request in received]
    audience = f"http://{received[0].headers['host']}/"
    claims = [
        jwt.decode(form["client_assertion"][0], public_key, algorithms=["RS256"], audience=audience) for form in forms
    ]
    assert [(one["iss"], one["sub"], one["exp"] - one["iat"]) for one in claims] == [("the id", "the id", 60)] * 2
    assert len({one["jti"] for one in claims}) == 2
    assert all("client_secret" not in form for form in forms)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b""),
        Reply(body=b"<html>"),
        Reply(body=b'{"access_token": "a"}'),
        *(answer({"access_token": text, "expires_in": 1}) for text in (1, "", "a\r\nX-Evil: 1", "ä")),
        *(answer({"access_token": "a", "expires_in": seconds}) for seconds in (0, "1", 1e300)),
    ],
)
def test_an_answer_without_a_usable_token_is_not_one(reply: Reply) -> None:
    """A token that is missing, empty, dead on arrival or unfit for a header is not taken."""
    with scripted(*[reply] * 4) as site:
        with pytest.raises(ManagementApiError, match="is not what the Management API documents"):
            site.client.verify()
        assert site.sent == []


def test_wrong_credentials_are_sent_once(tenant: LocalTenant) -> None:
    """The message names what to correct, and not the secret; an outage in contrast may be over the next time."""
    client = ManagementClient(tenant.domain, Credentials(tenant.client_id, "wrong-secret"))

    for _ in range(2):
        with pytest.raises(ManagementApiError, match="AUTH0_CLIENT_SECRET") as caught:
            client.verify()
    client.close()

    assert "wrong-secret" not in str(caught.value)
    assert len(tenant.journal()) == 1


def test_one_token_serves_all_threads(tenant: LocalTenant, connect: Connect) -> None:
    """Threads that start together cost one token request."""
    client = connect()
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(client.get_api, [ORDERS] * 8))

    assert {api.identifier for api in got} == {ORDERS}
    assert token_requests(tenant) == 1


def test_threads_share_a_failure_that_they_wait_for(tenant: LocalTenant, connect: Connect) -> None:
    """A tenant that fails is not asked by one after the other."""
    tenant.add_fault(Fault("status", path="/oauth/token", times=None, status=500))
    client, together = connect(), Barrier(4)

    def fail(_number: int) -> None:
        together.wait(30)
        with pytest.raises(ManagementApiError, match="the service failed"):
            client.verify()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(fail, range(4)))

    assert token_requests(tenant) <= 8  # attempts of the first, and of one who came late


@pytest.mark.parametrize(("lifetime_s", "renewed_s"), [(86400, 86400 - 60), (600, 540), (60, 54), (1, 0.9)])
def test_a_token_is_renewed_before_it_expires(clock: Clock, lifetime_s: float, renewed_s: float) -> None:
    """A minute before the end, or a tenth of a short life, the next request brings a new one."""
    token = answer({"access_token": "a-token", "expires_in": lifetime_s})
    with scripted(token, API, API, token, API) as site:
        for passed_s in (0, renewed_s - 0.01, 0.01):
            clock.now_s += passed_s
            site.client.get_api("x")
        sent = [request.method for request in site.server.received]

    assert sent == ["POST", "GET", "GET", "POST", "GET"]


def of_scopes(scopes: object) -> str:
    """Make an unsigned JWT."""
    payload = base64.urlsafe_b64encode(json.dumps(scopes).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.sig"


@pytest.mark.parametrize(
    ("token", "scopes"),
    [
        (of_scopes({"scope": "read:a write:a"}), {"read:a", "write:a"}),
        *((text, None) for text in (of_scopes({"scope": 1}), of_scopes({}), of_scopes([]), "opaque", "a.b.c", "a.b")),
    ],
)
def test_the_scopes_of_a_token_are_read_where_it_says(token: str, scopes: set[str] | None) -> None:
    """Anything but a JWT with scopes does no harm, and sends nothing."""
    with scripted(credentials=Credentials(api_token=token)) as site:
        assert site.client.granted_scopes(["read:b"]) == scopes


class Kept:
    """Where processes share a token."""

    def __init__(self, text: str = "", until_s: float = 0.0) -> None:
        self.token = AccessToken(text, until_s)

    def replace(self, change: Callable[[AccessToken], AccessToken]) -> AccessToken:
        """Put what a function makes of the token in its place."""
        self.token = change(self.token)
        return self.token


def test_a_token_is_left_for_others_and_masked(tenant: LocalTenant, connect: Connect) -> None:
    """Another process needs no request for one, and shows it as little; what is saved is not printed."""
    kept = Kept()
    connect(tokens=kept.replace).verify()
    client = connect(tokens=kept.replace)
    client.get_api(ORDERS)

    assert token_requests(tenant) == 1
    assert kept.token.text
    shown = f"{kept.token!r} {IssuedToken(kept.token.text, 1)!r} {client._tokens.scrub(kept.token.text)}"
    assert kept.token.text not in shown


@pytest.mark.parametrize(("left_s", "is_used"), [(61, True), (60, False), (-5, False)])
def test_a_stored_token_near_its_end_is_not_used(clock: Clock, left_s: float, *, is_used: bool) -> None:
    """It is renewed as early as one of this process."""
    kept = Kept("stored", clock.time() + left_s - 60)
    with scripted(TOKEN) as site:
        client = ManagementClient(site.server.domain, Credentials("id", SECRET), tokens=kept.replace)
        client.verify()
        client.close()
        assert len(site.server.received) == (not is_used)


@pytest.fixture
def grown(tenant: LocalTenant, connect: Connect) -> Callable[..., ManagementClient]:
    """Makes clients, with a stored token of before they were granted scopes besides `read:resource_servers`."""

    def make(*scopes: str) -> ManagementClient:
        kept = Kept()
        connect(["read:resource_servers"], tokens=kept.replace).get_api(ORDERS)
        tenant.clear_journal()
        return connect(["read:resource_servers", *scopes], tokens=kept.replace)

    return make


Grown = Callable[..., ManagementClient]


def test_a_read_that_is_forbidden_to_an_old_token_is_repeated_with_a_new_one(tenant: LocalTenant, grown: Grown) -> None:
    """A scope that was granted after the token was issued counts at once; one that is not is named."""
    client = grown("read:roles")

    assert list(client.roles()) == []
    for _ in range(2):
        with pytest.raises(ManagementApiError, match="read:client_grants"):
            list(client.client_grants(ORDERS))

    assert [status for *_, status in sent(tenant)] == [403, 200, 403, 403]
    assert token_requests(tenant) == 1


def test_a_needed_scope_that_an_old_token_lacks_brings_a_new_one(grown: Grown) -> None:
    """A plan is judged by what the application may do now, not by what it could when the token was issued."""
    client = grown("update:resource_servers")

    for scopes in (["read:resource_servers"], ["read:resource_servers", "update:resource_servers"]):
        assert client.granted_scopes(scopes) == frozenset(scopes)


def test_a_rejected_token_is_removed_from_the_store(clock: Clock) -> None:
    """Nobody else gets it; but a newer one that another process has put in its place stays."""
    due_s = clock.time() + DAY_S - 60
    kept = Kept("old", due_s)
    expired = answer({"message": "Expired"}, 401)
    with scripted(expired, TOKEN, API, expired, API) as site:
        client = ManagementClient(site.server.domain, Credentials("id", SECRET), tokens=kept.replace)
        client.get_api("x")
        assert kept.token == AccessToken("the-issued-token", due_s)
        kept.token = AccessToken("newer", due_s)
        client.get_api("x")
        client.close()

    assert kept.token == AccessToken("newer", due_s)
