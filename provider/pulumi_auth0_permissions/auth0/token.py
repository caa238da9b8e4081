"""Credentials, and the access token: at most one per process, renewed before it expires and when it is refused."""

import base64
import json
import math
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, NoReturn, final
from urllib.parse import quote, quote_plus

from msgspec import Meta, Struct
from msgspec.json import decode

from pulumi_auth0_permissions.auth0.errors import ManagementApiError

RENEWED_BEFORE_EXPIRY_S = 60.0  # so that no request leaves with a token that expires on the way
RENEWED_FRACTION = 0.1  # of the lifetime; counts where tokens live shorter than ten times the above
_VISIBLE = r"\A[!-~]+\Z"  # ASCII characters, without spaces

# Auth0's documentation, "Authenticate with Private Key JWT", is the source of the algorithms and of the claims.
ALGORITHMS = ("RS256", "RS384", "PS256")
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFETIME_S = 60  # the longest that is recommended; an assertion is good for one request anyway


def fits_a_header(text: str) -> bool:
    """Tell whether a token or a secret can be sent as it is."""
    return re.match(_VISIBLE, text) is not None


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
    api_token: str = field(default="", repr=False)  # of the Management API; nobody can renew it

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials must not be pickled or copied: they would end up in Pulumi's state")

    def proof(self, audience: str) -> dict[str, str]:
        """Return the fields that prove who requests a token, new ones each time; ``audience`` ends in a slash."""
        if not self.private_key:
            return {"client_secret": self.client_secret}
        import jwt  # an extra: only those who sign with a key need it

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
    """Return a private key that requests can be signed with, or raise a `ValueError` that says why they cannot."""
    try:
        Credentials("id", private_key=private_key, algorithm=ALGORITHMS[0]).proof("https://localhost/")
    except (ImportError, NotImplementedError):  # the latter: PyJWT is there, and the library that it signs with is not
        raise ValueError(
            "it needs a package that is not installed: pip install 'pulumi-auth0-permissions[private-key-jwt]'"
        ) from None
    except Exception:  # noqa: BLE001 - of libraries whose words stay out of the message: they may quote the key
        raise ValueError("it cannot sign: give an RSA private key in PEM form without a passphrase") from None
    return private_key


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, or ``""``, and until when it is used rather than renewed, in seconds since the epoch."""

    text: Annotated[str, Meta(pattern=_VISIBLE)] = field(default="", repr=False)
    until_s: float = 0.0


SharedToken = Callable[[Callable[[AccessToken], AccessToken]], AccessToken]
"""Where the processes of one user share a token, for one tenant and one set of credentials.

Puts what a function makes of the token in its place, and returns it. Other processes are kept out meanwhile, so that of
several that start together one requests a token.
"""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The token endpoint's answer."""

    access_token: Annotated[str, Meta(pattern=_VISIBLE)] = field(repr=False)
    expires_in: Annotated[float, Meta(gt=0, lt=1e10)]  # seconds; a lifetime that no clock can count is not one


class _Claims(Struct):
    scope: str


def scopes_of(token: str) -> frozenset[str] | None:
    """Return the scopes of a token, if it is a JWT that says so (claim ``scope``, RFC 8693 section 4.2).

    The signature is not checked: this is for better messages only.
    """
    try:
        part = token.split(".")[1]
        claims = decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=_Claims)
    except (IndexError, ValueError, RecursionError):
        return None
    return frozenset(claims.scope.split())


class Tokens:
    """Hands out the token; safe to share between threads: one fetches it while the others wait.

    Threads that waited share a failure, too. Credentials that were refused once are not tried again: every resource of
    a stack would try, and the tenant counts failures.

    A token among the credentials is handed out as it is. Otherwise ``fetch`` requests one, unless ``shared`` has one.
    """

    def __init__(self, credentials: Credentials, fetch: Callable[[], IssuedToken], shared: SharedToken | None) -> None:
        self._fetch = fetch
        self._shared = shared or (lambda change: change(AccessToken()))  # shared with nobody: there is never one yet
        self._lock = threading.Lock()
        self._is_given = bool(credentials.api_token)
        self._current = AccessToken(credentials.api_token, math.inf if self._is_given else 0.0)
        self._reused = ""  # of an earlier process; kept when it is replaced: other threads may have sent it
        self._failure: ManagementApiError | None = None
        self._failed_at_s = -math.inf
        self._secrets = [credentials.client_secret, credentials.private_key, credentials.api_token]  # and every token

    def get(self) -> str:
        """Return a token, fetching one if there is none or it is about to expire."""
        asked_at_s = time.monotonic()
        with self._lock:
            if time.time() < self._current.until_s:
                return self._current.text
            failure = self._failure
            if failure and (asked_at_s < self._failed_at_s or (failure.status and not failure.is_transient)):
                raise failure
            try:
                self._current = self._shared(self._renewed)
            except ManagementApiError as error:
                self._failure, self._failed_at_s = error, time.monotonic()
                raise
            self._secrets.append(self._current.text)
            return self._current.text

    def discard(self, text: str, status: int | None) -> bool:
        """Forget a token if the status of an answer is its fault, and tell whether it is: then a new one may help.

        A 401 is, and so is a 403 if the token is an earlier process's: it may be older than a scope that was granted.
        """
        with self._lock:
            if self._is_given or not (status == 401 or (status == 403 and text == self._reused)):
                return False
            self._shared(lambda token: AccessToken() if token.text == text else token)
            if self._current.text == text:
                self._current = AccessToken()
            return True

    def scrub(self, text: str) -> str:
        """Mask every secret of this process in a text, as it is and as URLs, forms and JSON would spell it."""
        for secret in sorted(filter(None, self._secrets), key=len, reverse=True):
            for spelling in (json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), secret):
                text = text.replace(spelling, "[secret]")
        return text

    def _renewed(self, shared: AccessToken) -> AccessToken:
        now_s = time.time()
        if now_s < shared.until_s:
            self._reused = shared.text
            return shared
        issued = self._fetch()
        early_s = min(RENEWED_BEFORE_EXPIRY_S, issued.expires_in * RENEWED_FRACTION)
        return AccessToken(issued.access_token, now_s + issued.expires_in - early_s)
