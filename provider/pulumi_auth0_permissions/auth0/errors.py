"""What each failure of a request means, what to do about it, and the error that says so.

Only failures that somebody catches have a class of their own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from http.client import responses

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import decode

from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.safety import how_to_grant
from pulumi_auth0_permissions.core.text import duration, escape

LONGEST_WAIT_S = 120.0  # that the service's demand to wait is followed; beyond it an error says when to return
CHECK_DOMAIN = "Check that auth0:domain names an Auth0 tenant and that no proxy answers in its place."
_MAX_QUOTED = 500  # characters of the service's own text in a message

# As `msgspec` has them in its messages, and as JSON does.
_JSON_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}

# Recorded with one scope; several are separated by commas.
_INSUFFICIENT_SCOPE = re.compile(r"Insufficient scope, expected any of: (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the Management API."""

    method: str  # in capitals
    path: str  # percent-encoded
    scope: str = ""  # what the token needs; empty: none
    query: tuple[tuple[str, str], ...] = ()  # in this order
    body: Mapping[str, object] | None = None  # sent as JSON


TOKEN_CALL = Call("POST", "/oauth/token")


@dataclass(eq=False, repr=False)
class ManagementApiError(PermissionsError):
    """Raised when the Management API refused a request, failed or could not be reached."""

    what: str  # one sentence: what happened
    next_action: str  # one sentence: what to do about it
    _: KW_ONLY
    request: str = ""  # method and path as sent, without the query
    status: int | None = None  # of a refusal; None for every other failure; 401 for a malformed token, too
    answer: str = ""  # the refusal's status in words
    retry_after_s: float | None = None  # until another try makes sense; None if nobody said
    nothing_was_written: bool = True  # for certain: after a lost answer only a read shows what a write did
    is_transient: bool = False  # whether the failure passes by itself, however long that takes

    @property
    def worth_another_try(self) -> bool:
        """Whether the same request may soon succeed by itself; a write has to be preceded by a new read then."""
        return self.is_transient and (self.retry_after_s or 0.0) <= LONGEST_WAIT_S

    def __str__(self) -> str:
        head = ": ".join(part for part in (self.request, self.answer, self.what.rstrip(".")) if part)
        return f"{head}. {self.next_action}"


class NotFound(ManagementApiError):
    """Raised on 404."""


_FAILED = (408, *range(500, 1000))  # 408: the service gave up on the request
_OF_PROXIES = (403, 404, 405, 407, 451)  # unless in JSON
_NEXT_ACTIONS = {
    400: "Correct what the service names, then run again.",
    403: "Check what the token is allowed to do. It needs {scope}.",
    404: "Check that it has not been deleted, then run again.",
}


class _Refusal(Struct, rename={"code": "errorCode"}):
    """What the body of a refusal says: the Management API has message and code, the token endpoint a description."""

    error: str | None = None
    code: str | None = None
    message: str | None = None
    error_description: str | None = None


def unreadable(body: bytes, problem: Exception) -> ManagementApiError:
    """Make the error of an answer that ``msgspec`` does not accept; one that is not even JSON may soon be gone."""
    is_json = isinstance(problem, ValidationError)
    why = re.sub(r"(?<=`)(str|int|float|bool)\b", lambda found: _JSON_TYPES[found[0]], str(problem))
    if not is_json:
        why = "it is an HTML page" if body.lstrip()[:1] == b"<" else "it is not valid JSON"
    what = f"the answer is not what the Management API documents ({why})"
    return ManagementApiError(what, CHECK_DOMAIN, nothing_was_written=False, is_transient=not is_json)


def refusal(
    call: Call, status: int, body: bytes, retry_after_s: float | None, scrub: Callable[[str], str]
) -> ManagementApiError:
    """Make the error of an answer with another status than 2xx; ``scrub`` masks secrets that the service repeats."""
    try:
        said = decode(body, type=_Refusal)
    except (DecodeError, RecursionError):
        said = _Refusal()
    name = responses.get(status, "")

    def quoted(text: str | None) -> str:
        line = " ".join(escape(scrub(text or "")[: _MAX_QUOTED * 2].replace("\n", " ")).split())
        line = line if len(line) <= _MAX_QUOTED else line[: _MAX_QUOTED - 1] + "…"
        return "" if line == name else line

    code, message = quoted(said.code or said.error), quoted(said.message or said.error_description)
    answer = f"{status} {name}".rstrip() + (f" ({code})" if code else "")
    failed = status in _FAILED
    if (status, code) == (400, "Bearer"):  # how the service answers a malformed token
        status = 401
    what, next_action = "the answer does not come from the Management API", CHECK_DOMAIN
    # A page of somebody else must pass neither for a deleted API nor for a missing scope.
    is_ours = not 300 <= status < 400 and (status not in _OF_PROXIES or said != _Refusal())
    if is_ours:
        what, next_action = _meaning(call, status, message, retry_after_s)
    kind = NotFound if status == 404 and call is not TOKEN_CALL and is_ours else ManagementApiError
    return kind(
        what,
        next_action,
        status=status,
        answer=answer,
        retry_after_s=retry_after_s,
        nothing_was_written=not failed,
        is_transient=failed or status == 429,
    )


def _meaning(call: Call, status: int, message: str, retry_after_s: float | None) -> tuple[str, str]:
    """Return what a refusal by the service means, and the next action."""
    quoted = f" ({message.rstrip('.')})" if message else ""
    soon = _soon(retry_after_s) or " later"
    if status == 429:
        return (
            f"the tenant's rate limit is used up{quoted}",
            f"Run again{soon}; auth0-permissions:requestsPerSecond caps what this program takes.",
        )
    if status in _FAILED:
        return f"the service failed{quoted}", f"Run again{soon}; https://status.auth0.com reports outages."
    if call is TOKEN_CALL:
        # Seen: 401 for a wrong secret, 403 (access_denied) for an application without access to the API, 404 where
        # there is no such tenant, 400 (unauthorized_client) for one that may not use this flow.
        return f"the tenant gives this application no token for its Management API{quoted}", (
            "Correct auth0:clientId and auth0:clientSecret (or auth0:clientAssertionPrivateKey with "
            "auth0:clientAssertionSigningAlg), or AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET."
            if status == 401
            else "Authorize the application under Applications → APIs → Auth0 Management API, and check that "
            "auth0:domain is the tenant's own; with a custom one, set auth0:audience to https://TENANT/api/v2/."
        )
    if status == 401:
        return (
            f"the tenant does not accept the token{quoted}",
            "Run again; if that of auth0:apiToken has expired, set a new one. If it persists, check that auth0:domain "
            "is the tenant's own, not a custom one.",
        )
    if lacking := _INSUFFICIENT_SCOPE.fullmatch(message):
        scopes = lacking[1].replace(", ", " or ")
        return f"the token lacks {scopes}", how_to_grant("one of them" if "," in lacking[1] else "it")
    next_action = _NEXT_ACTIONS.get(status, "The tenant's log (Monitoring → Logs) may say more.")
    return message or "the service refuses the request", next_action.format(scope=call.scope)


def conclude(call: Call, error: ManagementApiError, attempts: int) -> ManagementApiError:
    """Complete the error of a call after its last attempt."""
    error.request = f"{call.method} {call.path}"
    if attempts > 1:
        error.what += f" ({attempts} attempts)"
    error.nothing_was_written |= call.method == "GET" or call is TOKEN_CALL
    if not error.nothing_was_written:
        error.what += ", so it is not known whether the write was carried out"
        soon = _soon(error.retry_after_s)
        error.next_action = f"Run again{soon}: the current state is read first, and only what is missing is done."
        error.is_transient = True
    return error


def _soon(retry_after_s: float | None) -> str:
    return f" in {duration(retry_after_s)}" if retry_after_s else ""
