"""Who calls, and the access token: one a process at most, renewed before it expires and when it is refused."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import NoReturn, final
from urllib.parse import quote, quote_plus

from pulumi_auth0_permissions.auth0.errors import BadCredentials
from pulumi_auth0_permissions.auth0.parsing import ShapeError

RENEWED_BEFORE_EXPIRY_S = 60.0  # so that no request leaves with a token that expires on the way
RENEWED_FRACTION = 0.1  # of the lifetime; counts where tokens live shorter than ten times the above
_LONGEST_LIFETIME_S = 1e10  # a lifetime that no clock can count is not one
_SECRETS_REMEMBERED = 4  # tokens that messages are searched for

# Auth0's documentation, "Authenticate with Private Key JWT", is the source of the algorithms and of the claims.
ALGORITHMS = ("RS256", "RS384", "PS256")
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFETIME_S = 60  # the longest that is recommended; an assertion is good for one request anyway


@final
@dataclass(frozen=True, slots=True)
class Credentials:
    """A client's id with its secret or its private key, or a token: exactly one of these three.

    Secrets are not printed, and pickling and copying raise, because Pulumi pickles dynamic providers into its state.
    """

    client_id: str = ""  # no secret
    client_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)  # in PEM form, to sign with (`private_key_jwt`)
    algorithm: str = ""  # what the private key signs with: one of `ALGORITHMS`
    api_token: str = field(default="", repr=False)  # of the Management API, which nobody can renew

    def __post_init__(self) -> None:
        ways = (
            bool(self.api_token),
            bool(self.client_id and self.client_secret),
            bool(self.client_id and self.private_key and self.algorithm),
        )
        if sum(ways) != 1:
            raise ValueError("credentials are a client id with its secret or its private key, or a token")

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials must not be pickled or copied: they would end up in Pulumi's state")

    @property
    def renewable(self) -> bool:
        """Whether a token that expires can be replaced."""
        return not self.api_token

    @property
    def secrets(self) -> tuple[str, ...]:
        """What messages must not show."""
        return (self.client_secret, self.private_key, self.api_token)

    def proof(self, audience: str) -> dict[str, str]:
        """Return the fields of a token request that prove who asks; with a private key, new ones for each request.

        Args:
            audience: the tenant's address, with a last slash.
        """
        if not self.private_key:
            return {"client_secret": self.client_secret}
        import jwt  # an extra, which only those who sign have a use for

        now_s = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "iat": now_s,
            "exp": now_s + _ASSERTION_LIFETIME_S,
            "jti": str(uuid.uuid4()),
        }
        assertion = jwt.encode(claims, self.private_key, algorithm=self.algorithm)
        return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion}


def usable_key(private_key: str) -> str:
    """Return a private key that requests can be signed with.

    Raises:
        ValueError: they cannot, and why, as a sentence about the key without its full stop.
    """
    try:
        Credentials("id", private_key=private_key, algorithm=ALGORITHMS[0]).proof("https://localhost/")
    except (ImportError, NotImplementedError):  # the latter: PyJWT is there, and the library that it signs with is not
        raise ValueError(
            "it needs a package that is not installed: install pulumi-auth0-permissions[private-key-jwt], for instance "
            "with: pip install 'pulumi-auth0-permissions[private-key-jwt]'"
        ) from None
    except Exception:  # noqa: BLE001 - of libraries whose words stay out of the message: they may quote the key
        raise ValueError(
            "it cannot be used to sign: give an RSA private key in PEM form without a passphrase"
        ) from None
    return private_key


def fits_a_header(text: str) -> bool:
    """Tell whether a token or a secret can be sent as it is: visible ASCII characters only, without spaces."""
    return all("!" <= character <= "~" for character in text)


def scrub(text: str, secrets: Collection[str]) -> str:
    """Mask each of ``secrets`` in a text, as it is and as URLs, forms and JSON would spell it."""
    spellings = {
        spelling
        for secret in filter(None, secrets)
        for spelling in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    }
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, "[secret]")
    return text


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

    def is_usable(self, *, to_its_end: bool = False) -> bool:
        """Tell whether it can be used rather than renewed; one from the future says that a clock was set back."""
        early_s = min(RENEWED_BEFORE_EXPIRY_S, (self.expires_at_s - self.issued_at_s) * RENEWED_FRACTION)
        return self.issued_at_s <= time.time() < self.expires_at_s - (0.0 if to_its_end else early_s)


class TokenStore:
    """Where the processes of one user share a token, for one tenant and one set of credentials; here: nowhere.

    A store that does not work is an empty one: its methods do not raise.
    """

    def lock(self) -> AbstractContextManager[object]:
        """Keep other processes out, so that of several that start together one requests a token."""
        return nullcontext()

    def load(self) -> AccessToken | None:
        """Return what was saved last, if anything."""
        return None

    def save(self, token: AccessToken | None) -> None:
        """Replace what was saved; ``None`` removes it."""


def issued_token(payload: object) -> AccessToken:
    """Read the token endpoint's answer: ``access_token`` and ``expires_in``, in seconds; times count from 0.

    Raises:
        ShapeError: it is something else.
    """
    match payload:
        case {"access_token": str() as text, "expires_in": int() | float() as lifetime_s} if (
            token := AccessToken(text, 0.0, lifetime_s)
        ).is_plausible:
            return token
    raise ShapeError("it has no access_token with expires_in")


def scopes_of(token: str) -> frozenset[str] | None:
    """Return the scopes of a token, if it is a JWT that says so (claim ``scope``, RFC 8693 section 4.2).

    The signature is not checked: this is for better messages only.
    """
    try:
        part = token.split(".")[1]
        scope = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["scope"]
        return frozenset(scope.split())
    except (IndexError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


class Tokens:
    """Hands out the token; safe for threads, of which only one fetches while the others wait for it.

    Credentials that were rejected once are not tried again: every resource of a stack would ask, and the tenant
    counts failures.

    Args:
        credentials: a token among them is handed out as it is.
        fetch: requests a token.
        store: where to look for a token first.

    Attributes:
        seen: the tokens that were handed out lately, for messages to be searched for them.
    """

    def __init__(self, credentials: Credentials, fetch: Callable[[], AccessToken], store: TokenStore) -> None:
        self._credentials = credentials
        self._fetch = fetch
        self._store = store
        self._lock = threading.Lock()
        self._current: AccessToken | None = None
        self._reused: str | None = None  # of the store; kept when it is replaced: other threads may have sent it
        self.seen: tuple[str, ...] = ()
        self._rejection: BadCredentials | None = None

    def get(self, *, in_a_hurry: bool = False) -> str:
        """Return a token, fetching one if there is none or the one there is about to expire.

        Args:
            in_a_hurry: take one that is about to expire as long as it lives: a renewal now would cost a round trip
                at the wrong time.

        Raises:
            BadCredentials: the tenant rejects the credentials.
            ManagementApiError: the tenant cannot be asked.
        """
        if not self._credentials.renewable:
            return self._credentials.api_token
        with self._lock:
            if self._current is None or not self._current.is_usable(to_its_end=in_a_hurry):
                self._current = self._new()
                self.seen = (self._current.text, *self.seen)[:_SECRETS_REMEMBERED]
            return self._current.text

    def granted_scopes(self, needed: Collection[str]) -> frozenset[str] | None:
        """Return the scopes of the token in use, fetching one if there is none; ``None`` if it does not say.

        Args:
            needed: a token of an earlier process that lacks one of these is replaced first.
        """
        token = self.get()
        granted = scopes_of(token)
        if granted is not None and not granted.issuperset(needed) and self.discard(token, only_if_reused=True):
            return scopes_of(self.get())
        return granted

    def discard(self, text: str, *, only_if_reused: bool = False) -> bool:
        """Forget a token that the tenant has refused, and say whether that was done.

        Args:
            text: the token; another one that has replaced it stays.
            only_if_reused: only if it is of an earlier process, and may be older than the client's scopes.
        """
        with self._lock:
            if only_if_reused and text != self._reused:
                return False
            if self._current is not None and self._current.text == text:
                self._current = None
            with self._store.lock():
                stored = self._store.load()
                if stored is not None and stored.text == text:
                    self._store.save(None)
            return True

    def _new(self) -> AccessToken:
        if self._rejection is not None:
            raise self._rejection
        with self._store.lock():
            stored = self._store.load()
            if stored is not None and stored.is_usable():
                self._reused = stored.text
                return stored
            asked_at_s = time.time()
            try:
                issued = self._fetch()
            except BadCredentials as error:
                self._rejection = error
                raise
            token = AccessToken(issued.text, asked_at_s, asked_at_s + issued.expires_at_s)
            self._store.save(token)
            return token
