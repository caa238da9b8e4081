"""What each failure of a request means and what to do about it: from status or transport error to the error raised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pulumi_auth0_permissions.auth0.errors import (
    BadCredentials,
    ErrorResponse,
    Forbidden,
    InvalidRequest,
    ManagementApiError,
    NotFound,
    RateLimited,
)
from pulumi_auth0_permissions.auth0.transport_errors import CHECK_DOMAIN, TransportError
from pulumi_auth0_permissions.core.safety import how_to_grant
from pulumi_auth0_permissions.core.text import duration

# Recorded with one scope; several are separated by commas.
_INSUFFICIENT_SCOPE = re.compile(r"Insufficient scope, expected any of: (.+)", re.DOTALL)
_REQUEST_TIMEOUT = 408  # the service gave up on the request, as a 5xx would
_TOO_MANY_REQUESTS = 429
_SENT_BY_PROXIES = {403, 404, 405, 407, 451}


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What an error has to know about the request that failed."""

    request: str  # method and path
    is_write: bool = False  # whether a lost answer leaves something unknown
    scope: str = ""  # what the token needs, for where the service does not name it
    not_found: tuple[str, str] | None = None  # what happened and the next action on a 404, in place of the service's
    bearer: Literal["issued", "new", "given", "requested"] = "issued"
    """The token: ``issued`` and replaceable, ``new`` (issued for this request), ``given`` in the settings, or
    ``requested`` by this very request."""


def is_server_error(status: int) -> bool:
    """Tell whether the service failed, as opposed to refusing."""
    return status >= 500 or status == _REQUEST_TIMEOUT


def error_for(
    context: RequestContext, failure: ErrorResponse | TransportError, attempts: int = 1, wait_s: float | None = None
) -> ManagementApiError:
    """Make the error of a failed request.

    Args:
        context: the request.
        failure: what came instead of a success.
        attempts: how many attempts were made.
        wait_s: seconds until another try makes sense, where that is known.
    """
    tries = f" ({attempts} attempts)" if attempts > 1 else ""
    if isinstance(failure, TransportError):
        error = _of_transport(context, failure, tries)
    else:
        error = _of_response(context, failure, tries, f" in {duration(wait_s)}" if wait_s else "")
        error.response = failure
    error.request, error.retry_after_s = context.request, wait_s or None
    return error


def rate_limit_taken(context: RequestContext, wait_s: float) -> RateLimited:
    """Make the error of a write that is not sent, because others have used the rate limit up since the read."""
    return RateLimited(
        "the tenant's rate limit has been used up by others, so the write was not sent",
        f"Run again in {duration(wait_s)}, or run less at the same time.",
        request=context.request,
        retry_after_s=wait_s,
    )


def _of_transport(context: RequestContext, failure: TransportError, tries: str) -> ManagementApiError:
    if context.is_write and failure.was_sent:
        return _outcome_unknown(f"{failure.what}{tries}", "")
    if failure.unreadable:
        return ManagementApiError(f"{failure.what}{tries}", failure.next_action)
    return ManagementApiError(
        f"{failure.what}{tries}", failure.next_action, setting="auth0:domain", is_transient=failure.transient
    )


def _outcome_unknown(what: str, soon: str) -> ManagementApiError:
    return ManagementApiError(
        f"{what}, so it is not known whether the write was carried out",
        f"Run again{soon}: what is there will be read first, and only what is missing will be done.",
        nothing_was_written=False,
        is_transient=True,
    )


def _of_response(context: RequestContext, response: ErrorResponse, tries: str, soon: str) -> ManagementApiError:
    status, quoted = response.status, _quoted(response)
    if status == _TOO_MANY_REQUESTS:
        return RateLimited(
            f"the tenant's rate limit is used up{quoted}{tries}",
            f"Run again{soon or ' later'}; auth0-permissions:requestsPerSecond caps what this program takes.",
        )
    if is_server_error(status):
        what = f"the service failed{quoted}{tries}"
        if context.is_write:
            return _outcome_unknown(what, soon)
        next_action = f"Run again{soon or ' later'}; https://status.auth0.com reports outages."
        return ManagementApiError(what, next_action, is_transient=True)
    if 300 <= status < 400:
        return ManagementApiError(
            f"the answer is a redirect to {response.location or 'nowhere'}",
            "Set auth0:domain to the tenant's own domain.",
        )
    # A proxy's or another site's page must pass neither for a deleted API nor for a missing scope.
    is_of_proxy = status in _SENT_BY_PROXIES and not response.is_json
    if context.bearer == "requested" and (status == 404 or not is_of_proxy):
        return _of_token_request(status, quoted)
    if is_of_proxy:
        return ManagementApiError("the answer does not come from the Management API", CHECK_DOMAIN)
    return _of_refusal(context, response)


def _of_refusal(context: RequestContext, response: ErrorResponse) -> ManagementApiError:
    match response.status:
        case 400 if response.error_code != "Bearer":  # which is how the service answers a malformed token
            return InvalidRequest(
                response.message or "the service rejects the request",
                "Correct what the service names, then run again.",
            )
        case 400 | 401:
            return _of_rejected_token(context, _quoted(response))
        case 403:
            return _of_missing_scope(context, response)
        case 404 if context.not_found:
            return NotFound(*context.not_found)
        case 404:
            what = response.message or "it does not exist"
            return NotFound(what, "Check that it has not been deleted, then run again.")
        case _:
            what = response.message or "the service refuses the request"
            return ManagementApiError(what, "The tenant's log (Monitoring → Logs) may say more.")


def _of_token_request(status: int, quoted: str) -> ManagementApiError:
    """Return what a refusal of the token endpoint means.

    Seen: 401 for a wrong secret, 403 (access_denied) for an application without access to the API, 404 where there is
    no such tenant, 400 (unauthorized_client) for an application that may not use the client credentials flow.
    """
    match status:
        case 401:
            return BadCredentials(
                f"the tenant does not accept the client's id and secret{quoted}",
                "Correct auth0:clientId and auth0:clientSecret (or auth0:clientAssertionPrivateKey with "
                "auth0:clientAssertionSigningAlg), or AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET.",
            )
        case 404:
            return BadCredentials(
                f"there is no tenant at this address{quoted}", "Correct auth0:domain, or AUTH0_DOMAIN."
            )
        case _:
            return BadCredentials(
                f"the tenant gives this application no token for its Management API{quoted}",
                "Authorize the application under Applications → APIs → Auth0 Management API, and check that "
                "auth0:domain is the tenant's own domain; with a custom one, set auth0:audience to "
                "https://TENANT/api/v2/.",
            )


def _of_rejected_token(context: RequestContext, quoted: str) -> ManagementApiError:
    match context.bearer:
        case "issued":
            what, next_action = "no longer accepts the token that it issued", "Run again: that brings a new one."
        case "new":
            what = "does not accept the token that it has just issued"
            next_action = "Check that auth0:domain is the tenant's own domain, not a custom one."
        case _:
            what = "does not accept the token of auth0:apiToken"
            next_action = "Set a new one, or use auth0:clientId and auth0:clientSecret, whose tokens renew themselves."
    is_transient = context.bearer == "issued"
    return ManagementApiError(
        f"the tenant {what}{quoted}", next_action, setting="auth0:apiToken", is_transient=is_transient
    )


def _of_missing_scope(context: RequestContext, response: ErrorResponse) -> Forbidden:
    found = _INSUFFICIENT_SCOPE.search(response.message)
    named = tuple(scope.strip() for scope in found[1].split(",") if scope.strip()) if found else ()
    scopes = named or ((context.scope,) if context.scope else ())
    any_of = " or ".join(scopes)
    if not found and response.error_code != "insufficient_scope":
        what = response.message or "the tenant does not allow this"
        next_action = "Check what the token is allowed to do." + (f" It needs {any_of}." if any_of else "")
    else:
        one, enough = ("it", "") if len(scopes) == 1 else ("one of them", " (any one of them is enough)")
        what = f"the token lacks {any_of}{enough}"
        next_action = how_to_grant(one)
    return Forbidden(what, next_action, missing_scopes=scopes)


def _quoted(response: ErrorResponse) -> str:
    """Return the service's sentence in brackets, where it says more than the status's name."""
    message = response.message.rstrip(".")
    return f" ({message})" if message and message != response.error else ""
