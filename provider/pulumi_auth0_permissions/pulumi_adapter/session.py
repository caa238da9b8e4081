"""What the hooks of one provider process share: settings, the client, what was observed, shown and declared."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.intent import Declaration, Siblings, siblings_among
from pulumi_auth0_permissions.core.model import Unmanaged
from pulumi_auth0_permissions.core.review import resource_name
from pulumi_auth0_permissions.core.text import join
from pulumi_auth0_permissions.core.validation import Inputs, Unknown
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, MAX_APPLICATIONS_NAMED, HolderLookup
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.connection import client_for
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog
from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, locked
from pulumi_auth0_permissions.pulumi_adapter.records import InterruptedRenames, RunRecords, plan_folder
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.run import current_run, other_users, who_runs
from pulumi_auth0_permissions.pulumi_adapter.state import Context
from pulumi_auth0_permissions.reconcile import Reconciler
from pulumi_auth0_permissions.settings import Settings


@dataclass
class _Checked:
    """A resource that was checked."""

    context: Context
    inputs: str  # their digest: they themselves can be as large as everything else that is remembered
    api_id: str  # in the state; empty for a resource without state
    declares: Declaration
    is_done: bool = False  # whether its last hook has come


class Program:
    """The resources of the program, as the hooks get to know them, and what they remove from each API.

    The engine calls `check` for each living resource before it deletes anything at the end of an update; what the
    program named besides comes with the context of each resource. The hooks after `check` are given no URN.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._checked: dict[str, _Checked] = {}  # by URN
        self._removals: dict[tuple[str, str], frozenset[str]] = {}  # by the API's id and who removes it
        self._turns: dict[str, AbstractContextManager[object]] = {}

    def note(self, context: Context, given: Mapping[str, object], inputs: Inputs, olds: Mapping[str, object]) -> None:
        """Record a resource with the inputs that the hooks after `check` are given, these typed, and the old ones."""
        digest, api_id = _digest_of(given), olds.get("api_id")
        declares = Declaration(
            resource_name(context.urn),
            inputs.api if isinstance(inputs.api, str) else "",
            frozenset(() if isinstance(inputs.permissions, Unknown) else inputs.permissions),
            state.managed(olds) if olds.get("api") == inputs.api else frozenset(),
            inputs.unmanaged is Unmanaged.REFUSE,
        )
        with self._guard:
            checked = _Checked(context, digest, api_id if isinstance(api_id, str) else "", declares)
            self._checked[context.urn or digest] = checked

    def recall(self, inputs: Mapping[str, object], api_id: str, *, is_last: bool = False) -> Context:
        """Return the context that `check` was called with for these inputs; an empty one if there is none.

        Of several resources with the same inputs, those go first whose last hook has not come, then the one with this
        API in the state.
        """
        digest = _digest_of(inputs)
        with self._guard:
            same = [one for one in self._checked.values() if one.inputs == digest]
            if not same:
                return Context()
            found = min(same, key=lambda one: (one.is_done, one.api_id != api_id))
            found.is_done = found.is_done or is_last
            return found.context

    def recall_by_state(self, api_id: str) -> Context:
        """Return the context of the only resource that has this API in the state; an empty one if there are others."""
        with self._guard:
            found = [one.context for one in self._checked.values() if one.api_id == api_id]
        return found[0] if len(found) == 1 else Context()

    def siblings(self, urn: str, api_names: Collection[str], noted: Iterable[Declaration] = ()) -> Siblings:
        """Return what other resources declare on an API; all resources where the URN is empty.

        An API goes by its id and its identifier; ``noted`` is what the program has noted itself.
        """
        with self._guard:
            known = list(self._checked.items())
        named = [one for other, checked in known if urn in ("", other) for one in checked.context.others]
        return siblings_among([one.declares for other, one in known if other != urn], [*noted, *named], api_names)

    def turn(self, api_id: str) -> AbstractContextManager[object]:
        """Return what a resource holds from its plan to its write: guards count what the others have removed."""
        with self._guard:
            return self._turns.setdefault(api_id, threading.Lock())

    def removes(self, api_id: str, key: str, values: Iterable[str]) -> None:
        """Record what a resource removes from an API in this operation."""
        with self._guard:
            self._removals[api_id, key] = frozenset(values)

    def removed_by_others(self, api_id: str, key: str) -> frozenset[str]:
        """Return what the other resources remove from an API in this operation."""
        with self._guard:
            others = [values for (api, other), values in self._removals.items() if api == api_id and other != key]
        return frozenset().union(*others)


class Session:
    """One process's share of a run: made in `configure`, never pickled. To make it sends nothing.

    Args:
        config: returns the text of a configuration key such as ``auth0:domain``, or ``None``.
        environ: the environment.
        names: every configuration key that is set.
        client: of the tenant; ``None``: the one that the settings call for.
        messages: where messages to the user go; ``None``: the engine.

    Raises:
        InvalidInputs: with what is wrong with the settings or the reviewed plan.
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
        self.program = Program()
        self.messages = messages or EngineLog()
        warn, progress = self.messages.warn, self.messages.progress
        self.records = RunRecords(current_run(), complain=warn)
        self.unfinished = InterruptedRenames(self.tenant)
        self.client = client or client_for(self.settings, warn=warn, on_wait=self.messages.waiting)
        self.reader = ApiReader(self.client)
        named = ALL_APPLICATIONS if plan_folder() else MAX_APPLICATIONS_NAMED
        self.holders = HolderLookup(self.client, on_progress=progress, max_applications_named=named)
        self.reconciler = Reconciler(
            self.client, lock=self._lock, note_renames=self.unfinished.note, on_progress=progress
        )
        self._environ = environ
        self._guard = threading.Lock()
        self._user: Future[str] | None = None
        self._has_looked_for_others = False

    def user(self) -> Future[str]:
        """Return who runs it, for the record of what was applied: asked once, while the API is written to."""
        with self._guard:
            if self._user is None:
                self._user = ThreadPoolExecutor(1).submit(who_runs, environ=self._environ)
            return self._user

    def _lock(self, name: str, wait: bool, /) -> AbstractContextManager[bool]:  # noqa: FBT001 - a Lock
        """Return the lock by which one process at a time writes to an API on this machine."""
        if not self._has_looked_for_others:
            self._has_looked_for_others = True
            if others := other_users():
                self.messages.warn(
                    f"{join(others)} {'runs' if len(others) == 1 else 'run'} Pulumi on this machine too, as another "
                    "user: runs of one user take turns in writing to an API, those of several users do not."
                )
        return locked(f"{self.settings.domain} {name}", wait=wait, on_wait=self._wait, complain=self.messages.warn)

    def _wait(self) -> None:
        self.client.pause(0)  # which ends an operation that is out of time
        self.messages.progress("waiting for another run on this machine, which is writing")


def _digest_of(inputs: Mapping[str, object]) -> str:
    text = json.dumps(state.inputs_of(inputs), sort_keys=True, default=lambda value: type(value).__name__)
    return file_name_for(text)
