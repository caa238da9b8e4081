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
    def is_plausible(self) -> bool:
        """Whether it can be sent, and lives for a time that clocks can count."""
        lifetime_s = self.expires_at_s - self.issued_at_s
        return bool(self.text) and fits_a_header(self.text) and 0 < lifetime_s < _LONGEST_LIFETIME_S

    def is_usable(self, now_s: float, *, to_its_end: bool = False) -> bool:
        """Tell whether it can be used rather than renewed; one from the future says that a clock was set back."""
        early_s = min(RENEWED_BEFORE_EXPIRY_S, (self.expires_at_s - self.issued_at_s) * RENEWED_FRACTION)
        return self.issued_at_s <= now_s < self.expires_at_s - (0.0 if to_its_end else early_s)


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
    raise ShapeError("it has no access_token with expires_in")


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
        self._current: AccessToken | None = None
        self._reused: str | None = None  # kept when it is replaced: other threads may have sent it
        self._seen: tuple[str, ...] = ()
        self._rejection: BadCredentials | None = None

    def get(self, *, in_a_hurry: bool = False) -> str:
        """Return a token, fetching one if there is none or the one there is about to expire.

        Args:
            in_a_hurry: take one that is about to expire as long as it lives: a renewal now would cost a round trip
                at the wrong time.
        """
        if not self._credentials.renewable:
            return self._credentials.api_token
        with self._lock:
            if self._current is None or not self._current.is_usable(self._clock.wall(), to_its_end=in_a_hurry):
                self._current = self._new()
                self._seen = (self._current.text, *self._seen)[:_SECRETS_REMEMBERED]
            return self._current.text

    def verify(self) -> None:
        """Get the token now, if there is none yet.

        Raises:
            BadCredentials: the tenant rejects the credentials.
            ManagementApiError: the tenant cannot be asked, or a token from the settings has expired.
        """
        self.get()
        expiry_s = expiry_of(self._credentials.api_token)
        if expiry_s is not None and expiry_s <= self._clock.wall():
            raise ManagementApiError(
                "the token has expired",
                "Set a new one, or use auth0:clientId and auth0:clientSecret, whose tokens renew themselves.",
                request="auth0:apiToken",
                setting="auth0:apiToken",
            )

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
            if self._current is not None and self._current.text == rejected:
                self._drop(rejected)

    def discard_reused(self, token: str) -> bool:
        """Forget a token that is from the store, and say whether it was: it may be older than the client's scopes."""
        with self._lock:
            if self._reused != token:
                return False
            self._drop(token)
            return True

    def secrets(self) -> tuple[str, ...]:
        """Return the tokens that were handed out lately, for messages to be searched for them."""
        return self._seen

    def _new(self) -> AccessToken:
        if self._rejection is not None:
            raise self._rejection
        with self._store.lock() if self._store else nullcontext():
            stored = self._store.load() if self._store else None
            if stored is not None and stored.is_usable(self._clock.wall()):
                self._reused = stored.text
                return stored
            asked_at_s = self._clock.wall()
            try:
                text, lifetime_s = self._fetch()
            except BadCredentials as error:
                self._rejection = error
                raise
            token = AccessToken(text, asked_at_s, asked_at_s + lifetime_s)
            if self._store:
                self._store.save(token)
            return token

    def _drop(self, text: str) -> None:
        if self._current is not None and self._current.text == text:
            self._current = None
        if self._store:
            with self._store.lock():
                stored = self._store.load()
                if stored is not None and stored.text == text:  # else another process has replaced it
                    self._store.save(None)
