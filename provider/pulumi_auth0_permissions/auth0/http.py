"""One call of the Management API: token, rate limit, attempts, and either what was asked for or a typed error."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlencode

from pulumi_auth0_permissions import __version__
from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from pulumi_auth0_permissions.auth0.errors import (
    CHECK_DOMAIN,
    LONGEST_WAIT_S,
    Bearer,
    Call,
    TransportError,
    error_for,
)
from pulumi_auth0_permissions.auth0.parsing import (
    ErrorResponse,
    NoJsonError,
    ShapeError,
    json_of,
    weight_of,
)
from pulumi_auth0_permissions.auth0.rate_limiter import ANNOUNCED_WAIT_S, RateLimit, RateLimiter, check_time
from pulumi_auth0_permissions.auth0.token import Credentials, Tokens, TokenStore, issued_token, scrub
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem

_USER_AGENT = f"pulumi-auth0-permissions/{__version__}"

MAX_ATTEMPTS = 4  # of a request that may be repeated, 429s not counted
MAX_CONNECTION_ATTEMPTS = 3  # when not even a connection came about: the user has most likely to correct something
MAX_REFUSALS = 8  # 429s; the waits between them grow
_FIRST_PAUSE_S = 0.5  # doubled each time, less up to half of it at random
_LONGEST_PAUSE_S = 10.0

_Failure = ErrorResponse | TransportError
_T = TypeVar("_T")

_TOKEN_CALL = Call("POST", "/oauth/token")


class HttpClient:
    """Carries calls out; safe to share between threads, and one a process is enough: it shares token and rate limit.

    Args:
        domain: as in ``auth0:domain``: ``host`` or ``https://host[:port]``; ``http://`` for loopback only.
        credentials: who calls.
        audience: the Management API's identifier; ``None``: the one that goes by the domain.
        custom_domain: the value of the header ``Auth0-Custom-Domain``; ``None``: it is not sent.
        requests_per_second: a cap of the user's own; ``None``: only the tenant's rate limit counts.
        on_wait: called for waits of more than two seconds: seconds, and what is waited for.
        tokens: where processes share a token; ``None``: each requests its own.

    Raises:
        InvalidInputs: ``domain`` is not the address of a tenant.
    """

    def __init__(
        self,
        domain: str,
        credentials: Credentials,
        *,
        audience: str | None = None,
        custom_domain: str | None = None,
        requests_per_second: float | None = None,
        on_wait: Callable[[float, str], None] | None = None,
        tokens: TokenStore | None = None,
    ) -> None:
        try:
            self._tenant = Tenant.parse(domain)
        except ValueError as error:
            raise InvalidInputs([Problem("auth0:domain", f"{error}.")]) from None
        self._credentials = credentials
        self._on_wait = on_wait or (lambda _seconds, _reason: None)
        self._connections = Connections(self._tenant, self._on_wait)
        self._limiter = RateLimiter(requests_per_second, self._on_wait)
        self._tokens = Tokens(credentials, lambda: self.send(_TOKEN_CALL, issued_token), tokens or TokenStore())
        self._audience = audience or self._tenant.audience
        self._custom_domain = {"Auth0-Custom-Domain": custom_domain} if custom_domain else {}
        self._mine = threading.local()

    @property
    def host(self) -> str:
        """The tenant's host, with its port where it has one."""
        return self._tenant.authority

    def verify(self) -> None:
        """Get the token now, so that wrong credentials and an unreachable tenant show before anything else."""
        self._tokens.get()

    def granted_scopes(self, needed: Collection[str] = ()) -> frozenset[str] | None:
        """Return the scopes of the token; ``None`` where it does not say: then only a 403 shows.

        Args:
            needed: the token of an earlier process is replaced first if it lacks one of these.
        """
        return self._tokens.granted_scopes(needed)

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests fit into the rate limit; inside, this thread sends them without a wait."""
        with self._limiter.reserve(requests):
            self._tokens.get()
            yield

    def send(self, call: Call, read: Callable[[object], _T]) -> _T:
        """Carry the call out and return what ``read`` makes of the answer's JSON (``None`` for an empty body).

        Of a request that failed:

        - A GET changes nothing, and to give a permission to a role, or take one, twice is as good as once: these are
          repeated on 429, 5xx, lost and unreadable answers, within bounds.
        - A PATCH replaces a whole list, and by now somebody else may have changed it: it is sent once.
        - A 401 brings a new token for the next request, and so does a 403 with the token of an earlier process, which
          may be older than what the application has been granted.

        Raises:
            ManagementApiError: one of its classes, as their docstrings say.
        """
        attempts = _Attempts(call)
        renewed = False
        while True:
            check_time()
            # With a place reserved a renewal would come at the wrong time.
            token = None if call is _TOKEN_CALL else self._tokens.get(in_a_hurry=self._limiter.reserved > 0)
            has_place = self._limiter.reserved > 0 and token is not None
            outcome, rate = self._attempt(call, token, again=attempts.count > 0 or renewed)
            if isinstance(outcome, Answer):
                try:
                    return read(json_of(outcome.body))
                except ShapeError as error:
                    what = f"the answer is not what the Management API documents ({error})"
                    transient = isinstance(error, NoJsonError)
                    outcome = TransportError(what, CHECK_DOMAIN, transient=transient)
            if self._calls_for_another_token(outcome, token) and not renewed and not attempts.is_once:
                renewed = True
                continue
            refused = isinstance(outcome, ErrorResponse) and outcome.status == 429
            pause_s = attempts.pause_s(outcome, rate)
            # In a reservation the caller holds a lock: it lets go of that, and waits for a new place.
            if pause_s is None or (has_place and refused):
                raise error_for(call, outcome, self._bearer(token), attempts.count, attempts.wait_s)
            if token is None or not refused:  # else it is the limiter that makes the next attempt wait
                self.pause(pause_s)

    def pause(self, seconds: float) -> None:
        """Wait before the next look at something, as part of the operation; long waits are announced.

        Raises:
            ManagementApiError: the operation would be over by then.
        """
        check_time(seconds)
        if seconds > ANNOUNCED_WAIT_S:
            self._on_wait(seconds, "the tenant, before the next attempt")
        time.sleep(seconds)

    def close(self) -> None:
        """Close idle connections; the client can still be used."""
        self._connections.close()

    def scrub(self, text: str) -> str:
        """Mask every secret of this process in a text."""
        return scrub(text, (*self._credentials.secrets, *self._tokens.seen))

    @property
    def _received(self) -> int:
        """About how many bytes of memory the answers to this thread take, all together."""
        return int(getattr(self._mine, "received", 0))

    def _attempt(self, call: Call, token: str | None, *, again: bool) -> tuple[Answer | _Failure, RateLimit]:
        """Send the call once; one for a token at once, because the token endpoint has a limit of its own."""
        headers, body = {"User-Agent": _USER_AGENT, "Accept": "application/json"}, None
        if token is None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            form = {
                "grant_type": "client_credentials",
                "client_id": self._credentials.client_id,
                "audience": self._audience,
                **self._credentials.proof(f"{self._tenant.url}/"),
            }
            return self._exchange(call, headers, urlencode(form).encode("ascii"))
        headers = {**headers, **self._custom_domain, "Authorization": f"Bearer {token}"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(call.body, separators=(",", ":")).encode("ascii")
        with self._limiter.turn(again=again):
            outcome, rate = self._exchange(call, headers, body)
            if not isinstance(outcome, TransportError):
                self._limiter.answered(outcome.status, rate)
        return outcome, rate

    def _exchange(
        self, call: Call, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[Answer | _Failure, RateLimit]:
        target = call.path + ("?" + urlencode(call.query, errors="surrogatepass") if call.query else "")
        try:
            answer = self._connections.exchange(call.method, target, headers=headers, body=body)
        except TransportError as no_answer:
            return no_answer, RateLimit()
        self._mine.received = self._received + weight_of(answer.body)
        rate = RateLimit.read(answer.headers)
        if 200 <= answer.status < 300:
            return answer, rate
        return ErrorResponse.read(answer.status, answer.body, self.scrub), rate

    def _calls_for_another_token(self, outcome: _Failure, token: str | None) -> bool:
        """Discard a token that is to blame for a refusal, and tell whether it was."""
        if token is None or not isinstance(outcome, ErrorResponse) or outcome.status not in {401, 403}:
            return False
        return self._credentials.renewable and self._tokens.discard(token, only_if_reused=outcome.status == 403)

    def _bearer(self, token: str | None) -> Bearer:
        if token is None:
            return "requested"
        return "issued" if self._credentials.renewable else "given"


class _Attempts:
    """The attempts of one call that have come to nothing.

    Attributes:
        is_once: whether the call is made once, whatever comes of it.
        wait_s: what the service asked to wait last; 0 where it did not.
    """

    def __init__(self, call: Call) -> None:
        self.is_once = call.method == "PATCH"
        self.wait_s = 0.0
        self._failures = self._refusals = 0

    @property
    def count(self) -> int:
        """How many there were."""
        return self._failures + self._refusals

    def pause_s(self, outcome: _Failure, rate: RateLimit) -> float | None:
        """Count one more, and return the seconds to pause before the next attempt; ``None``: there is none."""
        if isinstance(outcome, ErrorResponse) and outcome.status == 429:
            self._refusals += 1
            pause_s = self.wait_s = rate.wait_after_429_s(self._refusals)
            is_last = self._refusals >= MAX_REFUSALS
        else:
            self._failures += 1
            self.wait_s = rate.retry_after_s or 0.0
            backoff_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (self._failures - 1))
            pause_s = max(backoff_s * (1 - random.random() / 2), self.wait_s)  # noqa: S311 - no secret
            passes = outcome.transient if isinstance(outcome, TransportError) else outcome.is_server_error
            unconnected = isinstance(outcome, TransportError) and not outcome.was_sent
            is_last = not passes or self._failures >= (MAX_CONNECTION_ATTEMPTS if unconnected else MAX_ATTEMPTS)
        return None if self.is_once or is_last or self.wait_s > LONGEST_WAIT_S else pause_s
