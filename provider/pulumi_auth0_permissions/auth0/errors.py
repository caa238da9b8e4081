"""Errors of the Management API; `error_mapping` says what each means and what to do about it.

Only failures that somebody catches have a class; what else matters about a failure is in its attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pulumi_auth0_permissions.auth0.parsing import ShapeError, json_of
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.text import escape

__all__ = [
    "LONGEST_WAIT_S",
    "BadCredentials",
    "ErrorResponse",
    "Forbidden",
    "InvalidRequest",
    "ManagementApiError",
    "NotFound",
    "RateLimited",
]

LONGEST_WAIT_S = 120.0  # that the service's demand to wait is followed; beyond it an error says when to return
_MAX_QUOTED = 500  # characters of the service's own text in a message

# NOT RECORDED for the Management API, so read for what most answers have in common.
_STATUS_NAMES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An answer with a status other than 2xx, as far as it could be read; texts are escaped, on one line and cut.

    Attributes:
        status: the HTTP status.
        is_json: whether the body is a JSON object; what proxies and gateways answer is not.
        error: the short name of the status, or ``""``.
        error_code: the service's ``errorCode`` (optional there), or ``""``.
        message: the service's sentence, or ``""``.
        location: the host that a redirect leads to, or ``""``.
    """

    status: int
    is_json: bool = True
    error: str = ""
    error_code: str = ""
    message: str = ""
    location: str = ""

    @classmethod
    def read(cls, status: int, headers: Mapping[str, str], body: bytes, scrub: Callable[[str], str]) -> ErrorResponse:
        """Read an error in the shape of the Management API or of the token endpoint; HTML is not repeated.

        Args:
            status: the HTTP status.
            headers: their names in lower case.
            body: the body.
            scrub: masks secrets in a text.
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
            line = " ".join(escape(scrub(found)[: _MAX_QUOTED * 2].replace("\n", " ")).split())
            return line if len(line) <= _MAX_QUOTED else line[: _MAX_QUOTED - 1] + "…"

        name = _STATUS_NAMES.get(status, "")
        of_token_endpoint = "error_description" in fields
        return cls(
            status,
            is_json,
            error=name if of_token_endpoint else text("error") or name,
            error_code=text("error" if of_token_endpoint else "errorCode"),
            message=text("message", "error_description"),
            location=_host_of(headers.get("location", "")),
        )

    def __str__(self) -> str:
        code = f" ({self.error_code})" if self.error_code else ""
        return f"{self.status} {self.error}".rstrip() + code


def _host_of(url: str) -> str:
    try:
        return escape(urlsplit(url).netloc.rpartition("@")[2][:_MAX_QUOTED])
    except ValueError:  # a malformed IPv6 address
        return ""


class ManagementApiError(PermissionsError):
    """Raised when the Management API refused a request, failed or could not be reached.

    Attributes:
        what: one sentence: what happened.
        next_action: one sentence: what to do about it.
        request: method and path as sent, without the query: ``PATCH /api/v2/resource-servers/69a0...``.
        response: what the service answered; ``None`` if there was no answer, or one that is not an error.
        setting: the input or setting to look at first.
        missing_scopes: after a 403, the scopes of which the token needs any one.
        retry_after_s: seconds until another try makes sense; ``None`` if nobody said.
        nothing_was_written: whether it is certain that the request changed nothing. It is not after a write whose
            answer was lost: only a read shows whether that was carried out.
        is_transient: whether the failure passes by itself, however long that takes.
    """

    setting = "api"
    is_transient = False

    def __init__(
        self,
        what: str,
        next_action: str,
        *,
        request: str = "",
        response: ErrorResponse | None = None,
        setting: str | None = None,
        missing_scopes: Sequence[str] = (),
        retry_after_s: float | None = None,
        nothing_was_written: bool = True,
        is_transient: bool | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.next_action = next_action
        self.request = request
        self.response = response
        self.setting = setting or self.setting
        self.missing_scopes = tuple(missing_scopes)
        self.retry_after_s = retry_after_s
        self.nothing_was_written = nothing_was_written
        self.is_transient = self.is_transient if is_transient is None else is_transient

    @property
    def worth_another_try(self) -> bool:
        """Whether the same request may soon succeed without anybody changing anything.

        A write has to be preceded by a new read then: the client repeats none by itself.
        """
        return self.is_transient and (self.retry_after_s or 0.0) <= LONGEST_WAIT_S

    @property
    def status(self) -> int | None:
        """The HTTP status, if there was an answer."""
        return self.response.status if self.response else None

    def __str__(self) -> str:
        answer = str(self.response) if self.response else ""
        head = ": ".join(part for part in (self.request, answer, self.what.rstrip(".")) if part)
        return f"{head}. {self.next_action}"


class InvalidRequest(ManagementApiError):
    """Raised on 400: the service's sentence says what it does not accept."""


class Forbidden(ManagementApiError):
    """Raised on 403: the token lacks a scope."""

    setting = "auth0:clientId"


class NotFound(ManagementApiError):
    """Raised on 404."""


class RateLimited(ManagementApiError):
    """Raised on 429 when the client does not wait: the request is a write, or the wait would be too long."""

    is_transient = True


class BadCredentials(ManagementApiError):
    """Raised when the token endpoint does not accept the credentials."""

    setting = "auth0:clientSecret"
