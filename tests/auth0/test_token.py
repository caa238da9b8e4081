"""The token: once a process, in time, and never in the open."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable

import pytest

from auth0.virtual import Clock
from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.errors import BadCredentials, ManagementApiError
from pulumi_auth0_permissions.auth0.shapes import ShapeError
from pulumi_auth0_permissions.auth0.token import IssuedToken, Tokens, expiry_of, issued_token

CLIENT = Credentials.of_client("id", "secret")


class Issuer:
    """Issues numbered tokens."""

    def __init__(self, lifetime_s: float = 86400) -> None:
        self.issued = 0
        self.lifetime_s = lifetime_s

    def __call__(self) -> IssuedToken:
        """Return the next token."""
        self.issued += 1
        return IssuedToken(f"token-{self.issued}", self.lifetime_s)


def test_a_token_is_fetched_once() -> None:
    """However often it is asked for, one token serves."""
    issuer = Issuer()
    tokens = Tokens(CLIENT, issuer, Clock())

    assert {tokens.get() for _ in range(100)} == {"token-1"}
    assert issuer.issued == 1


def test_threads_share_one_fetch() -> None:
    """Threads that ask while a token is on its way wait for it, and don't fetch their own."""
    on_the_way, go_on = threading.Event(), threading.Event()
    issuer = Issuer()

    def slow() -> IssuedToken:
        on_the_way.set()
        go_on.wait(timeout=60)
        return issuer()

    tokens = Tokens(CLIENT, slow, Clock())
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    on_the_way.wait(timeout=60)
    go_on.set()
    for thread in threads:
        thread.join()

    assert (got, issuer.issued) == (["token-1"] * 8, 1)


@pytest.mark.parametrize(
    ("lifetime_s", "still_s", "renewed_s"),
    [(86400, 86400 - 60.1, 86400 - 60), (600, 539.9, 540), (60, 53.9, 54), (1, 0.89, 0.9)],
)
def test_a_token_is_renewed_before_it_expires(lifetime_s: float, still_s: float, renewed_s: float) -> None:
    """A minute before the end, or a tenth of a short life, the next request brings a new one."""
    clock = Clock(0.0)
    tokens = Tokens(CLIENT, Issuer(lifetime_s), clock)
    tokens.get()

    clock.now_s = still_s
    assert tokens.get() == "token-1"
    clock.now_s = renewed_s
    assert tokens.get() == "token-2"


def test_in_a_hurry_a_token_is_used_to_its_end() -> None:
    """Between a read and its write no renewal is started as long as the token lives."""
    clock = Clock(0.0)
    tokens = Tokens(CLIENT, Issuer(600), clock)
    tokens.get()

    clock.now_s = 599.9
    assert tokens.get(in_a_hurry=True) == "token-1"
    clock.now_s = 600.0
    assert tokens.get(in_a_hurry=True) == "token-2"


def test_the_life_of_a_token_counts_from_the_request() -> None:
    """The time that the answer was on its way is not lived twice."""
    clock = Clock(0.0)

    def slow() -> IssuedToken:
        clock.now_s += 30
        return IssuedToken("slow", 100)

    tokens = Tokens(CLIENT, slow, clock)
    tokens.get()
    clock.now_s = 95.0
    tokens.get()

    assert clock.now_s == 125.0


def test_a_discarded_token_is_replaced() -> None:
    """A token that the tenant refused is not handed out again."""
    tokens = Tokens(CLIENT, Issuer(), Clock())

    tokens.discard(tokens.get())

    assert tokens.get() == "token-2"


def test_a_ready_token_is_used_as_it_is() -> None:
    """A given token is neither fetched nor discarded."""

    def never() -> IssuedToken:
        raise AssertionError

    tokens = Tokens(Credentials.of_token("given"), never, Clock())
    tokens.discard("given")

    assert tokens.get() == "given"


def failing(error: Exception) -> tuple[Callable[[], IssuedToken], list[int]]:
    """Return a fetch that fails, and the list of its calls."""
    calls: list[int] = []

    def fetch() -> IssuedToken:
        calls.append(1)
        raise error

    return fetch, calls


def test_rejected_credentials_are_not_tried_again() -> None:
    """One rejection is enough: the next resource gets the same error without a request."""
    fetch, calls = failing(BadCredentials(request="POST /oauth/token", what="no", next_action="Correct it."))
    tokens = Tokens(CLIENT, fetch, Clock())

    for _ in range(3):
        with pytest.raises(BadCredentials):
            tokens.get()

    assert calls == [1]


def test_an_unreachable_tenant_is_asked_again() -> None:
    """A tenant that could not be reached may be reachable for the next request."""
    fetch, calls = failing(ManagementApiError(request="POST /oauth/token", what="no", next_action="Wait."))
    tokens = Tokens(CLIENT, fetch, Clock())

    for _ in range(2):
        with pytest.raises(ManagementApiError):
            tokens.get()

    assert calls == [1, 1]


def test_tokens_do_not_show() -> None:
    """An issued token is masked when it is printed."""
    assert "hidden" not in repr(IssuedToken("hidden", 1))


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
        {"access_token": 1, "expires_in": 1},
        {"access_token": "a\r\nX-Evil: 1", "expires_in": 1},
        {"access_token": "ä", "expires_in": 1},
    ],
)
def test_an_answer_without_a_usable_token_is_none(payload: object) -> None:
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
def test_a_ready_token_may_tell_its_expiry(token: str, expiry: float | None) -> None:
    """A JWT with a numeric exp tells it; anything else tells nothing and does no harm."""
    assert expiry_of(token) == expiry
