"""The access token: one a process at most, renewed before it expires and when the tenant no longer accepts it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from pulumi_auth0_permissions.auth0.credentials import Credentials, fits_a_header
from pulumi_auth0_permissions.auth0.deadline import Clock
from pulumi_auth0_permissions.auth0.errors import BadCredentials, ManagementApiError
from pulumi_auth0_permissions.auth0.parsing import ShapeError

__all__ = ["AccessToken", "TokenStore", "Tokens", "issued_token"]

RENEWED_BEFORE_EXPIRY_S = 60.0  # so that no request leaves with a token that expires on the way
RENEWED_FRACTION = 0.1  # of the lifetime; counts where tokens live shorter than ten times the above
_LONGEST_LIFETIME_S = 1e10  # a lifetime that no clock can count is not one
_SECRETS_REMEMBERED = 4  # tokens that messages are searched for


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that was issued to this process or an earlier one; times are seconds since the epoch."""

    text: str = field(repr=False)
    issued_at_s: float
    expires_at_s: float

    @property
    def lifetime_s(self) -> float:
        """How long it is accepted in all, in seconds."""
        return self.expires_at_s - self.issued_at_s

    @property
    def margin_s(self) -> float:
        """How long before its expiry it is renewed, in seconds."""
        return min(RENEWED_BEFORE_EXPIRY_S, self.lifetime_s * RENEWED_FRACTION)

    @property
    def is_plausible(self) -> bool:
        """Whether it can be sent, at a time that clocks can count."""
        return bool(self.text) and fits_a_header(self.text) and 0 < self.lifetime_s < _LONGEST_LIFETIME_S


class TokenStore(Protocol):
    """Where the processes of one user share a token, for one tenant and one set of credentials.

    A store that does not work is an empty one: its methods do not raise.
    """

    def lock(self) -> AbstractContextManager[object]:
        """Keep other processes out, so that of several that start together one requests a token."""

    def load(self) -> AccessToken | None:
        """Return what was saved last, if anything."""

    def save(self, token: AccessToken | None) -> None:
        """Replace what was saved; ``None`` removes it."""


def issued_token(payload: object) -> tuple[str, float]:
    """Read the token endpoint's answer: ``access_token`` and ``expires_in``, in seconds.

    Raises:
        ShapeError: it is something else.
    """
    match payload:
        case {"access_token": str() as text, "expires_in": int() | float() as lifetime_s} if AccessToken(
            text, 0.0, lifetime_s
        ).is_plausible:
            return text, float(lifetime_s)
    raise ShapeError("it holds no access_token with expires_in")


def expiry_of(token: str) -> float | None:
    """Return when a token expires, in seconds since the epoch, if it is a JWT that says so."""
    expiry = _claims(token).get("exp")
    if isinstance(expiry, int | float) and not isinstance(expiry, bool) and abs(expiry) < _LONGEST_LIFETIME_S:
        return float(expiry)
    return None


def scopes_of(token: str) -> frozenset[str] | None:
    """Return the scopes of a token, if it is a JWT that says so (claim ``scope``, RFC 8693 section 4.2)."""
    scope = _claims(token).get("scope")
    return frozenset(scope.split()) if isinstance(scope, str) else None


def _claims(token: str) -> Mapping[str, object]:
    """Return what a JWT claims, without checking its signature: this is for better messages only."""
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
        credentials: a token among them is handed out as it is.
        fetch: requests a token; returns it with its lifetime in seconds.
        clock: the time.
        store: where to look for a token first; ``None``: nowhere.
    """

    def __init__(
        self,
        credentials: Credentials,
        fetch: Callable[[], tuple[str, float]],
        clock: Clock,
        store: TokenStore | None = None,
    ) -> None:
        self._credentials = credentials
        self._fetch = fetch
        self._clock = clock
        self._store = store
        self._lock = threading.Lock()
        self._current: str | None = credentials.api_token or None
        self._renew_at_s = float("inf")
        self._expires_at_s = float("inf")
        self._reused: str | None = None  # kept when it is replaced: other threads may have sent it
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
            if self._current is None or self._clock.now() >= due_s:
                return self._replace()
            return self._current

    def verify(self) -> None:
        """Get the token now, if there is none yet.

        Raises:
            BadCredentials: the tenant rejects the credentials.
            ManagementApiError: the tenant can't be asked, or a ready token has expired.
        """
        self.get()
        if self.given_has_expired():
            raise ManagementApiError(
                "the token has expired",
                "Set a new one, or use auth0:clientId and auth0:clientSecret instead: that renews itself.",
                request="auth0:apiToken",
                setting="auth0:apiToken",
            )

    def given_has_expired(self) -> bool:
        """Tell whether a token among the credentials is past its date."""
        expiry_s = expiry_of(self._credentials.api_token)
        return expiry_s is not None and expiry_s <= self._clock.wall()

    def granted_scopes(self, needed: Collection[str]) -> frozenset[str] | None:
        """Return the scopes of the token in use, fetching one if there is none; ``None`` if it does not say.

        Args:
            needed: a token of an earlier process that lacks one of these is replaced first.
        """
        token = self.get()
        granted = scopes_of(token)
        if granted is not None and not granted.issuperset(needed) and self.discard_reused(token):
            return scopes_of(self.get())
        return granted

    def discard(self, rejected: str) -> None:
        """Forget a token that the tenant no longer accepts, unless it has been replaced already."""
        with self._lock:
            if self._credentials.renewable and self._current == rejected:
                self._drop(rejected)

    def discard_reused(self, token: str) -> bool:
        """Forget a token that is from the store, and tell whether it was: it may be older than the client's scopes."""
        with self._lock:
            if self._reused != token:
                return False
            self._drop(token)
            return True

    def secrets(self) -> tuple[str, ...]:
        """Return the tokens that were handed out lately, for messages to be searched for them."""
        return self._seen

    def _replace(self) -> str:
        if self._rejection is not None:
            raise self._rejection
        with self._store.lock() if self._store else nullcontext():
            token = self._store.load() if self._store else None
            if token is not None and token.margin_s < token.expires_at_s - self._clock.wall() <= token.lifetime_s:
                # With more left than its whole life, a clock would have been set back.
                self._reused = token.text
                return self._use(token, self._clock.now() + token.expires_at_s - self._clock.wall())
            asked_s, asked_at_s = self._clock.now(), self._clock.wall()
            try:
                text, lifetime_s = self._fetch()
            except BadCredentials as error:
                self._rejection = error
                raise
            token = AccessToken(text, asked_at_s, asked_at_s + lifetime_s)
            if self._store:
                self._store.save(token)
            return self._use(token, asked_s + lifetime_s)

    def _use(self, token: AccessToken, expires_at_s: float) -> str:
        self._current = token.text
        self._seen = (token.text, *self._seen)[:_SECRETS_REMEMBERED]
        self._expires_at_s = expires_at_s
        self._renew_at_s = expires_at_s - token.margin_s
        return token.text

    def _drop(self, token: str) -> None:
        if self._current == token:
            self._current = None
        if self._store:
            with self._store.lock():
                stored = self._store.load()
                if stored is not None and stored.text == token:  # else another process has replaced it
                    self._store.save(None)
