"""A server of Pulumi releases on the loopback interface."""

from __future__ import annotations

import hashlib
import http.server
import io
import platform
import tarfile
import threading

__all__ = ["ReleaseServer"]


class ReleaseServer:
    """Serves files under `/releases` on the loopback interface, and keeps a list of the paths asked for.

    Attributes:
        files: Path below `/releases/` to content.
        asked: The names asked for, oldest first.
        archive_asked: Set when an archive is asked for.
        may_answer: While this is clear, archives are not answered.
        missing_bytes: How much shorter archives are than the length announced for them.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.archive_asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.missing_bytes = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.removeprefix("/releases/")
                outer.asked.append(name)
                if name.endswith(".tar.gz"):
                    outer.archive_asked.set()
                    outer.may_answer.wait(timeout=60)
                content = outer.files.get(name)
                length = len(content or b"") + (outer.missing_bytes if name.endswith(".tar.gz") else 0)
                try:
                    self.send_response(404 if content is None else 200)
                    self.send_header("Content-Length", str(length))
                    self.end_headers()
                    self.wfile.write(content or b"")
                except ConnectionError:
                    pass  # the test has ended the client

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/releases"

    def publish(self, version: str, programs: dict[str, str], *, checksum: str | None = None) -> None:
        """Publish a release of shell scripts, with its true checksum unless another is given."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, script in programs.items():
                content = f"#!/bin/sh\n{script}\n".encode()
                member = tarfile.TarInfo(f"pulumi/{name}")
                member.size, member.mode = len(content), 0o755
                tar.addfile(member, io.BytesIO(content))
        machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
        archive = f"pulumi-v{version}-{platform.system().lower()}-{machine}.tar.gz"
        self.files[archive] = buffer.getvalue()
        checksum = checksum or hashlib.sha256(buffer.getvalue()).hexdigest()
        self.files[f"pulumi-{version}-checksums.txt"] = f"{'0' * 64}  other.zip\n{checksum}  {archive}\n".encode()

    def stop(self) -> None:
        """Stop answering and wait until that is so."""
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
