"""A complete answer, and the decision to give none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from auth0_local_tenant import jsontext
from auth0_local_tenant.api_errors import ApiError, reason

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ConnectionDropped(Exception):
    """Raised to have the connection closed without an answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status line, headers and body."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, app: "WSGIApplication", environ: "WSGIEnvironment") -> "Reply":
        """Return what a WSGI application answers."""
        kept: list[tuple[str, list[tuple[str, str]]]] = []

        def keep(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:  # noqa: ARG001
            kept.append((status, headers))
            return lambda _: None

        parts = app(environ, cast("StartResponse", keep))
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = kept[-1]
        return cls(status, tuple(headers), body)

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status[:3])

    def having(self, headers: Sequence[tuple[str, str]]) -> "Reply":
        """Return this answer with more headers."""
        return Reply(self.status, (*self.headers, *headers), self.body)


def error_reply(error: ApiError) -> Reply:
    """Return an error of the Management API."""
    return Reply(
        f"{error.status} {reason(error.status)}",
        (("content-type", "application/json; charset=utf-8"), *error.headers.items()),
        jsontext.dump_bytes(error.body()),
    )
