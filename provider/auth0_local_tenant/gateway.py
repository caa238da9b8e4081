"""What a request passes on its way to the application: journal, latency, faults, rate limit.

The gateway is the outermost WSGI layer. It reads the whole request before anything else (a kept-alive connection
must not have unread bytes in it) and keeps the whole answer until it is complete.
"""

import io
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from auth0_local_tenant.endpoint import CALLER, CLIENT_ID
from auth0_local_tenant.journal import Journal, Recording
from auth0_local_tenant.models.tokens import Bearer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from auth0_local_tenant.tenant import Tenant

__all__ = ["Gateway", "Reply"]

# What the journal shows: the service's own interface, not the page and the control prefix.
_SERVICE = ("/api/v2", "/oauth/")


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status[:3])


class Gateway:
    """The WSGI application that the server serves.

    Args:
        tenant: whose options apply.
        journal: where requests are noted.
        app: the application behind.
    """

    def __init__(self, tenant: "Tenant", journal: Journal, app: "WSGIApplication") -> None:
        self._tenant = tenant
        self._journal = journal
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        path, query = _raw_target(environ)
        body = _read_body(environ)
        environ["PATH_INFO"] = path
        serve = path.startswith(_SERVICE)
        reply = self._serve(environ, path, query, body) if serve else self._run(environ, body)
        start_response(reply.status, reply.headers)
        return [reply.body]

    def call(self, method: str, path: str, body: bytes, caller: Bearer) -> Reply:
        """Make a request from inside: no token, no faults, no limits, but in the journal.

        Args:
            method: the verb.
            path: raw path, escaped.
            body: JSON, or b"".
            caller: who the journal and the log name.
        """
        environ: dict[str, object] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "RAW_URI": path,
            "QUERY_STRING": "",
            "CONTENT_TYPE": "application/json" if body else "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            CALLER: caller,
        }
        recording = self._journal.open(method, path, "", body, "application/json")
        return self._finish(recording, environ, self._run(environ, body))

    def _serve(self, environ: "WSGIEnvironment", path: str, query: str, body: bytes) -> Reply:
        recording = self._journal.open(environ["REQUEST_METHOD"], path, query, body, environ.get("CONTENT_TYPE", ""))
        if latency_ms := self._tenant.options.latency_ms:
            time.sleep(latency_ms / 1000)
        return self._finish(recording, environ, self._run(environ, body))

    def _finish(self, recording: Recording, environ: "WSGIEnvironment", reply: Reply) -> Reply:
        recording.client_id = cast("str | None", environ.get(CLIENT_ID))
        self._journal.close(recording, reply.code, reply.body)
        return reply

    def _run(self, environ: "WSGIEnvironment", body: bytes) -> Reply:
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        kept: list[tuple[str, list[tuple[str, str]]]] = []

        def keep(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:  # noqa: ARG001
            kept.append((status, headers))
            return lambda _: None

        parts = self._app(environ, cast("StartResponse", keep))
        try:
            content = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = kept[-1]
        return Reply(status, headers, content)


def _raw_target(environ: "WSGIEnvironment") -> tuple[str, str]:
    target = str(environ.get("RAW_URI") or environ["PATH_INFO"])
    if not target.startswith("/"):  # absolute form, as to a proxy
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query


def _read_body(environ: "WSGIEnvironment") -> bytes:
    if environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    length = environ.get("CONTENT_LENGTH") or "0"
    return bytes(environ["wsgi.input"].read(int(length))) if length.isdecimal() else b""
