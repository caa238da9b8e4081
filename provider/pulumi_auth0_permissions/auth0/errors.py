"""What the Management API can answer instead of what was asked for, as a tree under `PermissionsError`.

::

    ManagementApiError       a status that has no class of its own (409, 413, ...); base of all below
    ├── InvalidRequest       400: the service rejects the request
    ├── Unauthorized         401: the service does not take the token
    ├── Forbidden            403: the token lacks a scope
    ├── NotFound             404
    ├── RateLimited          429: too many requests; nothing was done
    ├── ServerFailure        5xx, for requests that change nothing
    ├── UnreadableAnswer     an answer that is not what the API documents: HTML, broken JSON, a missing field
    ├── Unreachable          no answer: DNS, refused, TLS, proxy, time-out, dropped
    ├── OutOfTime            the operation's time is over; the request was not sent
    ├── OutcomeUnknown       a write whose answer was lost: it may or may not have been carried out
    └── BadCredentials       the token endpoint does not take the credentials

Each message has one sentence on what happened, with the request, and one with the next action. Texts of the service
are quoted on one line and cut; secrets are taken out before they get here (`Credentials.scrub`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Required, TypedDict, Unpack

from pulumi_auth0_permissions.core.errors import PermissionsError

__all__ = [
    "LONGEST_WAIT_S",
    "BadCredentials",
    "ErrorFacts",
    "Forbidden",
    "InvalidRequest",
    "ManagementApiError",
    "NotFound",
    "OutOfTime",
    "OutcomeUnknown",
    "RateLimited",
    "ServerFailure",
    "Unauthorized",
    "Unreachable",
    "UnreadableAnswer",
]

LONGEST_WAIT_S = 120.0  # that the service's demand to wait is followed; beyond it an error says when to return


class ErrorFacts(TypedDict, total=False):
    """The arguments of `ManagementApiError`, for its subclasses."""

    request: Required[str]
    what: Required[str]
    next_action: Required[str]
    status: int | None
    error: str
    error_code: str
    message: str


class ManagementApiError(PermissionsError):
    """Raised when the Management API refused, failed or could not be reached.

    Attributes:
        request: method and path as sent, without the query: ``PATCH /api/v2/resource-servers/69a0...``.
        what: one sentence: what happened.
        next_action: one sentence: what to do about it.
        status: the HTTP status; ``None`` if there was no answer.
        error: the short name of the status that the service gave, or ``""``.
        error_code: the service's ``errorCode`` (optional there), or ``""``.
        message: the service's own sentence, or ``""``.
    """

    nothing_was_written = True
    """Whether it is certain that the request changed nothing."""

    worth_another_try = False
    """Whether the same request may succeed later on without anybody changing anything. A write has to be preceded by
    a new read then: the client repeats none by itself."""

    def __init__(
        self,
        *,
        request: str,
        what: str,
        next_action: str,
        status: int | None = None,
        error: str = "",
        error_code: str = "",
        message: str = "",
    ) -> None:
        self.request = request
        self.what = what
        self.next_action = next_action
        self.status = status
        self.error = error
        self.error_code = error_code
        self.message = message
        answer = "" if status is None else f"{status} {error}".rstrip()
        if error_code:
            answer += f" ({error_code})"
        head = ": ".join(part for part in (request, answer, what.rstrip(".")) if part)
        super().__init__(f"{head}. {next_action}")


class InvalidRequest(ManagementApiError):
    """Raised on 400: the service's sentence says what it does not accept."""


class Unauthorized(ManagementApiError):
    """Raised on 401: the token has expired, was revoked, or belongs to another tenant.

    ``worth_another_try`` is true where the next request will bring a new token by itself.
    """

    def __init__(self, *, renewable: bool = False, **facts: Unpack[ErrorFacts]) -> None:
        super().__init__(**facts)
        self.worth_another_try = renewable


class Forbidden(ManagementApiError):
    """Raised on 403.

    Attributes:
        missing_scopes: the scopes of which the token needs any one, in the service's order; the ones that the
            request is documented to need if the service names none.
    """

    def __init__(self, *, missing_scopes: Sequence[str] = (), **facts: Unpack[ErrorFacts]) -> None:
        super().__init__(**facts)
        self.missing_scopes = tuple(missing_scopes)


class NotFound(ManagementApiError):
    """Raised on 404."""


class RateLimited(ManagementApiError):
    """Raised on 429 when the client does not wait: the request is a write, or the wait would be too long.

    Attributes:
        retry_after_s: seconds until another try makes sense; ``None`` if the service did not say.
    """

    def __init__(self, *, retry_after_s: float | None = None, **facts: Unpack[ErrorFacts]) -> None:
        super().__init__(**facts)
        self.retry_after_s = retry_after_s
        self.worth_another_try = retry_after_s is None or retry_after_s <= LONGEST_WAIT_S


class ServerFailure(ManagementApiError):
    """Raised on 5xx after the retries, for requests that change nothing."""

    worth_another_try = True


class UnreadableAnswer(ManagementApiError):
    """Raised when an answer is not what the API documents, after the retries."""


class Unreachable(ManagementApiError):
    """Raised when no answer came: the host can't be found, refuses, is not trusted, or went silent."""

    worth_another_try = True


class OutOfTime(ManagementApiError):
    """Raised in place of a request or a wait that would go beyond the operation's time."""


class OutcomeUnknown(ManagementApiError):
    """Raised when the answer to a write was lost: it may or may not have been carried out; a read tells.

    Attributes:
        retry_after_s: seconds until a read makes sense; ``None`` if the service did not say.
    """

    nothing_was_written = False

    def __init__(self, *, retry_after_s: float | None = None, **facts: Unpack[ErrorFacts]) -> None:
        super().__init__(**facts)
        self.retry_after_s = retry_after_s
        self.worth_another_try = (retry_after_s or 0.0) <= LONGEST_WAIT_S


class BadCredentials(ManagementApiError):
    """Raised when the token endpoint rejects the credentials (its errors have a shape of their own)."""
