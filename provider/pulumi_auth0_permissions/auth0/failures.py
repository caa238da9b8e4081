"""From an answer that is no success, or none at all, to the typed error with its sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pulumi_auth0_permissions.auth0.breakage import CHECK_DOMAIN, NoAnswer
from pulumi_auth0_permissions.auth0.errors import (
    BadCredentials,
    ErrorFacts,
    Forbidden,
    InvalidRequest,
    ManagementApiError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ServerFailure,
    Unauthorized,
    Unreachable,
    UnreadableAnswer,
)
from pulumi_auth0_permissions.auth0.shapes import ShapeError, json_of
from pulumi_auth0_permissions.core.wording import duration, shown

__all__ = [
    "CHECK_DOMAIN",
    "Refusal",
    "Subject",
    "failure_of",
    "is_server_failure",
    "overtaken",
    "refusal_of",
    "token_failure_of",
]

_MAX_QUOTED = 500  # characters of the service's own text in a message
# Recorded with one scope; several are separated by commas.
_INSUFFICIENT_SCOPE = re.compile(r"Insufficient scope, expected any of: (.+)", re.DOTALL)
_REQUEST_TIMEOUT = 408  # the service gave up on the request, as a 5xx would
_REFUSALS_OF_PROXIES = {403, 404, 405, 407, 451}
_READ_AGAIN = "Run again: what is there will be read first, and only what is missing will be done."
_STATUS_PAGE = "Run again later; https://status.auth0.com tells about outages."

# NOT RECORDED for the Management API, so read for what most answers have in common.
_STATUS_NAMES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What messages about a call need to know.

    Attributes:
        request: method and path.
        changes: whether it is a write, whose lost answer leaves something unknown.
        needs: scopes of which the token needs one, where the service names none.
        missing: what happened and the next action on a 404; ``None``: as the service says.
        standing: the token's: ``issued`` and replaceable, issued just now (``new``), ``ready``, or a ready one that
            is past its date (``expired``).
    """

    request: str
    changes: bool
    needs: tuple[str, ...]
    missing: tuple[str, str] | None
    standing: Literal["issued", "new", "ready", "expired"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with a status other than 2xx, as far as it could be read."""

    status: int
    is_json: bool
    error: str
    error_code: str
    message: str
    location: str


def is_server_failure(status: int) -> bool:
    """Tell whether the service failed, as opposed to refusing."""
    return status >= 500 or status == _REQUEST_TIMEOUT


def refusal_of(status: int, headers: Mapping[str, str], body: bytes, scrub: Callable[[str], str]) -> Refusal:
    """Read an answer's status and error body, in the shape of the Management API or the token endpoint.

    ``errorCode`` is optional; proxies and gateways answer HTML, which is not repeated.
    """
    try:
        fields = json_of(body)
    except ShapeError:
        fields = None
    is_json = isinstance(fields, dict)
    if not isinstance(fields, dict):
        fields = {"message": "an answer that is not JSON" if body.strip() else ""}

    def text(*keys: str) -> str:
        found = next((value for key in keys if isinstance(value := fields.get(key), str) and value), "")
        line = " ".join(shown(scrub(found)[: _MAX_QUOTED * 2].replace("\n", " ")).split())
        return line if len(line) <= _MAX_QUOTED else line[: _MAX_QUOTED - 1] + "…"

    is_token_shape = "error_description" in fields
    return Refusal(
        status=status,
        is_json=is_json,
        error=_STATUS_NAMES.get(status, "") if is_token_shape else text("error") or _STATUS_NAMES.get(status, ""),
        error_code=text("error") if is_token_shape else text("errorCode"),
        message=text("message", "error_description"),
        location=_host_of(headers.get("location", "")),
    )


def _host_of(url: str) -> str:
    try:
        return shown(urlsplit(url).netloc.rpartition("@")[2][:_MAX_QUOTED])
    except ValueError:  # an IPv6 address that is none
        return ""


def failure_of(
    subject: Subject, outcome: Refusal | NoAnswer, attempts: int, wait_s: float | None
) -> ManagementApiError:
    """Make the error.

    Args:
        subject: the call.
        outcome: what came instead of a success.
        attempts: how many attempts were made.
        wait_s: seconds until another try makes sense, where that is known.
    """
    tries = f" ({attempts} attempts)" if attempts > 1 else ""
    if isinstance(outcome, NoAnswer):
        return _of_no_answer(subject, outcome, tries)
    failure = _Failure(subject, outcome)
    if outcome.status == 429:
        when = "later" if wait_s is None else f"in {duration(wait_s)}"
        return RateLimited(
            **failure.facts(
                f"the tenant's rate limit is used up{failure.quoted()}{tries}",
                f"Run again {when}; auth0-permissions:requestsPerSecond caps what this program takes.",
            ),
            retry_after_s=wait_s,
        )
    if is_server_failure(outcome.status):
        if subject.changes:
            what = f"the service failed{failure.quoted()}{tries}, so it is not known whether the write was carried out"
            action = _READ_AGAIN if not wait_s else _READ_AGAIN.replace(":", f" in {duration(wait_s)}:", 1)
            return OutcomeUnknown(**failure.facts(what, action), retry_after_s=wait_s or None)
        action = _STATUS_PAGE if not wait_s else _STATUS_PAGE.replace("later", f"in {duration(wait_s)}", 1)
        return ServerFailure(**failure.facts(f"the service failed{failure.quoted()}{tries}", action))
    if _is_of_somebody_else(outcome):
        return UnreadableAnswer(**failure.facts("the answer does not come from the Management API", CHECK_DOMAIN))
    if 300 <= outcome.status < 400:
        return UnreadableAnswer(
            **failure.facts(
                f"the answer is a redirect to {outcome.location or 'nowhere'}",
                "Set auth0:domain to the tenant's own domain.",
            )
        )
    return _of_refusal(failure)


def _is_of_somebody_else(refusal: Refusal) -> bool:
    """Tell whether a proxy's or another site's page stands in the answer's place.

    It must pass neither for the API having been deleted nor for what the token may not do.
    """
    return refusal.status in _REFUSALS_OF_PROXIES and not refusal.is_json


def overtaken(subject: Subject, wait_s: float) -> RateLimited:
    """Make the error of a write that is not sent, because others have used the rate limit up since the read."""
    return RateLimited(
        request=subject.request,
        what="the tenant's rate limit has been used up by others, so the write was not sent",
        next_action=f"Run again in {duration(wait_s)}, or run less at the same time.",
        retry_after_s=wait_s,
    )


def token_failure_of(
    subject: Subject, outcome: Refusal | NoAnswer, attempts: int, wait_s: float | None
) -> ManagementApiError:
    """Make the error of a request for a token.

    401 is a wrong secret, 403 an application without access to the API (access_denied), 404 no such tenant; 400 is
    an application that may not use the client credentials flow (unauthorized_client).
    """
    if isinstance(outcome, NoAnswer) or not 400 <= outcome.status < 500 or outcome.status in {_REQUEST_TIMEOUT, 429}:
        return failure_of(subject, outcome, attempts, wait_s)
    if _is_of_somebody_else(outcome) and outcome.status != 404:
        return failure_of(subject, outcome, attempts, wait_s)
    failure = _Failure(subject, outcome)
    reason = failure.quoted() or ""
    if outcome.status == 401:
        return BadCredentials(
            **failure.facts(
                f"the tenant does not accept the client's id and secret{reason}",
                "Correct auth0:clientId and auth0:clientSecret (or auth0:clientAssertionPrivateKey with "
                "auth0:clientAssertionSigningAlg), or AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET.",
            )
        )
    if outcome.status == 404:
        return BadCredentials(
            **failure.facts(f"there is no tenant at this address{reason}", "Correct auth0:domain, or AUTH0_DOMAIN.")
        )
    return BadCredentials(
        **failure.facts(
            f"the tenant gives this application no token for its Management API{reason}",
            "Authorize the application under Applications → APIs → Auth0 Management API, and check that auth0:domain "
            "is the tenant's own domain; with a custom one, set auth0:audience to https://TENANT/api/v2/.",
        )
    )


@dataclass(frozen=True, slots=True)
class _Failure:
    subject: Subject
    refusal: Refusal

    def quoted(self) -> str:
        message = self.refusal.message.rstrip(".")
        return f" ({message})" if message and message != self.refusal.error else ""

    def facts(self, what: str, next_action: str) -> ErrorFacts:
        refusal = self.refusal
        return ErrorFacts(
            request=self.subject.request,
            what=what,
            next_action=next_action,
            status=refusal.status,
            error=refusal.error,
            error_code=refusal.error_code,
            message=refusal.message,
        )


def _of_no_answer(subject: Subject, outcome: NoAnswer, tries: str) -> ManagementApiError:
    if subject.changes and outcome.was_sent:
        what = f"{outcome.what}{tries}, so it is not known whether the write was carried out"
        return OutcomeUnknown(request=subject.request, what=what, next_action=_READ_AGAIN)
    kind = UnreadableAnswer if outcome.unreadable else Unreachable
    return kind(request=subject.request, what=f"{outcome.what}{tries}", next_action=outcome.next_action)


def _of_refusal(failure: _Failure) -> ManagementApiError:
    subject, message = failure.subject, failure.refusal.message
    match failure.refusal.status:
        case 400 if failure.refusal.error_code == "Bearer":
            return _of_unauthorized(failure)  # how the service answers a token that has not the form of one
        case 400:
            what = message or "the service rejects the request"
            return InvalidRequest(**failure.facts(what, "Correct what the service names, then run again."))
        case 401:
            return _of_unauthorized(failure)
        case 403:
            return _of_forbidden(failure)
        case 404:
            what, action = subject.missing or (
                message or "there is no such thing",
                "Check that it has not been deleted, then run again.",
            )
            return NotFound(**failure.facts(what, action))
    what = message or "the service refuses the request"
    return ManagementApiError(**failure.facts(what, "The tenant's log (Monitoring → Logs) may tell more."))


def _of_unauthorized(failure: _Failure) -> ManagementApiError:
    if failure.subject.standing == "issued":
        what = f"the tenant no longer accepts the token that it issued{failure.quoted()}"
        return Unauthorized(**failure.facts(what, "Run again: that brings a new one."), renewable=True)
    if failure.subject.standing == "new":
        return Unauthorized(
            **failure.facts(
                f"the tenant does not accept the token that it has just issued{failure.quoted()}",
                "Check that auth0:domain is the tenant's own domain, not a custom one.",
            )
        )
    reason = " because it has expired" if failure.subject.standing == "expired" else failure.quoted()
    return Unauthorized(
        **failure.facts(
            f"the tenant does not accept the token of auth0:apiToken{reason}",
            "Set a new one, or use auth0:clientId and auth0:clientSecret, whose tokens renew themselves.",
        )
    )


def _of_forbidden(failure: _Failure) -> ManagementApiError:
    found = _INSUFFICIENT_SCOPE.search(failure.refusal.message)
    if not found and failure.refusal.error_code != "insufficient_scope":
        what = failure.refusal.message or "the tenant does not allow this"
        needs = f" It needs {_any_of(failure.subject.needs)}." if failure.subject.needs else ""
        return Forbidden(
            **failure.facts(what, f"Check what the token is allowed to do.{needs}"),
            missing_scopes=failure.subject.needs,
        )
    named = tuple(scope.strip() for scope in found[1].split(",") if scope.strip()) if found else ()
    missing = named or failure.subject.needs
    one, other = ("it", "") if len(missing) == 1 else ("one of them", " (any one of them is enough)")
    return Forbidden(
        **failure.facts(
            f"the token lacks {_any_of(missing)}{other}",
            f"Grant {one} to the application under Applications → APIs → Auth0 Management API, then run again.",
        ),
        missing_scopes=missing,
    )


def _any_of(scopes: tuple[str, ...]) -> str:
    return " or ".join(scopes)
