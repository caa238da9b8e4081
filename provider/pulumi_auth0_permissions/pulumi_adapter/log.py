"""Messages to the user, under the resource they are about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.text import escape_markup
from pulumi_auth0_permissions.pulumi_adapter.records import PROGRESS_FILE, leave_text

if TYPE_CHECKING:
    from pulumi.runtime.proto.engine_pb2_grpc import EngineStub

RPC_TIMEOUT_S = 5.0  # the engine is a local process; a log line is not worth waiting longer for


class EngineLog:
    """Writes to the engine's log, with the URN of the resource concerned; says nothing twice.

    ``pulumi.log`` in a provider process has no URN to give, and its messages end up under the stack. The engine's
    address is the process's first argument, as for every provider.
    """

    def __init__(self) -> None:
        self._address = next(iter(sys.argv[1:2]), None)
        self._stub: EngineStub | None = None
        self._said: set[tuple[str, str, str]] = set()

    def info(self, message: str, urn: str = "") -> None:
        """Say something in the operation's output."""
        self._log("INFO", message, urn)

    def warn(self, message: str, urn: str = "") -> None:
        """Say something that the user should look at."""
        self._log("WARNING", message, urn)

    def progress(self, message: str) -> None:
        """Say what is going on; shown while it lasts, not kept."""
        leave_text(PROGRESS_FILE, message)
        self._log("INFO", message, "", ephemeral=True)

    def waiting(self, seconds: float, reason: str) -> None:
        """Say what is waited for."""
        self.progress(f"waiting {seconds:.0f} s for {reason}")

    def _log(self, severity: str, message: str, urn: str, *, ephemeral: bool = False) -> None:
        if not ephemeral and (severity, message, urn) in self._said:
            return  # the engine calls `check` twice for a replacement
        self._said.add((severity, message, urn))
        import grpc
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

        if self._address is not None:
            try:
                if self._stub is None:
                    self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._address))
                request = engine_pb2.LogRequest(
                    severity=engine_pb2.LogSeverity.Value(severity),
                    message=escape_markup(message),
                    urn=urn,
                    ephemeral=ephemeral,
                )
                self._stub.Log(request, timeout=RPC_TIMEOUT_S)
            except grpc.RpcError:
                pass
            else:
                return
        if not ephemeral:
            sys.stderr.write(escape_markup(message) + "\n")  # the engine shows it under the stack
