"""What a request passes on its way to the application: journal, latency, faults, rate limit.

The gateway is the outermost WSGI layer. It reads the whole request before anything else (a kept-alive connection
must not have unread bytes in it) and keeps the whole answer until it is complete.
"""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from werkzeug.test import create_environ

from auth0_local_tenant import api_errors, jsontext
from auth0_local_tenant.endpoint import CALLER, CLIENT_ID, UNEMULATED
from auth0_local_tenant.faults import Fault, Faults
from auth0_local_tenant.journal import Journal, JournalEntry
from auth0_local_tenant.models.tokens import Bearer
from auth0_local_tenant.ratelimit import Bucket
from auth0_local_tenant.reply import ConnectionDropped, Reply, error_reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from auth0_local_tenant.tenant import Tenant

# What the journal shows and faults hit: the service's own interface, not the page and the control prefix.
_SERVICE = ("/api/v2", "/oauth/")
_LIMITED = "/api/v2"

_RIVAL = Bearer("rival-writer", frozenset({"read:resource_servers", "update:resource_servers"}))


class Gateway:
    """The WSGI application that the server serves.

    Attributes:
        app: the application behind; set once it is made, because it uses the gateway itself.
        journal: where requests are noted.
        faults: what is done to requests on purpose.
    """

    def __init__(self, tenant: "Tenant") -> None:
        self._tenant = tenant
        self._bucket = Bucket(lambda: tenant.options)
        self.app: WSGIApplication | None = None
        self.journal = Journal(lambda: tenant.options.clock)
        self.faults = Faults()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        path, query = _raw_target(environ)
        body = _read_body(environ)
        environ["PATH_INFO"] = path
        serve = path.startswith(_SERVICE)
        reply = self._serve(environ, path, query, body) if serve else self._run(environ, body)
        start_response(reply.status, list(reply.headers))
        return [reply.body]

    def call(self, method: str, path: str, body: bytes, caller: Bearer, *, query: str = "") -> Reply:
        """Make a request from inside: no token, no faults, no limit, but in the journal."""
        recording = self.journal.open(method, path, query, body)
        environ = _environ(method, path, query, body, caller)
        reply = self._run(environ, body)
        self._close(recording, environ, reply)
        return reply

    def _serve(self, environ: "WSGIEnvironment", path: str, query: str, body: bytes) -> Reply:
        method = environ["REQUEST_METHOD"]
        recording = self.journal.open(method, path, query, body)
        try:
            if latency_ms := self._tenant.options.latency_ms:
                self._tenant.options.sleep(latency_ms / 1000)
            faults = self.faults.take(method, path)
            recording.faults.extend(fault.action for fault in faults)
            reply = self._refusal(faults, recording) or self._limited(environ, path, body)
            _drop_after(faults)
        except ConnectionDropped:
            self._close(recording, environ, None)
            raise
        self._close(recording, environ, reply)
        return reply

    def _refusal(self, faults: list[Fault], recording: JournalEntry) -> Reply | None:
        """Do what the faults do before a request is handled; return an answer if it is not to be handled."""
        for fault in faults:
            match fault.action:
                case "delay":
                    self._tenant.options.sleep(fault.delay_s)
                case "expire_tokens":
                    self._tenant.tokens.expire_all()
                case "rival":
                    self._rival(fault, recording)
                case "hang":
                    self.faults.hang()
                    raise ConnectionDropped
                case "drop_before":
                    raise ConnectionDropped
                case "status":
                    return _status(fault)
                case "rate_limit":
                    return self._fault_limit(fault)
                case "drop_after":
                    pass
        return None

    def _limited(self, environ: "WSGIEnvironment", path: str, body: bytes) -> Reply:
        verdict = self._bucket.take() if path.startswith(_LIMITED) else None
        if verdict is None:
            return self._run(environ, body)
        allowed, headers = verdict
        reply = self._run(environ, body) if allowed else error_reply(api_errors.rate_limited())
        return reply.having(headers) if self._tenant.options.rate_limit_headers else reply

    def _fault_limit(self, fault: Fault) -> Reply:
        reply = error_reply(api_errors.rate_limited())
        if not fault.with_headers:
            return reply
        reset = self._tenant.options.clock() + fault.retry_after_s
        return reply.having(
            [
                ("x-ratelimit-limit", "10"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", str(-int(-reset // 1))),  # rounded up
            ]
        )

    def _rival(self, fault: Fault, recording: JournalEntry) -> None:
        path = fault.rival_path or recording.path
        patch = fault.rival_patch
        if callable(patch):
            present = self._run(_environ("GET", path, "", b"", _RIVAL), b"")
            patch = patch(cast("jsontext.JsonObject", jsontext.load(present.body)))
        reply = self.call("PATCH", path, jsontext.dump_bytes(patch), _RIVAL)
        if reply.code != 200:
            recording.faults.append(f"the rival's PATCH of {path} failed with {reply.code}")

    def _close(self, recording: JournalEntry, environ: "WSGIEnvironment", reply: Reply | None) -> None:
        recording.client_id = cast("str | None", environ.get(CLIENT_ID))
        recording.emulated = UNEMULATED not in environ
        self.journal.close(recording, reply.code if reply else None, reply.body if reply else b"")

    def _run(self, environ: "WSGIEnvironment", body: bytes) -> Reply:
        assert self.app is not None, "the gateway has no application"  # noqa: S101 - a defect of ours
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return Reply.of(self.app, environ)


def _drop_after(faults: list[Fault]) -> None:
    if any(fault.action == "drop_after" for fault in faults):
        raise ConnectionDropped


def _status(fault: Fault) -> Reply:
    if fault.body is None:
        plain = api_errors.ApiError(fault.status, f"Fault on purpose: {fault.status}")
        return error_reply(plain).having(list(fault.headers))
    content = fault.body.encode()
    page = fault.body.lstrip().startswith("<")
    kind = "text/html; charset=utf-8" if page else "application/json; charset=utf-8"
    given = {name.lower() for name, _ in fault.headers}
    default = [] if "content-type" in given else [("content-type", kind)]
    return Reply(f"{fault.status} {api_errors.reason(fault.status)}", (*default, *fault.headers), content)


def _environ(method: str, path: str, query: str, body: bytes, caller: Bearer) -> "WSGIEnvironment":
    environ = create_environ(method=method, content_type="application/json" if body else None)
    own = {"PATH_INFO": path, "RAW_URI": path, "QUERY_STRING": query.encode().decode("latin-1"), CALLER: caller}
    return environ | own


def _raw_target(environ: "WSGIEnvironment") -> tuple[str, str]:
    target = str(environ.get("RAW_URI") or environ["PATH_INFO"])
    if not target.startswith("/"):  # absolute form, as to a proxy
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query


def _read_body(environ: "WSGIEnvironment") -> bytes:
    if environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    text = str(environ.get("CONTENT_LENGTH") or "0")
    length = int(text) if text.isdecimal() else 0
    body = bytes(environ["wsgi.input"].read(length))
    if len(body) < length:  # the client went away; half a request must not be taken for a whole one
        raise ConnectionDropped
    return body
