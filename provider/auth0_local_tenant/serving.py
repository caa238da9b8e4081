"""The HTTP server: Werkzeug's, with connections that stay open and can be closed from outside.

Werkzeug's own request handler closes each connection after one answer. A client under test that keeps its
connections would then be measured with a new handshake a request, and dropped connections would look the same as
ordinary ones. So the handler here sends the answer itself, in one piece, and leaves the connection open.
"""

import contextlib
import logging
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from auth0_local_tenant.reply import ConnectionDropped, Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOG = logging.getLogger("auth0_local_tenant")

_STOP_POLL_S = 0.02  # how often the accepting thread looks whether it is to stop
_JOIN_S = 5.0  # how long stopping waits for a request in progress


def _not_ready(_environ: "WSGIEnvironment", _start_response: "StartResponse") -> list[bytes]:
    """Answer for the application that is set before `Server.start`."""
    raise RuntimeError("the server has no application")


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it each answer on a kept connection waits 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        try:
            reply = Reply.of(self.server.app, environ)
        except ConnectionDropped:
            self.close_connection = True
            self._shut()
            return
        except ConnectionError:
            self.close_connection = True
            return
        except Exception:  # noqa: BLE001 - a defect of the tenant: said in the log, never a silent hang
            _LOG.exception("%s %s failed", self.command, self.path)
            reply = Reply(
                "500 Internal Server Error",
                (("Content-Type", "text/plain"),),
                b"internal error of the local tenant, see its log\n",
            )
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        lines = [f"{self.protocol_version} {reply.status}"]
        lines.extend(f"{name}: {value}" for name, value in reply.headers)
        if all(name.lower() != "content-length" for name, _ in reply.headers) and reply.code != 204:
            lines.append(f"Content-Length: {len(reply.body)}")
        lines.append(f"Date: {self.date_time_string()}")
        lines.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + reply.body)

    def _shut(self) -> None:
        with contextlib.suppress(OSError):  # the client was faster
            self.connection.shutdown(socket.SHUT_RDWR)

    def handle(self) -> None:
        try:
            BaseHTTPRequestHandler.handle(self)
        except (OSError, ssl.SSLError):  # the client went, or does not speak TLS
            self.close_connection = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Stay quiet: the journal is the access log."""


class Server(ThreadedWSGIServer):
    """A server on 127.0.0.1 that can be stopped with its connections; set `app` before `start`."""

    daemon_threads = True

    def __init__(self, port: int, tls: ssl.SSLContext | None) -> None:
        self._open: dict[socket.socket, threading.Thread | None] = {}
        self._open_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        # Werkzeug ends the whole process over a port that is taken; so the port is bound here.
        with socket.create_server(("127.0.0.1", port), backlog=self.request_queue_size) as bound:
            super().__init__("127.0.0.1", port, _not_ready, _Handler, fd=bound.fileno())
        if tls is not None:
            # The handshake is left to the connection's own thread, so that a silent client blocks nobody else.
            self.ssl_context = tls
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def start(self) -> None:
        """Accept connections, in a thread."""
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_STOP_POLL_S,), name="local tenant", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, close every connection and wait for the threads."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        with self._open_lock:
            connections = dict(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                continue
        for thread in connections.values():
            if thread is not None and thread is not threading.current_thread():
                thread.join(_JOIN_S)
        self.server_close()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Answer a connection in a thread of its own, and remember it."""
        connection = cast("socket.socket", request)
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(connection, client_address),
            name="local tenant connection",
            daemon=True,
        )
        with self._open_lock:
            self._open[connection] = thread
        thread.start()

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection and forget it."""
        with self._open_lock:
            self._open.pop(cast("socket.socket", request), None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Log what escaped a handler."""
        _LOG.exception("a connection failed")

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Stay quiet: the journal is the access log."""
