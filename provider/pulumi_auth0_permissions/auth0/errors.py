"""Errors of the Management API; `error_mapping` says what each means and what to do about it.

Only failures that somebody catches have a class; what else matters about a failure is in its attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from urllib.parse import urlsplit

from pulumi_auth0_permissions.auth0.parsing import ShapeError, json_of
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.text import escape

LONGEST_WAIT_S = 120.0  # that the service's demand to wait is followed; beyond it an error says when to return
_MAX_QUOTED = 500  # characters of the service's own text in a message

# NOT RECORDED for the Management API, so read for what most answers have in common.
_STATUS_NAMES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An answer with a status other than 2xx, as far as it could be read; texts are escaped, on one line and cut."""

    status: int
    is_json: bool = True  # what proxies and gateways answer is not
    error: str = ""  # the short name of the status
    error_code: str = ""  # the service's `errorCode`, which is optional there
    message: str = ""  # the service's sentence
    location: str = ""  # the host that a redirect leads to

    @classmethod
    def read(cls, status: int, headers: Mapping[str, str], body: bytes, scrub: Callable[[str], str]) -> ErrorResponse:
        """Read an error in the shape of the Management API or of the token endpoint; HTML is not repeated."""
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


@dataclass(eq=False, repr=False)
class Forbidden(ManagementApiError):
    """Raised on 403: the token lacks a scope."""

    setting: str = "auth0:clientId"


class NotFound(ManagementApiError):
    """Raised on 404."""


@dataclass(eq=False, repr=False)
class RateLimited(ManagementApiError):
    """Raised on 429 when the client does not wait: the request is a write, or the wait would be too long."""

    is_transient: bool = True


@dataclass(eq=False, repr=False)
class BadCredentials(ManagementApiError):
    """Raised when the token endpoint does not accept the credentials."""

    setting: str = "auth0:clientSecret"
