"""One call of the Management API: token, rate limit, attempts, and either what was asked for or a typed error."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeVar
from urllib.parse import urlencode

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.connection import Answer, Connections
from pulumi_auth0_permissions.auth0.credentials import Credentials, scrub
from pulumi_auth0_permissions.auth0.deadline import Clock, check_time
from pulumi_auth0_permissions.auth0.error_mapping import RequestContext, error_for, is_server_error, rate_limit_taken
from pulumi_auth0_permissions.auth0.errors import LONGEST_WAIT_S, ErrorResponse
from pulumi_auth0_permissions.auth0.parsing import NoJsonError, ShapeError, json_of, weight_of
from pulumi_auth0_permissions.auth0.rate_limiter import ANNOUNCED_WAIT_S, RateLimit, RateLimiter, wait_after_429_s
from pulumi_auth0_permissions.auth0.token import Tokens, TokenStore, issued_token
from pulumi_auth0_permissions.auth0.transport_errors import CHECK_DOMAIN, TransportError
from pulumi_auth0_permissions.version import VERSION

_USER_AGENT = f"pulumi-auth0-permissions/{VERSION}"

MAX_ATTEMPTS = 4  # of a request that may be repeated, 429s not counted
MAX_CONNECTION_ATTEMPTS = 3  # when not even a connection came about: the user has most likely to correct something
MAX_REFUSALS = 8  # 429s; the waits between them grow
MAX_TOTAL_S = 300.0  # from the first attempt to the start of the last
_FIRST_PAUSE_S = 0.5  # doubled each time, less up to half of it at random
_LONGEST_PAUSE_S = 10.0

_Failure = ErrorResponse | TransportError
_T = TypeVar("_T")


class Kind(Enum):
    """What may be done with a request whose answer is missing or bad."""

    READ = auto()  # repeat: it changes nothing (the token request included)
    REPEATABLE_WRITE = auto()  # repeat: twice is as good as once (permissions of roles are added and taken one by one)
    WRITE_ONCE = auto()  # never repeat: it replaces a whole list, and by now somebody else may have changed it


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the Management API.

    Attributes:
        method: in capitals.
        path: percent-encoded.
        scope: what the token needs; empty: none.
        kind: what may be done when its answer is missing or bad.
        query: parameters in order.
        body: sent as JSON; ``None``: no body.
        not_found: what happened and the next action when the answer is 404; ``None``: as the service says.
    """

    method: str
    path: str
    scope: str = ""
    kind: Kind = Kind.READ
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None
    not_found: tuple[str, str] | None = None

    @property
    def request(self) -> str:
        """Method and path, as messages name the call."""
        return f"{self.method} {self.path}"


_TOKEN_CALL = Call("POST", "/oauth/token")


class HttpClient:
    """Carries calls out; safe to share between threads.

    Args:
        tenant: whom to ask.
        credentials: who asks.
        connections: exchange requests and answers.
        limiter: says when.
        clock: the time.
        audience: the identifier of the tenant's Management API; ``None``: the one that goes by its address.
        custom_domain: sent along as the header of that name; ``None``: none.
        tokens: where processes leave their token for one another, if they do.
        on_wait: called for long pauses before another attempt: seconds, and what is waited for.

    Attributes:
        tokens: hands out the token that calls are sent with.
    """

    def __init__(
        self,
        tenant: Tenant,
        credentials: Credentials,
        connections: Connections,
        limiter: RateLimiter,
        clock: Clock,
        *,
        audience: str | None = None,
        custom_domain: str | None = None,
        tokens: TokenStore | None = None,
        on_wait: Callable[[float, str], None] = lambda _seconds, _reason: None,
    ) -> None:
        self._tenant = tenant
        self._credentials = credentials
        self._connections = connections
        self._limiter = limiter
        self._clock = clock
        self._on_wait = on_wait
        self.tokens = Tokens(credentials, lambda: self.send(_TOKEN_CALL, issued_token), clock, tokens)
        self._audience = audience or tenant.audience
        self._custom_domain = {"Auth0-Custom-Domain": custom_domain} if custom_domain else {}
        self._mine = threading.local()

    @property
    def received(self) -> int:
        """About how many bytes of memory the answers to this thread take, all together."""
        return int(getattr(self._mine, "received", 0))

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests may go without a wait between them, token included."""
        with self._limiter.reserve(requests):
            self.tokens.get()
            yield

    def send(self, call: Call, read: Callable[[object], _T]) -> _T:
        """Carry the call out and return what ``read`` makes of the answer's JSON (``None`` for an empty body).

        Reads and repeatable writes are repeated on 429, 5xx, lost and unreadable answers, within bounds; any call
        once on a 401 with a new token, except for a write that is to be sent once: that one raises the error,
        and the next call brings a new token. The same goes for a 403 with the token of an earlier process, which may
        be older than what the application has been granted.

        Raises:
            ManagementApiError: one of its classes, as their docstrings say.
        """
        attempts = _Attempts(call.kind, self._clock)
        renewed = again = False
        while True:
            check_time(self._clock.now())
            # With a place reserved a renewal would come at the wrong time.
            token = None if call is _TOKEN_CALL else self.tokens.get(in_a_hurry=self._limiter.reserved > 0)
            if call.kind is Kind.WRITE_ONCE:
                self._check_room(call)
            reserved = self._limiter.reserved > 0 and token is not None and call.kind is Kind.READ
            outcome, rate = self._attempt(call, token, again=again)
            again = True
            if isinstance(outcome, Answer):
                try:
                    return read(json_of(outcome.body))
                except ShapeError as error:
                    outcome = _unreadable(error)
            if self._calls_for_another_token(outcome, token) and not renewed and call.kind is not Kind.WRITE_ONCE:
                renewed = True
                continue
            refused = isinstance(outcome, ErrorResponse) and outcome.status == 429
            wait_s = wait_after_429_s(rate, attempts.refusals + 1) if refused else rate.retry_after_s or 0.0
            pause_s = attempts.pause_s(outcome, wait_s)
            # In a reservation the caller holds a lock: it lets go of that, and waits for a new place.
            if pause_s is None or (reserved and refused):
                count = attempts.failures + attempts.refusals
                raise error_for(self._context(call, renewed=renewed), outcome, count, wait_s)
            if token is None or not refused:  # else it is the limiter that makes the next attempt wait
                self.pause(pause_s)

    def pause(self, seconds: float) -> None:
        """Pause as part of the operation; long pauses are announced.

        Raises:
            ManagementApiError: the operation would be over by then.
        """
        check_time(self._clock.now(), seconds)
        if seconds > ANNOUNCED_WAIT_S:
            self._on_wait(seconds, "the tenant, before the next attempt")
        self._clock.sleep(seconds)

    def close(self) -> None:
        """Close idle connections."""
        self._connections.close()

    def scrub(self, text: str) -> str:
        """Mask every secret of this process in a text."""
        return scrub(text, (*self._credentials.secrets, *self.tokens.secrets()))

    def _check_room(self, call: Call) -> None:
        """Check that others have not used the rate limit up since a place was reserved for a write.

        Raises:
            RateLimited: they have, so the write would only be refused.
        """
        exhausted_s = self._limiter.exhausted_for_s()
        if not exhausted_s:
            return
        if self._limiter.limit != 1 or exhausted_s > LONGEST_WAIT_S:
            raise rate_limit_taken(self._context(call), exhausted_s)
        self.pause(exhausted_s)  # a limit of one request never has room for a read and its write

    def _attempt(self, call: Call, token: str | None, *, again: bool) -> tuple[Answer | _Failure, RateLimit]:
        """Send the call once; one for a token at once, because the token endpoint has a limit of its own."""
        headers, body = {"User-Agent": _USER_AGENT, "Accept": "application/json"}, None
        if token is None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return self._exchange(call, headers, urlencode(self._token_form()).encode("ascii"))
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
        self._mine.received = self.received + weight_of(answer.body)
        rate = RateLimit.read(answer.headers, self._clock.wall())
        if 200 <= answer.status < 300:
            return answer, rate
        return ErrorResponse.read(answer.status, answer.headers, answer.body, self.scrub), rate

    def _calls_for_another_token(self, outcome: _Failure, token: str | None) -> bool:
        """Discard a token that is to blame for a refusal, and tell whether it was."""
        if token is None or not isinstance(outcome, ErrorResponse) or not self._credentials.renewable:
            return False
        if outcome.status == 403:
            return self.tokens.discard_reused(token)
        if outcome.status == 401:
            self.tokens.discard(token)
        return outcome.status == 401

    def _token_form(self) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "audience": self._audience,
            **self._credentials.proof(f"{self._tenant.url}/", self._clock.wall()),
        }

    def _context(self, call: Call, *, renewed: bool = False) -> RequestContext:
        bearer: Literal["issued", "new", "given", "requested"] = "new" if renewed else "issued"
        if call is _TOKEN_CALL:
            bearer = "requested"
        elif not self._credentials.renewable:
            bearer = "given"
        return RequestContext(call.request, call.kind is not Kind.READ, call.scope, call.not_found, bearer)


class _Attempts:
    """The attempts of one call that have come to nothing."""

    def __init__(self, kind: Kind, clock: Clock) -> None:
        self._kind = kind
        self._clock = clock
        self._started_s = clock.now()
        self.failures = self.refusals = 0

    def pause_s(self, outcome: _Failure, wait_s: float) -> float | None:
        """Count one more, and return the seconds to pause before the next attempt; ``None``: there is none.

        Args:
            outcome: what came of it.
            wait_s: what the service asks to wait; 0 where it does not.
        """
        if isinstance(outcome, ErrorResponse) and outcome.status == 429:
            self.refusals += 1
            pause_s, left = wait_s, MAX_REFUSALS - self.refusals
        else:
            self.failures += 1
            backoff_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (self.failures - 1))
            pause_s = max(backoff_s * (1 - self._clock.jitter() / 2), wait_s)
            unconnected = isinstance(outcome, TransportError) and not outcome.was_sent
            left = (MAX_CONNECTION_ATTEMPTS if unconnected else MAX_ATTEMPTS) - self.failures
            if not (outcome.transient if isinstance(outcome, TransportError) else is_server_error(outcome.status)):
                return None
        too_long = wait_s > LONGEST_WAIT_S
        over = self._clock.now() - self._started_s + pause_s > MAX_TOTAL_S
        return None if self._kind is Kind.WRITE_ONCE or left <= 0 or too_long or over else pause_s


def _unreadable(error: ShapeError) -> TransportError:
    transient = isinstance(error, NoJsonError)
    what = f"the answer is not what the Management API documents ({error})"
    return TransportError(what, CHECK_DOMAIN, transient=transient, unreadable=True)
