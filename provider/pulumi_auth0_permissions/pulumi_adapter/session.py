"""What the hooks of one provider process share: settings, the client, messages, and what they know of resources."""

import os
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import grpc
from pulumi.runtime.proto.engine_pb2 import LogRequest, LogSeverity
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.model import Declaration, Siblings, Unmanaged, siblings_among
from pulumi_auth0_permissions.core.review import resource_name
from pulumi_auth0_permissions.core.text import escape_markup, join
from pulumi_auth0_permissions.core.validation import Inputs, Unknown
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, MAX_APPLICATIONS_NAMED, HolderLookup
from pulumi_auth0_permissions.pulumi_adapter import records, run, state
from pulumi_auth0_permissions.pulumi_adapter.connection import client_for
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import file_name_for, locked
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.state import Properties
from pulumi_auth0_permissions.reconcile import Reconciler
from pulumi_auth0_permissions.settings import Settings

RPC_TIMEOUT_S = 5.0  # the engine is a local process; a log line is not worth waiting longer for


class EngineLog:
    """Writes to the engine's log, with the URN of the resource concerned, unlike `pulumi.log`; says nothing twice."""

    def __init__(self) -> None:
        self._stub: EngineStub | None = None
        self._said: set[tuple[str, str, str]] = set()

    def warn(self, message: str, urn: str = "") -> None:
        """Say something that the user should look at."""
        self.info(message, urn, "WARNING")

    def progress(self, message: str) -> None:
        """Say what is going on; shown while it lasts, not kept."""
        records.leave(records.PROGRESS_FILE, message)
        self.info(message, ephemeral=True)

    def info(self, message: str, urn: str = "", severity: str = "INFO", *, ephemeral: bool = False) -> None:
        """Say something in the operation's output."""
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


@dataclass
class _Checked:
    """A resource that was checked."""

    context: Context
    inputs: str  # their digest: they themselves can be as large as everything else that is remembered
    api_id: str  # in the state; empty for a resource without state
    declares: Declaration
    is_done: bool = False  # whether its last hook has come


class Resources:
    """The program's resources by their `check`, since later hooks are given no URN, and what they remove from each API.

    The engine calls `check` for each living resource before it deletes anything at the end of an update.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._checked: dict[str, _Checked] = {}  # by URN
        self._removals: dict[tuple[str, str], frozenset[str]] = {}  # by the API's id and who removes it
        self._turns: dict[str, threading.Lock] = {}

    def note(self, context: Context, inputs: Inputs, olds: Properties) -> None:
        """Record a resource with the inputs that the hooks after `check` are given, and the old ones."""
        digest = file_name_for(repr(inputs))
        declares = Declaration(
            resource_name(context.urn),
            inputs.api if isinstance(inputs.api, str) else "",
            frozenset(() if isinstance(inputs.permissions, Unknown) else inputs.permissions),
            state.managed(olds) if olds.get("api") == inputs.api else frozenset(),
            inputs.unmanaged is Unmanaged.REFUSE,
        )
        self._checked[context.urn or digest] = _Checked(context, digest, str(olds.get("api_id", "")), declares)

    def recall(self, inputs: Inputs, api_id: str, *, is_last: bool = False) -> Context:
        """Return the context that `check` was called with for these inputs; an empty one if there is none.

        Of several, those go first whose last hook has not come, then the one with this API in the state.
        """
        digest = file_name_for(repr(inputs))
        with self._guard:
            same = (one for one in list(self._checked.values()) if one.inputs == digest)
            found = min(same, key=lambda one: (one.is_done, one.api_id != api_id), default=None)
            if found is None:
                return Context()
            found.is_done = found.is_done or is_last
            return found.context

    def recall_by_state(self, api_id: str) -> Context:
        """Return the context of the only resource that has this API in the state; an empty one if there are others."""
        found = [one.context for one in list(self._checked.values()) if one.api_id == api_id]
        return found[0] if len(found) == 1 else Context()

    def siblings(self, urn: str, api_names: Collection[str], noted: Iterable[Declaration] = ()) -> Siblings:
        """Return what other resources declare on an API, with what the program has noted; all for an empty URN."""
        known = list(self._checked.items())
        named = [one for other, checked in known if urn in ("", other) for one in checked.context.others]
        return siblings_among([one.declares for other, one in known if other != urn], [*noted, *named], api_names)

    def turn(self, api_id: str) -> threading.Lock:
        """Return what a resource holds from its plan to its write: guards count what the others have removed."""
        return self._turns.setdefault(api_id, threading.Lock())

    def removes(self, api_id: str, key: str, values: Iterable[str]) -> None:
        """Record what a resource removes from an API in this operation."""
        self._removals[api_id, key] = frozenset(values)

    def removed_by_others(self, api_id: str, key: str) -> frozenset[str]:
        """Return what the other resources remove from an API in this operation."""
        known = list(self._removals.items())
        return frozenset().union(*(values for (api, other), values in known if api == api_id and other != key))


class Session:
    """One process's share of a run: made in `configure`, never pickled. To make it sends nothing.

    Raises `InvalidInputs` with what is wrong with the settings or the reviewed plan. ``config`` returns the text of a
    configuration key such as ``auth0:domain``, and ``names`` are those of all keys that are set.
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
        self._aside, self._who_runs = ThreadPoolExecutor(1), cache(partial(run.who_runs, environ=environ))

    def user(self) -> Future[str]:
        """Return who runs it, for the record of what was applied: looked up once, beside all else."""
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
        self.client.pause(0)  # which ends an operation that is out of time
        self.messages.progress("waiting for another run on this machine to finish writing")
