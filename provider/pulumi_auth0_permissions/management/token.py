"""The access token: fetched once a process, replaced before it expires and when the tenant no longer takes it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pulumi_auth0_permissions.management.credentials import Credentials
from pulumi_auth0_permissions.management.errors import BadCredentials
from pulumi_auth0_permissions.management.shapes import ShapeError

__all__ = ["IssuedToken", "Tokens", "expiry_of", "issued_token", "scopes_of"]

RENEWED_BEFORE_EXPIRY_S = 60.0  # so that no request leaves with a token that expires on the way
RENEWED_FRACTION = 0.1  # of the lifetime; counts where tokens live shorter than ten times the above
_SECRETS_REMEMBERED = 4  # tokens that messages are searched for


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and the seconds it lives from the moment it was asked for."""

    access_token: str = field(repr=False)
    expires_in_s: float


def issued_token(payload: object) -> IssuedToken:
    """Read the token endpoint's answer: ``access_token`` and ``expires_in`` (seconds).

    Raises:
        ShapeError: if it is something else.
    """
    match payload:
        case {"access_token": str() as token, "expires_in": int() | float() as seconds} if (
            token and all("!" <= character <= "~" for character in token) and seconds > 0
        ):
            return IssuedToken(token, float(seconds))
    raise ShapeError("it holds no access_token with expires_in")


def expiry_of(token: str) -> float | None:
    """Return when a ready token expires, in seconds since the epoch, if it is a JWT that says so."""
    expiry = _claims(token).get("exp")
    return float(expiry) if isinstance(expiry, int | float) and not isinstance(expiry, bool) else None


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
    """

    def __init__(
        self,
        credentials: Credentials,
        fetch: Callable[[], IssuedToken],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
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

    def secrets(self) -> tuple[str, ...]:
        """Return the tokens that were handed out lately, for messages to be searched for them."""
        return self._seen

    def _replace(self) -> None:
        if self._rejection is not None:
            raise self._rejection
        asked_s = self._clock()
        try:
            issued = self._fetch()
        except BadCredentials as error:
            self._rejection = error
            raise
        self._current = issued.access_token
        self._seen = (issued.access_token, *self._seen)[:_SECRETS_REMEMBERED]
        self._expires_at_s = asked_s + issued.expires_in_s
        margin_s = min(RENEWED_BEFORE_EXPIRY_S, issued.expires_in_s * RENEWED_FRACTION)
        self._renew_at_s = self._expires_at_s - margin_s
