"""What the hooks of one provider process share: settings, the client, what was observed, shown and declared."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.intent import Declaration, Siblings, siblings_among
from pulumi_auth0_permissions.core.text import join
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, MAX_APPLICATIONS_NAMED, HolderLookup
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.connection import client_for
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog
from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, locked
from pulumi_auth0_permissions.pulumi_adapter.records import InterruptedRenames, RunRecords, plan_folder
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.run import other_users, provider_run, who_runs
from pulumi_auth0_permissions.pulumi_adapter.state import Context
from pulumi_auth0_permissions.reconcile import Reconciler
from pulumi_auth0_permissions.settings import Settings


class Declarations:
    """What the resources of the program declare, as the hooks get to know it, and what they remove from each API.

    The engine calls `check` for each living resource before it deletes anything at the end of an update; what the
    program named besides comes with the context of each resource.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._noted: dict[str, tuple[Declaration, tuple[Declaration, ...]]] = {}
        self._removals: dict[str, dict[str, frozenset[str]]] = {}
        self._turns: dict[str, AbstractContextManager[object]] = {}

    def note(self, key: str, own: Declaration, named: Iterable[Declaration]) -> None:
        """Record what a resource declares, and what its program says of the others; the key is its URN."""
        with self._guard:
            self._noted[key] = own, tuple(named)

    def siblings(self, key: str, api_names: Collection[str], noted: Iterable[Declaration] = ()) -> Siblings:
        """Return what the resources other than ``key`` declare on an API; of all resources where ``key`` is empty.

        An API goes by its id and its identifier; ``noted`` is what the program has noted itself.
        """
        with self._guard:
            checked = [own for other, (own, _) in self._noted.items() if other != key]
            named = [one for other, (_, group) in self._noted.items() if key in ("", other) for one in group]
        return siblings_among(checked, [*noted, *named], api_names)

    def turn(self, api_id: str) -> AbstractContextManager[object]:
        """Return what a resource holds from its plan to its write: guards count what the others have removed."""
        with self._guard:
            return self._turns.setdefault(api_id, threading.RLock())

    def removes(self, api_id: str, key: str, values: Iterable[str]) -> None:
        """Record what a resource removes from an API in this operation."""
        with self._guard:
            self._removals.setdefault(api_id, {})[key] = frozenset(values)

    def removed_by_others(self, api_id: str, key: str) -> frozenset[str]:
        """Return what the other resources remove from an API in this operation."""
        with self._guard:
            of_api = self._removals.get(api_id, {})
            return frozenset().union(*(values for other, values in of_api.items() if other != key))


class Session:
    """One process's share of a run: made in `configure`, never pickled. To make it sends nothing.

    Args:
        config: returns the text of a configuration key such as ``auth0:domain``, or ``None``.
        environ: the environment.
        names: every configuration key that is set.
        connect: makes the client that the settings call for; ``None``: one that waits and gives up as it does for
            everybody, and says in the operation's output what it waits for.
        messages: where messages to the user go; the engine when not given.

    Raises:
        InvalidInputs: with what is wrong with the settings or the reviewed plan.
    """

    def __init__(
        self,
        config: Callable[[str], str | None],
        environ: Mapping[str, str] = os.environ,
        *,
        names: Iterable[str] = (),
        connect: Callable[[Settings], ManagementClient] | None = None,
        messages: EngineLog | None = None,
    ) -> None:
        self.settings = Settings.read(config, environ, tuple(names))
        self.tenant = self.settings.host
        self.reviewed = ReviewedPlan.read(environ, datetime.now(UTC))
        self.declarations = Declarations()
        self.messages = messages or EngineLog()
        self.records = RunRecords(provider_run(), complain=self.messages.warn)
        self.unfinished = InterruptedRenames(self.tenant)
        self.client = (connect or self._connect)(self.settings)
        self.reader = ApiReader(self.client)
        progress = self.messages.progress
        named = ALL_APPLICATIONS if plan_folder() else MAX_APPLICATIONS_NAMED
        self.holders = HolderLookup(self.client, on_progress=progress, max_applications_named=named)
        self.reconciler = Reconciler(
            self.client, lock=self._lock, note_renames=self.unfinished.note, on_progress=progress
        )
        self._environ = environ
        self._guard = threading.Lock()
        self._user: Future[str] | None = None
        self._contexts: list[tuple[str, str, Context]] = []  # fingerprint of the inputs, the API's id, context
        self._has_looked_for_others = False

    def _connect(self, settings: Settings) -> ManagementClient:
        return client_for(
            settings,
            warn=self.messages.warn,
            on_wait=lambda seconds, reason: self.messages.progress(f"waiting {seconds:.0f} s for {reason}"),
        )

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
        return locked(
            f"{self.settings.domain} {name}",
            wait=wait,
            on_wait=lambda: self.messages.progress("waiting for another run on this machine, which is writing"),
            check=lambda: self.client.pause(0),  # which ends an operation that is out of time
            complain=self.messages.warn,
        )

    def remember(self, inputs: Mapping[str, object], context: Context, api_id: str) -> None:
        """Keep the context of a resource for the hooks that come after `check` and are given its inputs only.

        The API's id is that of the state; empty for a resource without state.
        """
        fingerprint = _fingerprint(inputs)
        with self._guard:
            if all(known[0] != fingerprint or known[2].urn != context.urn for known in self._contexts):
                self._contexts.append((fingerprint, api_id, context))

    def recall(self, inputs: Mapping[str, object], api_id: str = "", *, take: bool = False) -> Context:
        """Return the context that `check` was called with for these inputs; an empty one if there is none.

        The API's id in the state tells two resources with the same inputs apart. The last hook of a resource takes the
        context, so that the next one with the same inputs is another resource.
        """
        fingerprint = _fingerprint(inputs)
        with self._guard:
            known = [one for one in self._contexts if one[0] == fingerprint]
            known.sort(key=lambda one: one[1] != api_id)
            if take and len(known) > 1:
                self._contexts.remove(known[0])
        return known[0][2] if known else Context()

    def recall_by_state(self, api_id: str) -> Context:
        """Return the context of the only resource that has this API in the state; an empty one if there are others."""
        with self._guard:
            found = {context.urn: context for _, of_api, context in self._contexts if of_api == api_id}
        return next(iter(found.values())) if len(found) == 1 else Context()


def _fingerprint(inputs: Mapping[str, object]) -> str:
    """Return a short name for the inputs: they themselves can be as large as everything else that is remembered."""
    return file_name_for(
        json.dumps(state.inputs_of(inputs), sort_keys=True, default=lambda value: type(value).__name__)
    )
