"""The access token: one a process at most, replaced before it expires and when the tenant no longer takes it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from pulumi_auth0_permissions.auth0.credentials import Credentials, fits_a_header
from pulumi_auth0_permissions.auth0.errors import BadCredentials
from pulumi_auth0_permissions.auth0.shapes import ShapeError

__all__ = ["IssuedToken", "StoredToken", "TokenStore", "Tokens", "expiry_of", "issued_token", "scopes_of"]

RENEWED_BEFORE_EXPIRY_S = 60.0  # so that no request leaves with a token that expires on the way
RENEWED_FRACTION = 0.1  # of the lifetime; counts where tokens live shorter than ten times the above
_LONGEST_LIFE_S = 1e10  # a life that no clock can count is none
_SECRETS_REMEMBERED = 4  # tokens that messages are searched for


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and the seconds it lives from the moment it was asked for."""

    access_token: str = field(repr=False)
    expires_in_s: float


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token that an earlier process was issued; times are seconds since the epoch."""

    access_token: str = field(repr=False)
    issued_at_s: float
    expires_at_s: float


class TokenStore(Protocol):
    """Where processes leave their token for one another; for one tenant and one set of credentials.

    A store that doesn't work is an empty one: its methods do not raise.
    """

    def alone(self) -> AbstractContextManager[None]:
        """Keep the others out, so that of several processes that start together one asks for a token."""

    def load(self) -> StoredToken | None:
        """Return what was saved last, if anything."""

    def save(self, token: StoredToken) -> None:
        """Leave a token for other processes."""

    def forget(self) -> None:
        """Remove what was saved."""


def issued_token(payload: object) -> IssuedToken:
    """Read the token endpoint's answer: ``access_token`` and ``expires_in`` (seconds).

    Raises:
        ShapeError: if it is something else.
    """
    match payload:
        case {"access_token": str() as token, "expires_in": int() | float() as seconds} if (
            token and fits_a_header(token) and 0 < seconds < _LONGEST_LIFE_S
        ):
            return IssuedToken(token, float(seconds))
    raise ShapeError("it holds no access_token with expires_in")


def expiry_of(token: str) -> float | None:
    """Return when a ready token expires, in seconds since the epoch, if it is a JWT that says so."""
    expiry = _claims(token).get("exp")
    if isinstance(expiry, int | float) and not isinstance(expiry, bool) and abs(expiry) < _LONGEST_LIFE_S:
        return float(expiry)
    return None


def scopes_of(token: str) -> frozenset[str] | None:
    """Return the scopes of a token, if it is a JWT that says so (claim ``scope``, RFC 8693 section 4.2)."""
    scope = _claims(token).get("scope")
    return frozenset(scope.split()) if isinstance(scope, str) else None


def _claims(token: str) -> Mapping[str, object]:
    """Return what a JWT claims; the signature isn't looked at: this is for better messages only."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, Mapping) else {}


class Tokens:
    """Hands out the token; safe for threads, of which only one fetches while the others wait for it.

    Credentials that were rejected once are not tried again: every resource of a stack would ask, and the tenant
    counts failures.

    Args:
        credentials: a ready token is handed out as it is.
        fetch: asks the tenant for a token.
        clock: seconds that only grow.
        store: where to look for a token first; ``None``: nowhere.
        wall: seconds since the epoch.
    """

    def __init__(
        self,
        credentials: Credentials,
        fetch: Callable[[], IssuedToken],
        clock: Callable[[], float] = time.monotonic,
        *,
        store: TokenStore | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._wall = wall
        self._reused: str | None = None  # kept when it is replaced: other threads may have sent it
        self._credentials = credentials
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._current: str | None = credentials.reveal_api_token()
        self._renew_at_s = float("inf")
        self._expires_at_s = float("inf")
        self._seen: tuple[str, ...] = ()
        self._rejection: BadCredentials | None = None

    def get(self, *, in_a_hurry: bool = False) -> str:
        """Return a token, fetching one if there is none or the one there is about to expire.

        Args:
            in_a_hurry: take one that is about to expire as long as it lives: a renewal now would cost a round trip
                at the wrong time.
        """
        with self._lock:
            due_s = self._expires_at_s if in_a_hurry else self._renew_at_s
            if self._current is None or self._clock() >= due_s:
                self._replace()
            assert self._current is not None  # noqa: S101 - _replace sets it or raises
            return self._current

    def discard(self, rejected: str) -> None:
        """Forget a token that the tenant no longer takes, unless it has been replaced already."""
        with self._lock:
            if self._credentials.renewable and self._current == rejected:
                self._current = None
                self._forget(rejected)

    def discard_reused(self, token: str) -> bool:
        """Forget a token that is from the store, and tell whether it was: it may be older than the client's scopes."""
        with self._lock:
            if self._reused != token:
                return False
            if self._current == token:
                self._current = None
            self._forget(token)
            return True

    def secrets(self) -> tuple[str, ...]:
        """Return the tokens that were handed out lately, for messages to be searched for them."""
        return self._seen

    def _replace(self) -> None:
        if self._rejection is not None:
            raise self._rejection
        if self._store is None:
            self._fetch_one()
            return
        with self._store.alone():
            stored = self._store.load()
            if stored is None or not self._take(stored):
                self._store.save(self._fetch_one())

    def _fetch_one(self) -> StoredToken:
        asked_s, asked_at_s = self._clock(), self._wall()
        try:
            issued = self._fetch()
        except BadCredentials as error:
            self._rejection = error
            raise
        self._use(issued.access_token, asked_s + issued.expires_in_s, issued.expires_in_s)
        return StoredToken(issued.access_token, asked_at_s, asked_at_s + issued.expires_in_s)

    def _take(self, stored: StoredToken) -> bool:
        """Use a stored token if it has enough of its life before it."""
        lifetime_s = stored.expires_at_s - stored.issued_at_s
        left_s = stored.expires_at_s - self._wall()
        if not _margin_s(lifetime_s) < left_s <= lifetime_s:  # more left than its life: the clock was set back
            return False
        self._reused = stored.access_token
        self._use(stored.access_token, self._clock() + left_s, lifetime_s)
        return True

    def _use(self, token: str, expires_at_s: float, lifetime_s: float) -> None:
        self._current = token
        self._seen = (token, *self._seen)[:_SECRETS_REMEMBERED]
        self._expires_at_s = expires_at_s
        self._renew_at_s = expires_at_s - _margin_s(lifetime_s)

    def _forget(self, token: str) -> None:
        if self._store is None:
            return
        with self._store.alone():
            stored = self._store.load()
            if stored is not None and stored.access_token == token:  # else another process has replaced it
                self._store.forget()


def _margin_s(lifetime_s: float) -> float:
    """Return how long before its expiry a token is renewed."""
    return min(RENEWED_BEFORE_EXPIRY_S, lifetime_s * RENEWED_FRACTION)
