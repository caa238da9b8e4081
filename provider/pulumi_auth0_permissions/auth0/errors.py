"""What each failure of a request means, what to do about it, and the error that says so.

Only failures that somebody catches have a class; what else matters about a failure is in its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal, NamedTuple

from pulumi_auth0_permissions.auth0.parsing import ErrorResponse
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.safety import how_to_grant
from pulumi_auth0_permissions.core.text import duration

LONGEST_WAIT_S = 120.0  # that the service's demand to wait is followed; beyond it an error says when to return
CHECK_DOMAIN = "Check that auth0:domain names an Auth0 tenant and that no proxy answers in its place."

# Recorded with one scope; several are separated by commas.
_INSUFFICIENT_SCOPE = re.compile(r"Insufficient scope, expected any of: (.+)", re.DOTALL)

Bearer = Literal["issued", "given", "requested"]
"""The token of a request: issued and replaceable, given in the settings, or requested by this very request."""


@dataclass(eq=False, repr=False)
class TransportError(Exception):
    """Raised when no complete answer came; says nothing yet about what that means for the request."""

    what: str  # one sentence, without a full stop
    next_action: str  # one sentence
    _: KW_ONLY
    was_sent: bool = True  # whether (a part of) the request may have reached the tenant
    transient: bool = True  # whether another attempt may fare better


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the Management API."""

    method: str  # in capitals
    path: str  # percent-encoded
    scope: str = ""  # what the token needs; empty: none
    query: tuple[tuple[str, str], ...] = ()  # in this order
    body: Mapping[str, object] | None = None  # sent as JSON
    not_found: tuple[str, str] | None = None  # what happened and the next action on a 404; None: as the service says

    @property
    def request(self) -> str:
        """Method and path, as messages name the call."""
        return f"{self.method} {self.path}"


@dataclass(eq=False, repr=False)
class ManagementApiError(PermissionsError):
    """Raised when the Management API refused a request, failed or could not be reached."""

    what: str  # one sentence: what happened
    next_action: str  # one sentence: what to do about it
    _: KW_ONLY
    request: str = ""  # method and path as sent, without the query
    response: ErrorResponse | None = None
    setting: str = "api"  # the input or setting to look at first
    missing_scopes: tuple[str, ...] = ()  # after a 403: the token needs any one of these
    retry_after_s: float | None = None  # until another try makes sense; None if nobody said
    nothing_was_written: bool = True  # for certain: after a lost answer only a read shows what a write did
    is_transient: bool = False  # whether the failure passes by itself, however long that takes

    @property
    def worth_another_try(self) -> bool:
        """Whether the same request may soon succeed by itself; a write has to be preceded by a new read then."""
        return self.is_transient and (self.retry_after_s or 0.0) <= LONGEST_WAIT_S

    def __str__(self) -> str:
        answer = str(self.response) if self.response else ""
        head = ": ".join(part for part in (self.request, answer, self.what.rstrip(".")) if part)
        return f"{head}. {self.next_action}"


class InvalidRequest(ManagementApiError):
    """Raised on 400: the service's sentence says what it does not accept."""


class Forbidden(ManagementApiError):
    """Raised on 403: the token lacks a scope."""


class NotFound(ManagementApiError):
    """Raised on 404."""


class RateLimited(ManagementApiError):
    """Raised on 429 when the client does not wait: the request is a write, or the wait would be too long."""


class BadCredentials(ManagementApiError):
    """Raised when the token endpoint does not accept the credentials."""


class _Meaning(NamedTuple):
    """What a failure means that comes with one of these statuses.

    ``{said}`` is the service's sentence, ``{quoted}`` the same in brackets where it says more than the status,
    ``{tries}`` the number of attempts where there was more than one, ``{soon}`` when to come back.
    """

    statuses: Collection[int]
    kind: type[ManagementApiError]
    what: str
    next_action: str
    bearer: Bearer | None = None  # counts only with such a token
    of_proxy: bool = False  # counts only where the answer is not JSON
    is_transient: bool = False


_ANY = range(1000)
_MEANINGS = (
    _Meaning(
        {429},
        RateLimited,
        "the tenant's rate limit is used up{quoted}{tries}",
        "Run again{soon}; auth0-permissions:requestsPerSecond caps what this program takes.",
        is_transient=True,
    ),
    _Meaning(
        {408, *range(500, 1000)},
        ManagementApiError,
        "the service failed{quoted}{tries}",
        "Run again{soon}; https://status.auth0.com reports outages.",
        is_transient=True,
    ),
    _Meaning(
        range(300, 400),
        ManagementApiError,
        "the answer is a redirect to another address",
        "Set auth0:domain to the tenant's own domain.",
    ),
    # Seen at the token endpoint: 401 for a wrong secret, 403 (access_denied) for an application without access to the
    # API, 404 where there is no such tenant, 400 (unauthorized_client) for one that may not use this flow.
    _Meaning(
        {404},
        BadCredentials,
        "there is no tenant at this address{quoted}",
        "Correct auth0:domain, or AUTH0_DOMAIN.",
        "requested",
    ),
    # A proxy's or another site's page must pass neither for a deleted API nor for a missing scope.
    _Meaning(
        {403, 404, 405, 407, 451},
        ManagementApiError,
        "the answer does not come from the Management API",
        CHECK_DOMAIN,
        of_proxy=True,
    ),
    _Meaning(
        {401},
        BadCredentials,
        "the tenant does not accept the client's id and secret{quoted}",
        "Correct auth0:clientId and auth0:clientSecret (or auth0:clientAssertionPrivateKey with "
        "auth0:clientAssertionSigningAlg), or AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET.",
        "requested",
    ),
    _Meaning(
        _ANY,
        BadCredentials,
        "the tenant gives this application no token for its Management API{quoted}",
        "Authorize the application under Applications → APIs → Auth0 Management API, and check that auth0:domain is "
        "the tenant's own domain; with a custom one, set auth0:audience to https://TENANT/api/v2/.",
        "requested",
    ),
    _Meaning(
        {401},
        ManagementApiError,
        "the tenant does not accept the token that it issued{quoted}",
        "Run again for a new one. If it stays so, check that auth0:domain is the tenant's own, not a custom one.",
        "issued",
        is_transient=True,
    ),
    _Meaning(
        {401},
        ManagementApiError,
        "the tenant does not accept the token of auth0:apiToken{quoted}",
        "Set a new one, or use auth0:clientId and auth0:clientSecret, whose tokens renew themselves.",
    ),
    _Meaning({400}, InvalidRequest, "{said}", "Correct what the service names, then run again."),
    _Meaning({403}, Forbidden, "{said}", "Check what the token is allowed to do."),
    _Meaning({404}, NotFound, "{said}", "Check that it has not been deleted, then run again."),
    _Meaning(_ANY, ManagementApiError, "{said}", "The tenant's log (Monitoring → Logs) may say more."),
)
"""The first that fits counts."""
_SETTINGS = {BadCredentials: "auth0:clientSecret", Forbidden: "auth0:clientId"}


def error_for(
    call: Call, failure: ErrorResponse | TransportError, bearer: Bearer, attempts: int = 1, wait_s: float = 0.0
) -> ManagementApiError:
    """Make the error of a request that failed after some attempts.

    Args:
        call: the request.
        failure: what came instead of a success.
        bearer: the token that it was sent with.
        attempts: how many were made.
        wait_s: seconds until another try makes sense; 0 where nobody knows.
    """
    tries = f" ({attempts} attempts)" if attempts > 1 else ""
    soon = f" in {duration(wait_s)}" if wait_s else ""
    if isinstance(failure, TransportError):
        error = ManagementApiError(
            f"{failure.what}{tries}", failure.next_action, setting="auth0:domain", is_transient=failure.transient
        )
        is_lost = failure.was_sent
    else:
        error = _of_response(call, failure, bearer, tries, soon)
        is_lost = failure.is_server_error
    if is_lost and call.method != "GET" and bearer != "requested":
        error = ManagementApiError(
            f"{error.what}, so it is not known whether the write was carried out",
            f"Run again{soon}: what is there will be read first, and only what is missing will be done.",
            nothing_was_written=False,
            is_transient=True,
        )
    error.request, error.retry_after_s = call.request, wait_s or None
    error.response = failure if isinstance(failure, ErrorResponse) else None
    return error


def _of_response(call: Call, response: ErrorResponse, bearer: Bearer, tries: str, soon: str) -> ManagementApiError:
    # The code is how the service answers a malformed token.
    status = 401 if (response.status, response.error_code) == (400, "Bearer") else response.status
    meaning = next(
        meaning
        for meaning in _MEANINGS
        if status in meaning.statuses
        and meaning.bearer in {None, bearer}
        and not (meaning.of_proxy and response.is_json)
    )
    said = response.message.rstrip(".")
    facts = {
        "said": response.message or "the service refuses the request",
        "quoted": f" ({said})" if said and said != response.error else "",
        "tries": tries,
        "soon": soon or " later",
    }
    error = meaning.kind(
        meaning.what.format_map(facts),
        meaning.next_action.format_map(facts),
        setting=_SETTINGS.get(meaning.kind, "auth0:apiToken" if status == 401 else "api"),
        is_transient=meaning.is_transient,
    )
    if isinstance(error, NotFound) and call.not_found:
        error.what, error.next_action = call.not_found
    elif isinstance(error, Forbidden):
        _name_missing_scopes(error, response, call.scope)
    return error


def _name_missing_scopes(error: Forbidden, response: ErrorResponse, documented: str) -> None:
    """Say which scopes the token lacks; where the service does not, the documented one."""
    found = _INSUFFICIENT_SCOPE.search(response.message)
    named = tuple(scope.strip() for scope in found[1].split(",") if scope.strip()) if found else ()
    error.missing_scopes = named or ((documented,) if documented else ())
    any_of = " or ".join(error.missing_scopes)
    if found or response.error_code == "insufficient_scope":
        one, enough = ("it", "") if len(error.missing_scopes) == 1 else ("one of them", " (any one of them is enough)")
        error.what, error.next_action = f"the token lacks {any_of}{enough}", how_to_grant(one)
    elif any_of:
        error.next_action += f" It needs {any_of}."
