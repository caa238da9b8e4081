"""The token: once a process, renewed in time, shared between processes that want to, and never in the open."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.virtual import Clock
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import BadCredentials, Forbidden, ManagementApiError
from pulumi_auth0_permissions.auth0.parsing import ShapeError
from pulumi_auth0_permissions.auth0.token import AccessToken, Tokens, expiry_of, issued_token

NOW_S = 1_800_000_000.0
DAY_S = 86400.0


@dataclass
class Issuer:
    """Issues numbered tokens, or fails; the answer takes some time."""

    clock: Clock
    lifetime_s: float = DAY_S
    error: ManagementApiError | None = None
    takes_s: float = 0.0
    calls: int = 0

    def __call__(self) -> tuple[str, float]:
        """Return the next token."""
        self.calls += 1
        self.clock.now_s += self.takes_s
        if self.error:
            raise self.error
        return f"token-{self.calls}", self.lifetime_s


@dataclass
class Store:
    """Keeps a token in memory and writes down what was done, with `(` and `)` around what is done under the lock."""

    token: AccessToken | None = None
    done: list[str] = field(default_factory=list)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Note that it begins and ends."""
        self.done.append("(")
        yield
        self.done.append(")")

    def load(self) -> AccessToken | None:
        """Return the token."""
        self.done.append("load")
        return self.token

    def save(self, token: AccessToken | None) -> None:
        """Keep the token, or none."""
        self.done.append("save")
        self.token = token


@pytest.fixture
def clock() -> Clock:
    """The time of `tokens_of`."""
    return Clock(0.0)


@pytest.fixture
def issuer(clock: Clock) -> Issuer:
    """Issues tokens of a day."""
    return Issuer(clock)


def tokens_of(issuer: Issuer, store: Store | None = None) -> Tokens:
    """Return what hands out tokens, at a known time."""
    return Tokens(Credentials("id", "secret"), issuer, issuer.clock, store)


def stored(left_s: float) -> Store:
    """Return a store with a token of a day that has some seconds to live."""
    return Store(AccessToken("stored", NOW_S + left_s - DAY_S, NOW_S + left_s))


def test_a_token_is_fetched_once_for_all_threads(issuer: Issuer) -> None:
    """Threads that ask while a token is on its way wait for it, and later ones get it too."""
    on_the_way, go_on = threading.Event(), threading.Event()

    def slow() -> tuple[str, float]:
        on_the_way.set()
        go_on.wait(timeout=60)
        return issuer()

    tokens = Tokens(Credentials("id", "secret"), slow, issuer.clock)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    on_the_way.wait(timeout=60)
    go_on.set()
    for thread in threads:
        thread.join()

    assert [*got, tokens.get()] == ["token-1"] * 9


@pytest.mark.parametrize(
    ("lifetime_s", "takes_s", "in_a_hurry", "still_s", "renewed_s"),
    [
        (86400, 0, False, 86400 - 60.1, 86400 - 60),
        (600, 0, False, 539.9, 540),
        (60, 0, False, 53.9, 54),
        (1, 0, False, 0.89, 0.9),
        (600, 0, True, 599.9, 600),  # no renewal between a read and its write as long as the token lives
        (100, 30, False, 89.9, 90),  # the time that the answer was on its way is not lived twice
    ],
)
def test_a_token_is_renewed_before_it_expires(
    issuer: Issuer,
    lifetime_s: float,
    takes_s: float,
    still_s: float,
    renewed_s: float,
    *,
    in_a_hurry: bool,
) -> None:
    """A minute before the end, or a tenth of a short life, the next request brings a new one."""
    issuer.lifetime_s, issuer.takes_s = lifetime_s, takes_s
    tokens = tokens_of(issuer)
    tokens.get()

    issuer.clock.now_s = still_s
    assert tokens.get(in_a_hurry=in_a_hurry) == "token-1"
    issuer.clock.now_s = renewed_s
    assert tokens.get(in_a_hurry=in_a_hurry) == "token-2"


def test_a_discarded_token_is_replaced(issuer: Issuer) -> None:
    """A token that the tenant refused is not handed out again; one from the settings is all there is."""
    tokens = tokens_of(issuer)
    tokens.discard(tokens.get())
    given = Tokens(Credentials(api_token="given"), issuer, issuer.clock)
    given.discard("given")

    assert (tokens.get(), given.get(), issuer.calls) == ("token-2", "given", 2)


@pytest.mark.parametrize(("kind", "calls"), [(BadCredentials, 1), (ManagementApiError, 3)])
def test_only_rejected_credentials_are_not_tried_again(
    issuer: Issuer, kind: type[ManagementApiError], calls: int
) -> None:
    """After a rejection the next resource gets the same error without a request; an outage may be over."""
    issuer.error = kind("no", "Correct it.", request="POST /oauth/token")
    tokens = tokens_of(issuer)

    for _ in range(3):
        with pytest.raises(kind):
            tokens.get()

    assert issuer.calls == calls


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"access_token": "a"},
        {"access_token": "", "expires_in": 1},
        {"access_token": "a", "expires_in": 0},
        {"access_token": "a", "expires_in": "1"},
        {"access_token": "a", "expires_in": float("inf")},
        {"access_token": 1, "expires_in": 1},
        {"access_token": "a\r\nX-Evil: 1", "expires_in": 1},
        {"access_token": "ä", "expires_in": 1},
    ],
)
def test_an_answer_without_a_usable_token_is_not_one(payload: object) -> None:
    """A token that is missing, empty, dead on arrival or unfit for a header is not taken."""
    with pytest.raises(ShapeError):
        issued_token(payload)


def jwt(claims: object) -> str:
    """Make an unsigned JWT."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.sig"


@pytest.mark.parametrize(
    ("token", "expiry"),
    [
        (jwt({"exp": 1800000000}), 1800000000.0),
        (jwt({"exp": "soon"}), None),
        (jwt({"exp": True}), None),
        (jwt({}), None),
        (jwt([]), None),
        ("opaque", None),
        ("a.b.c", None),
        ("a.ä.c", None),
    ],
)
def test_the_expiry_of_a_token_is_read_where_there_is_one(token: str, expiry: float | None) -> None:
    """Anything but a JWT with a numeric exp does no harm."""
    assert expiry_of(token) == expiry


def test_a_fetched_token_is_saved_for_others(issuer: Issuer) -> None:
    """It is saved with its times, and nobody else fetches meanwhile."""
    store = Store()

    assert tokens_of(issuer, store).get() == "token-1"

    assert store.token == AccessToken("token-1", NOW_S, NOW_S + DAY_S)
    assert store.done == ["(", "load", "save", ")"]
    assert "token-1" not in repr(store.token)


def test_a_stored_token_is_used_and_masked(issuer: Issuer) -> None:
    """A token that another process left costs no request, is looked up once, and is not shown either."""
    store = stored(3600)
    tokens = tokens_of(issuer, store)

    assert {tokens.get() for _ in range(3)} == {"stored"}
    assert store.done == ["(", "load", ")"]
    assert tokens.secrets() == ("stored",)


@pytest.mark.parametrize(("left_s", "is_used"), [(61, True), (60, False), (-5, False), (DAY_S + 100, False)])
def test_a_stored_token_near_its_end_is_not_used(issuer: Issuer, left_s: float, *, is_used: bool) -> None:
    """Nor is one that has more left than its whole life: a clock was set back."""
    assert tokens_of(issuer, stored(left_s)).get() == ("stored" if is_used else "token-1")


def test_a_rejected_token_is_removed_from_the_store(issuer: Issuer) -> None:
    """Nobody else gets it; but the newer one that another process has put in its place stays."""
    store = stored(3600)
    tokens = tokens_of(issuer, store)
    tokens.discard(tokens.get())
    assert (store.token, tokens.get()) == (None, "token-1")

    store.token = AccessToken("newer", NOW_S, NOW_S + DAY_S)
    tokens.discard("token-1")

    assert tokens.get() == "newer"


def test_threads_that_were_refused_with_a_stored_token_all_try_again(issuer: Issuer) -> None:
    """The second one hears that its token was an old one too, and gets what the first one has fetched."""
    tokens = tokens_of(issuer, stored(3600))
    old = tokens.get()

    assert tokens.discard_reused(old)
    assert tokens.get() == "token-1"
    assert tokens.discard_reused(old)

    assert tokens.get() == "token-1"
    assert not tokens.discard_reused("token-1")


def grown(tenant: LocalTenant, connect: Connect, *scopes: str) -> tuple[Store, Credentials]:
    """Return a store with a token of a client that has been granted scopes since then."""
    before = Credentials(*tenant.issue_client(["read:resource_servers"]))
    store = Store()
    connect(tenant, before, tokens=store).get_api(ORDERS)
    after = Credentials(*tenant.issue_client(["read:resource_servers", *scopes]))
    tenant.clear_journal()
    return store, after


def token_requests(tenant: LocalTenant) -> int:
    """Return how many tokens were requested."""
    return sum(entry.path == "/oauth/token" for entry in tenant.journal())


def test_a_read_that_is_forbidden_to_an_old_token_is_repeated_with_a_new_one(
    tenant: LocalTenant, connect: Connect
) -> None:
    """A scope that was granted after the token was issued counts at once."""
    store, credentials = grown(tenant, connect, "read:roles")

    assert list(connect(tenant, credentials, tokens=store).roles()) == []

    assert [status for *_, status in sent(tenant)] == [403, 200]


def test_what_is_forbidden_to_a_new_token_too_is_reported(tenant: LocalTenant, connect: Connect) -> None:
    """A scope that is not granted costs one new token, and then is named."""
    store, credentials = grown(tenant, connect)
    client = connect(tenant, credentials, tokens=store)

    for _ in range(2):
        with pytest.raises(Forbidden, match="read:roles"):
            list(client.roles())

    assert token_requests(tenant) == 1


def test_a_write_that_is_forbidden_to_an_old_token_works_the_next_time(tenant: LocalTenant, connect: Connect) -> None:
    """A write is sent once, so the refusal is reported; the token that was to blame is not used again."""
    store, credentials = grown(tenant, connect, "update:resource_servers")
    client = connect(tenant, credentials, tokens=store)
    api = client.get_api("empty")
    with pytest.raises(Forbidden):
        client.replace_permissions(api.id, {"a": "A"})

    assert client.replace_permissions(api.id, {"a": "A"}).permissions == {"a": "A"}


def test_a_needed_scope_that_an_old_token_lacks_brings_a_new_one(tenant: LocalTenant, connect: Connect) -> None:
    """A plan is judged by what the application may do now, not by what it could when the token was issued."""
    store, credentials = grown(tenant, connect, "update:resource_servers")
    client = connect(tenant, credentials, tokens=store)

    for scopes in (["read:resource_servers"], ["read:resource_servers", "update:resource_servers"]):
        assert client.granted_scopes(scopes) == frozenset(scopes)
