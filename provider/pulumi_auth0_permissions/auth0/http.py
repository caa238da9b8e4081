"""Carry out a call of the Management API: token, rate limit and repeats; return the typed answer, or raise an error."""

import json
import random
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from msgspec import DecodeError, ValidationError
from msgspec.json import decode

from pulumi_auth0_permissions import __version__
from pulumi_auth0_permissions.auth0.connection import Connections
from pulumi_auth0_permissions.auth0.errors import TOKEN_CALL, Call, ManagementApiError, conclude, refusal, unreadable
from pulumi_auth0_permissions.auth0.rate_limiter import ANNOUNCED_WAIT_S, RateLimit, RateLimiter, check_time
from pulumi_auth0_permissions.auth0.token import Credentials, IssuedToken, SharedToken, Tokens, scopes_of

_USER_AGENT = f"pulumi-auth0-permissions/{__version__}"

MAX_ATTEMPTS = 4  # of a request that may be repeated
MAX_REFUSALS = 8  # where the last attempt was answered with 429
_FIRST_PAUSE_S = 0.5  # doubled each time, less up to half of it at random

_T = TypeVar("_T")


class HttpClient:
    """Carries out calls; threads share one per process, and with it the token and the rate limit."""

    def __init__(
        self,
        url: str,  # the tenant's, as `tenant_url` returns it
        credentials: Credentials,
        *,
        audience: str | None = None,  # the Management API's identifier; None: the one that goes by the domain
        custom_domain: str | None = None,  # the value of the header ``Auth0-Custom-Domain``; None: it is not sent
        requests_per_second: float | None = None,  # a cap of the user's own; None: only the tenant's rate limit counts
        on_wait: Callable[[float, str], None] | None = None,  # called before a wait of more than two seconds
        tokens: SharedToken | None = None,  # where processes share a token; None: each requests its own
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._on_wait = on_wait or (lambda _seconds, _reason: None)
        self._connections = Connections(url, self._on_wait)
        self._limiter = RateLimiter(requests_per_second, self._on_wait)
        self._tokens = Tokens(credentials, lambda: self.send(TOKEN_CALL, IssuedToken), tokens)
        self._audience = audience or f"{url}/api/v2/"
        self._custom_domain = {"Auth0-Custom-Domain": custom_domain} if custom_domain else {}

    @property
    def host(self) -> str:
        """The tenant's host, with its port where it has one."""
        return urlsplit(self._url).netloc

    def verify(self) -> None:
        """Get the token now, so that wrong credentials and an unreachable tenant show before anything else."""
        self._tokens.get()

    def granted_scopes(self, needed: Collection[str] = ()) -> frozenset[str] | None:
        """Return the scopes of the token; ``None`` where it does not say: then only a 403 shows.

        The token of an earlier process is replaced first if it lacks one that is needed.
        """
        token = self._tokens.get()
        granted = scopes_of(token)
        if granted is not None and not granted.issuperset(needed) and self._tokens.discard(token, 403):
            return scopes_of(self._tokens.get())
        return granted

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests fit into the rate limit; inside, this thread sends them without a wait."""
        with self._limiter.reserve(requests):
            self._tokens.get()  # now, so that none is fetched between the reserved requests
            yield

    def send(self, call: Call, kind: type[_T], is_requested: Callable[[_T], bool] = lambda _found: True) -> _T:
        """Carry out the call and return its answer; one of another kind, or about something else, is an error.

        Of a request that failed:

        - A GET changes nothing, and to give a permission to a role, or take one, twice is as good as once: these are
          repeated on 429, 5xx, lost and unreadable answers, within bounds. A read in a reserved place is not: its
          caller releases its lock, waits and reads again.
        - A PATCH replaces a whole list, and by now somebody else may have changed it: it is sent once.
        - A 401 brings a new token for the next request, and so does a 403 with the token of an earlier process, which
          may be older than what the application has been granted.
        """
        attempts, is_renewed = 0, False
        while True:
            attempts += 1
            check_time()
            token = None if call is TOKEN_CALL else self._tokens.get()
            is_reserved = token is not None and self._limiter.reserved > 0
            try:
                return self._attempt(call, token, kind, is_requested)
            except ManagementApiError as error:
                failure = error
            is_refused = failure.status == 429
            is_outdated = token is not None and self._tokens.discard(token, failure.status)
            failure.is_transient |= is_outdated
            if (
                call.method == "PATCH"
                or is_reserved
                or not failure.worth_another_try
                or (is_outdated and is_renewed)
                or attempts >= (MAX_REFUSALS if is_refused else MAX_ATTEMPTS)
            ):
                raise conclude(call, failure, attempts)
            is_renewed |= is_outdated
            # With a new token there is nothing to wait for; after a 429, the limiter waits, except for the token's own.
            if not is_outdated and (token is None or not is_refused):
                backoff_s = _FIRST_PAUSE_S * 2.0 ** (attempts - 1) * (1 - random.random() / 2)  # noqa: S311 - no secret
                self.pause(max(backoff_s, failure.retry_after_s or 0.0))

    def pause(self, seconds: float) -> None:
        """Wait before the next read; the wait counts as part of the operation, and is announced if it is long."""
        check_time(seconds)
        if seconds > ANNOUNCED_WAIT_S:
            self._on_wait(seconds, "the tenant, before the next attempt")
        time.sleep(seconds)

    def close(self) -> None:
        """Close idle connections; the client can still be used."""
        self._connections.close()

    def _attempt(self, call: Call, token: str | None, kind: type[_T], is_requested: Callable[[_T], bool]) -> _T:
        """Send the call once; one for a token at once, because the token endpoint has a limit of its own."""
        headers, body = {"User-Agent": _USER_AGENT, "Accept": "application/json"}, None
        if token is None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            form = {
                "grant_type": "client_credentials",
                "client_id": self._credentials.client_id,
                "audience": self._audience,
                **self._credentials.proof(f"{self._url}/"),
            }
            body = urlencode(form).encode("ascii")
        else:
            headers |= {**self._custom_domain, "Authorization": f"Bearer {token}"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(call.body, separators=(",", ":")).encode("ascii")
        target = call.path + ("?" + urlencode(call.query) if call.query else "")
        with self._limiter.turn() if token else nullcontext():
            answer = self._connections.exchange(call.method, target, headers=headers, body=body)
            rate = RateLimit.read(answer.headers)
            if token is not None:
                self._limiter.answered(answer.status, rate)
        if not 200 <= answer.status < 300:
            wait_s = rate.retry_after_s or (rate.reset_in_s if answer.status == 429 else None)
            raise refusal(call, answer.status, answer.body, wait_s, self._tokens.scrub)
        try:
            found = decode(answer.body.strip() or b"null", type=kind)
        except (DecodeError, RecursionError) as problem:
            raise unreadable(answer.body, problem) from None
        if not is_requested(found):  # the caller would write to whatever this answer is about
            raise unreadable(answer.body, ValidationError("it is not about what was requested"))
        return found
