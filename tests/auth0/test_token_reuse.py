"""A token that processes leave for one another: used while it lives, replaced where it may be out of date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from auth0.conftest import ORDERS, Connect, sent
from auth0.virtual import Clock
from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import Forbidden
from pulumi_auth0_permissions.auth0.token import IssuedToken, StoredToken, Tokens
from pulumi_auth0_permissions.core.permissions import PermissionSet

CLIENT = Credentials.of_client("id", "secret")
NOW_S = 1_800_000_000.0
LIFETIME_S = 86400.0


@dataclass
class Store:
    """Keeps a token in memory and writes down what was done, with `(` and `)` around what is done alone."""

    token: StoredToken | None = None
    done: list[str] = field(default_factory=list)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Note that it begins and ends."""
        self.done.append("(")
        yield
        self.done.append(")")

    def load(self) -> StoredToken | None:
        """Return the token."""
        self.done.append("load")
        return self.token

    def save(self, token: StoredToken) -> None:
        """Keep the token."""
        self.done.append("save")
        self.token = token

    def forget(self) -> None:
        """Keep none."""
        self.done.append("forget")
        self.token = None


def fetch() -> IssuedToken:
    """Issue a token."""
    return IssuedToken("fetched", LIFETIME_S)


def tokens_of(store: Store, clock: Clock | None = None) -> Tokens:
    """Return what hands out tokens, at a known time."""
    return Tokens(CLIENT, fetch, clock or Clock(0.0), store=store, wall=lambda: NOW_S)


def left(seconds: float, lifetime_s: float = LIFETIME_S) -> Store:
    """Return a store with a token that has some seconds to live."""
    return Store(StoredToken("stored", NOW_S + seconds - lifetime_s, NOW_S + seconds))


def test_a_fetched_token_is_left_for_others() -> None:
    """What was fetched is saved with its times, and nobody else fetches meanwhile."""
    store = Store()

    assert tokens_of(store).get() == "fetched"

    assert store.token == StoredToken("fetched", NOW_S, NOW_S + LIFETIME_S)
    assert store.done == ["(", "load", "save", ")"]


def test_a_token_that_lives_is_used() -> None:
    """A token that another process left costs no request, and is looked up once."""
    store = left(3600)
    tokens = tokens_of(store)

    assert {tokens.get() for _ in range(3)} == {"stored"}
    assert store.done == ["(", "load", ")"]


@pytest.mark.parametrize(
    ("seconds", "lifetime_s", "taken"),
    [(61, LIFETIME_S, True), (60, LIFETIME_S, False), (-5, LIFETIME_S, False), (7, 60, True), (6, 60, False)],
)
def test_a_token_near_its_end_is_not_used(seconds: float, lifetime_s: float, *, taken: bool) -> None:
    """A minute before its end, or a tenth of a short life, a stored token is replaced."""
    assert tokens_of(left(seconds, lifetime_s)).get() == ("stored" if taken else "fetched")


def test_a_token_from_the_future_is_not_used() -> None:
    """A token with more left than its whole life means that a clock was set: it is replaced."""
    assert tokens_of(Store(StoredToken("stored", NOW_S + 100, NOW_S + 100 + LIFETIME_S))).get() == "fetched"


def test_a_used_token_is_renewed_in_time() -> None:
    """While the process runs, a stored token ages like one of its own, and its replacement is saved."""
    store, clock = left(600), Clock(0.0)
    now = {"s": NOW_S}
    tokens = Tokens(CLIENT, fetch, clock, store=store, wall=lambda: now["s"])
    assert tokens.get() == "stored"

    clock.now_s, now["s"] = 541.0, NOW_S + 541.0

    assert tokens.get() == "fetched"
    assert store.token is not None
    assert store.token.access_token == "fetched"


def test_a_rejected_token_is_taken_out_of_the_store() -> None:
    """A token that the tenant refuses is left to nobody."""
    store = left(3600)
    tokens = tokens_of(store)
    tokens.discard(tokens.get())

    assert store.token is None
    assert tokens.get() == "fetched"


def test_what_another_process_has_replaced_stays() -> None:
    """Discarding a token takes away that one only, not the newer one that lies in its place."""
    store = left(3600)
    tokens = tokens_of(store)
    old = tokens.get()
    store.token = StoredToken("newer", NOW_S, NOW_S + LIFETIME_S)

    tokens.discard(old)

    assert tokens.get() == "newer"


def test_threads_that_were_refused_with_a_stored_token_all_try_again() -> None:
    """The second one hears that its token was an old one too, and is given what the first one has fetched."""
    tokens = tokens_of(left(3600))
    old = tokens.get()

    assert tokens.discard_reused(old)
    assert tokens.get() == "fetched"
    assert tokens.discard_reused(old)

    assert tokens.get() == "fetched"
    assert not tokens.discard_reused("fetched")


def test_messages_are_searched_for_a_stored_token() -> None:
    """A token of another process is masked in messages like one of this process."""
    tokens = tokens_of(left(3600))
    tokens.get()

    assert tokens.secrets() == ("stored",)


def grown(tenant: LocalTenant, connect: Connect, *scopes: str) -> tuple[Store, Credentials]:
    """Return a store with a token of a client that has been granted scopes since then."""
    before = Credentials.of_client(*tenant.issue_client(["read:resource_servers"]))
    store = Store()
    connect(tenant, before, tokens=store).get_api(ORDERS)
    after = Credentials.of_client(*tenant.issue_client(["read:resource_servers", *scopes]))
    tenant.clear_journal()
    return store, after


def requests(tenant: LocalTenant) -> list[tuple[str, str]]:
    """Return method and path of all requests, the token's included."""
    return [(entry.method, entry.path) for entry in tenant.journal() if not entry.path.startswith("/_")]


def test_a_second_client_asks_for_no_token(tenant: LocalTenant, connect: Connect) -> None:
    """Two clients with one store send one token request between them."""
    store = Store()

    for _ in range(2):
        connect(tenant, tokens=store).get_api(ORDERS)

    assert [path for _, path in requests(tenant)].count("/oauth/token") == 1


def test_a_read_that_is_forbidden_to_an_old_token_is_repeated_with_a_new_one(
    tenant: LocalTenant, connect: Connect
) -> None:
    """A scope that was granted after the token was issued counts at once."""
    store, credentials = grown(tenant, connect, "read:roles")

    assert list(connect(tenant, credentials, tokens=store).roles()) == []

    assert [status for _, _, _, status in sent(tenant)] == [403, 200]


def test_what_is_forbidden_to_a_new_token_too_is_told(tenant: LocalTenant, connect: Connect) -> None:
    """A scope that is not granted costs one new token, and then is named."""
    store, credentials = grown(tenant, connect)
    client = connect(tenant, credentials, tokens=store)

    for _ in range(2):
        with pytest.raises(Forbidden, match="read:roles"):
            list(client.roles())

    assert [path for _, path in requests(tenant)].count("/oauth/token") == 1


def test_a_write_that_is_forbidden_to_an_old_token_works_the_next_time(tenant: LocalTenant, connect: Connect) -> None:
    """A write is sent once, so a refusal is told; the token that was to blame is not used again."""
    store, credentials = grown(tenant, connect, "update:resource_servers")
    client = connect(tenant, credentials, tokens=store)
    api = client.get_api("empty")
    with pytest.raises(Forbidden):
        client.replace_permissions(api.id, PermissionSet.of({"a": "A"}))

    assert client.replace_permissions(api.id, PermissionSet.of({"a": "A"})).permissions.values() == ("a",)


def test_a_needed_scope_that_an_old_token_lacks_brings_a_new_one(tenant: LocalTenant, connect: Connect) -> None:
    """A plan is judged by what the application may do now, not by what it could when the token was issued."""
    store, credentials = grown(tenant, connect, "update:resource_servers")
    client = connect(tenant, credentials, tokens=store)

    assert client.granted_scopes(["read:resource_servers"]) == frozenset({"read:resource_servers"})
    assert client.granted_scopes(["update:resource_servers"]) == frozenset(
        {"read:resource_servers", "update:resource_servers"}
    )
