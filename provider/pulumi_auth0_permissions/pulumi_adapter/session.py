"""What the hooks of one provider process share: settings, client, cached reads, records, locks and the engine's log."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache, partial

import grpc
from pulumi.runtime.proto.engine_pb2 import LogRequest, LogSeverity
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.text import escape_markup, join
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, MAX_APPLICATIONS_NAMED, HolderLookup
from pulumi_auth0_permissions.pulumi_adapter import records, run
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import locked
from pulumi_auth0_permissions.pulumi_adapter.resources import Resources
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.tenant_client import client_for
from pulumi_auth0_permissions.reconcile import Reconciler
from pulumi_auth0_permissions.settings import Settings

RPC_TIMEOUT_S = 5.0  # the engine is a local process; a log line is not worth waiting longer for


class EngineLog:
    """Writes to the engine's log, with the URN of the resource concerned, unlike `pulumi.log`; drops repetitions."""

    def __init__(self) -> None:
        self._stub: EngineStub | None = None
        self._said: set[tuple[str, str, str]] = set()

    def warn(self, message: str, urn: str = "") -> None:
        """Show a message as a warning."""
        self.info(message, urn, "WARNING")

    def progress(self, message: str) -> None:
        """Show what is going on; the engine does not keep the message."""
        records.leave_for_command(records.PROGRESS_FILE, message)
        self.info(message, ephemeral=True)

    def info(self, message: str, urn: str = "", severity: str = "INFO", *, ephemeral: bool = False) -> None:
        """Show a message in the operation's output."""
        said = (severity, message, urn)
        if said in self._said and not ephemeral:
            return  # the engine calls `check` twice for a replacement
        self._said.add(said)
        text = escape_markup(message)
        try:
            if self._stub is None:  # the engine's address is the first argument, as for every provider
                self._stub = EngineStub(grpc.insecure_channel(sys.argv[1]))
            request = LogRequest(severity=LogSeverity.Value(severity), message=text, urn=urn, ephemeral=ephemeral)
            self._stub.Log(request, timeout=RPC_TIMEOUT_S)
        except grpc.RpcError:
            if not ephemeral:
                sys.stderr.write(f"{text}\n")  # the engine shows it under the stack


class Session:
    """What the hooks of one process share; made in `configure`, without any request, and never pickled.

    Making it raises `InvalidInputs` with what is wrong with the settings or the reviewed plan. ``config`` returns the
    text of a configuration key such as ``auth0:domain``, and ``names`` are those of all keys that are set.
    """

    def __init__(
        self,
        config: Callable[[str], str | None],
        environ: Mapping[str, str] = os.environ,
        *,
        names: Iterable[str] = (),
        client: ManagementClient | None = None,
        messages: EngineLog | None = None,
    ) -> None:
        self.settings = Settings.read(config, environ, tuple(names))
        self.tenant = self.settings.host
        self.reviewed = ReviewedPlan.read(environ, datetime.now(UTC))
        self.resources = Resources()
        self.messages = messages or EngineLog()
        warn, progress = self.messages.warn, self.messages.progress
        self.records = records.RunRecords(run.current_run(), complain=warn)
        self.unfinished = records.InterruptedRenames(self.tenant)
        self.client = client or client_for(
            self.settings, warn=warn, on_wait=lambda seconds, what: progress(f"waiting {seconds:.0f} s for {what}")
        )
        self.reader = ApiReader(self.client)
        named = ALL_APPLICATIONS if environ.get(records.PLAN_FOLDER_VARIABLE) else MAX_APPLICATIONS_NAMED
        self.holders = HolderLookup(self.client, on_progress=progress, max_applications_named=named)
        self.reconciler = Reconciler(
            self.client, lock=self._lock, note_renames=self.unfinished.note, on_progress=progress
        )
        self._aside = ThreadPoolExecutor(1)
        self._who_runs = cache(partial(run.who_runs, environ=environ))

    def user(self) -> Future[str]:
        """Return who runs this, for the output ``applied``: looked up once, in the background."""
        return self._aside.submit(self._who_runs)

    def _lock(self, name: str) -> AbstractContextManager[None]:
        """Return the lock by which one process at a time writes to an API on this machine."""
        if others := run.other_users():
            self.messages.warn(
                f"other users also run Pulumi on this machine ({join(others)}): runs of one user take turns writing to "
                "an API, runs of different users do not."
            )
        return locked(f"{self.settings.domain} {name}", on_wait=self._wait, complain=self.messages.warn)

    def _wait(self) -> None:
        self.client.pause(0)  # raises if the operation is out of time
        self.messages.progress("waiting for another run on this machine to finish writing")
