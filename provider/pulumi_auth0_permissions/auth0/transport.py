"""One call of the Management API: token, pace, attempts, and either what was asked for or a typed error."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import urlencode

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.credentials import Credentials, scrub
from pulumi_auth0_permissions.auth0.error_mapping import RequestContext, error_for, is_server_error, rate_limit_taken
from pulumi_auth0_permissions.auth0.errors import ErrorResponse, ManagementApiError
from pulumi_auth0_permissions.auth0.limits import LONGEST_WAIT_S, RateLimit
from pulumi_auth0_permissions.auth0.operation import check_time
from pulumi_auth0_permissions.auth0.pace import ANNOUNCED_WAIT_S, Pace
from pulumi_auth0_permissions.auth0.retries import Kind, Retries
from pulumi_auth0_permissions.auth0.shapes import NoJsonError, ShapeError, json_of, weight_of
from pulumi_auth0_permissions.auth0.token import (
    Tokens,
    TokenStore,
    expiry_of,
    issued_token,
    scopes_of,
)
from pulumi_auth0_permissions.auth0.transport_errors import CHECK_DOMAIN, TransportError
from pulumi_auth0_permissions.auth0.wire import Answer, Wire
from pulumi_auth0_permissions.version import VERSION

__all__ = ["Call", "Transport"]

_USER_AGENT = f"pulumi-auth0-permissions/{VERSION}"
_TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_TOO_MANY_REQUESTS = 429

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the Management API.

    Attributes:
        method: in capitals.
        path: percent-encoded.
        kind: what may be done when its answer is missing or bad.
        query: parameters in order.
        body: sent as JSON; ``None``: no body.
        needs: scopes of which the token needs one.
        missing: what happened and the next action when the answer is 404; ``None``: as the service says.
    """

    method: str
    path: str
    kind: Kind = Kind.READ
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None
    needs: tuple[str, ...] = ()
    missing: tuple[str, str] | None = None

    @property
    def request(self) -> str:
        """Method and path, as messages name the call."""
        return f"{self.method} {self.path}"


class Transport:
    """Carries calls out; safe to share between threads.

    Args:
        tenant: whom to ask.
        credentials: who asks.
        wire: exchanges requests and answers.
        pace: says when.
        audience: the identifier of the tenant's Management API; ``None``: the one that goes by its address.
        custom_domain: sent along as the header of that name; ``None``: none.
        tokens: where processes leave their token for one another, if they do.
        on_wait: called for long pauses before another attempt: seconds, and what is waited for.
        clock: seconds that only grow.
        wall: seconds since the epoch.
        sleep: pauses for seconds.
        jitter: returns a number from 0 to 1.
    """

    def __init__(
        self,
        tenant: Tenant,
        credentials: Credentials,
        wire: Wire,
        pace: Pace,
        *,
        audience: str | None = None,
        custom_domain: str | None = None,
        tokens: TokenStore | None = None,
        on_wait: Callable[[float, str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._tenant = tenant
        self._credentials = credentials
        self._wire = wire
        self._pace = pace
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._jitter = jitter
        self._on_wait = on_wait or (lambda _seconds, _reason: None)
        self._tokens = Tokens(credentials, self._fetch_token, clock, store=tokens, wall=wall)
        self._audience = audience or tenant.audience
        self._headers = {"User-Agent": _USER_AGENT, "Accept": "application/json"}
        self._custom_domain = {"Auth0-Custom-Domain": custom_domain} if custom_domain else {}
        self._mine = threading.local()

    def authorize(self) -> None:
        """Get the token now, if there is none yet.

        Raises:
            BadCredentials: the tenant rejects the credentials.
            ManagementApiError: the tenant can't be asked, or a ready token has expired.
        """
        self._tokens.get()
        if self._ready_token_expired():
            raise ManagementApiError(
                "the token has expired",
                "Set a new one, or use auth0:clientId and auth0:clientSecret instead: that renews itself.",
                request="auth0:apiToken",
                setting="auth0:apiToken",
            )

    def granted_scopes(self, needed: Collection[str]) -> frozenset[str] | None:
        """Return the scopes of the token in use, fetching one if there is none; ``None`` if it does not say.

        Args:
            needed: a token of an earlier process that lacks one of these is replaced first.
        """
        token = self._tokens.get()
        granted = scopes_of(token)
        if granted is not None and not granted.issuperset(needed) and self._tokens.discard_reused(token):
            return scopes_of(self._tokens.get())
        return granted

    @property
    def received(self) -> int:
        """About how many bytes of memory the answers to this thread take, all together."""
        return int(getattr(self._mine, "received", 0))

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Wait until that many requests may go without a wait between them, token included."""
        with self._pace.reserve(requests):
            self._tokens.get()
            self._mine.in_a_hurry = True
            try:
                yield
            finally:
                self._mine.in_a_hurry = False

    def send(self, call: Call, read: Callable[[object], _T]) -> _T:
        """Carry the call out and return what ``read`` makes of the answer's JSON (``None`` for an empty body).

        Reads and repeatable writes are repeated on 429, 5xx, lost and unreadable answers, within bounds; any call
        once on a 401 with a new token, except for a write that is to be sent once: that one raises the error,
        and the next call brings a new token. The same goes for a 403 with the token of an earlier process, which may
        be older than what the application has been granted.

        Raises:
            ManagementApiError: one of its classes, as their docstrings say.
        """
        retries = Retries(call.kind, self._clock, self._jitter)
        renewed = again = False
        while True:
            check_time(self._clock())
            token = self._tokens.get(in_a_hurry=getattr(self._mine, "in_a_hurry", False))
            if call.kind is Kind.WRITE_ONCE and (exhausted_s := self._pace.exhausted_for_s()):
                if self._pace.holds_a_pair or exhausted_s > LONGEST_WAIT_S:
                    raise rate_limit_taken(self._context(call), exhausted_s)
                self.pause(exhausted_s)  # a limit of one request never has room for a read and its write
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
            context = self._context(call, "new" if renewed else "issued")
            wait_s = max(self._pace.refused_for_s(), rate.retry_after_s or 0.0)
            pause_s = self._pause_s(retries, outcome, rate, wait_s)
            # In a reservation the caller holds a lock: it lets go of that, and waits for a new place.
            reserved = getattr(self._mine, "in_a_hurry", False) and call.kind is Kind.READ
            if pause_s is None or (reserved and _is_429(outcome)):
                raise error_for(context, outcome, retries.attempts, wait_s)
            if not _is_429(outcome):  # then it is the limiter that makes the next attempt wait
                self.pause(pause_s)

    def pause(self, seconds: float) -> None:
        """Pause as part of the operation; long pauses are announced.

        Raises:
            ManagementApiError: the operation would be over by then.
        """
        check_time(self._clock(), seconds)
        if seconds > ANNOUNCED_WAIT_S:
            self._on_wait(seconds, "the tenant, before the next attempt")
        self._sleep(seconds)

    def close(self) -> None:
        """Close idle connections."""
        self._wire.close()

    def scrub(self, text: str) -> str:
        """Mask every secret of this process in a text."""
        return scrub(text, (*self._credentials.secrets, *self._tokens.secrets()))

    def _attempt(
        self, call: Call, token: str, *, again: bool
    ) -> tuple[Answer | ErrorResponse | TransportError, RateLimit]:
        target = call.path + ("?" + urlencode(call.query, errors="surrogatepass") if call.query else "")
        headers, body = {**self._headers, **self._custom_domain}, None
        if call.body is not None:
            headers = {**headers, "Content-Type": "application/json"}
            body = json.dumps(call.body, separators=(",", ":")).encode("ascii")
        with self._pace.turn(again=again) as turn:
            outcome, rate = self._exchange(call.method, target, headers, body, token)
            if not isinstance(outcome, TransportError):
                turn.answered(outcome.status, rate)
        return outcome, rate

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, bearer: str | None
    ) -> tuple[Answer | ErrorResponse | TransportError, RateLimit]:
        try:
            answer = self._wire.exchange(method, target, headers=headers, body=body, bearer=bearer)
        except TransportError as no_answer:
            return no_answer, RateLimit()
        self._mine.received = self.received + weight_of(answer.body)
        rate = RateLimit.read(answer.headers, self._wall())
        if 200 <= answer.status < 300:
            return answer, rate
        return ErrorResponse.read(answer.status, answer.headers, answer.body, self.scrub), rate

    def _calls_for_another_token(self, outcome: Answer | ErrorResponse | TransportError, token: str) -> bool:
        """Discard a token that is to blame for a refusal, and tell whether it was."""
        if not (isinstance(outcome, ErrorResponse) and self._credentials.renewable):
            return False
        if outcome.status == _FORBIDDEN:
            return self._tokens.discard_reused(token)
        if outcome.status == _UNAUTHORIZED:
            self._tokens.discard(token)
        return outcome.status == _UNAUTHORIZED

    def _pause_s(
        self, retries: Retries, outcome: ErrorResponse | TransportError, rate: RateLimit, wait_s: float
    ) -> float | None:
        """Return the seconds to pause before the next attempt; ``None``: there is none."""
        if isinstance(outcome, TransportError):
            return retries.pause_after_failure_s(outcome, None)
        if outcome.status == _TOO_MANY_REQUESTS:
            return wait_s if retries.again_after_refusal(wait_s) else None
        if is_server_error(outcome.status):
            return retries.pause_after_failure_s(None, rate.retry_after_s)
        return None

    def _fetch_token(self) -> tuple[str, float]:
        """Ask for a token; not paced, because the token endpoint has a limit of its own."""
        call = Call("POST", _TOKEN_PATH)
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "audience": self._audience,
        }
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        retries = Retries(Kind.READ, self._clock, self._jitter)
        while True:
            check_time(self._clock())
            proof = self._credentials.proof(f"{self._tenant.url}/", self._wall())
            body = urlencode({**form, **proof}).encode("ascii")
            outcome, rate = self._exchange(call.method, call.path, headers, body, None)
            if isinstance(outcome, Answer):
                try:
                    return issued_token(json_of(outcome.body))
                except ShapeError as error:
                    outcome = _unreadable(error)
            wait_s = rate.retry_after_s or rate.reset_in_s or 2.0**retries.refusals
            pause_s = self._pause_s(retries, outcome, rate, wait_s)
            if pause_s is None:
                raise error_for(RequestContext(call.request, bearer="requested"), outcome, retries.attempts, wait_s)
            self.pause(pause_s)

    def _context(self, call: Call, issued: Literal["issued", "new"] = "issued") -> RequestContext:
        return RequestContext(
            call.request,
            is_write=call.kind is not Kind.READ,
            required_scopes=call.needs,
            not_found=call.missing,
            bearer=issued if self._credentials.renewable else "expired" if self._ready_token_expired() else "given",
        )

    def _ready_token_expired(self) -> bool:
        expiry_s = expiry_of(self._credentials.api_token)
        return expiry_s is not None and expiry_s <= self._wall()


def _unreadable(error: ShapeError) -> TransportError:
    transient = isinstance(error, NoJsonError)
    what = f"the answer is not what the Management API documents ({error})"
    return TransportError(what, CHECK_DOMAIN, transient=transient, unreadable=True)


def _is_429(outcome: ErrorResponse | TransportError) -> bool:
    return isinstance(outcome, ErrorResponse) and outcome.status == _TOO_MANY_REQUESTS
