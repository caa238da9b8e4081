"""What the hooks of one provider process share: settings, the client, what was observed, what was shown."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.text import join
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, MAX_APPLICATIONS_NAMED, HolderLookup
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.connection import client_for
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.declarations import Declarations, left_declarations
from pulumi_auth0_permissions.pulumi_adapter.interrupted_renames import InterruptedRenames
from pulumi_auth0_permissions.pulumi_adapter.locks import locked
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog, Progress
from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords, is_asked_for
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.run import current_run, other_users, who_runs
from pulumi_auth0_permissions.reconcile import Reconciler
from pulumi_auth0_permissions.settings import Settings

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Declaration

_T = TypeVar("_T")


class _once(Generic[_T]):  # noqa: N801 - used like `property`
    """A property that is made when it is first asked for, once, whichever thread comes first."""

    def __init__(self, make: Callable[[Any], _T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, session: Session, _owner: type | None = None) -> _T:
        with session._making:  # noqa: SLF001 - a property of the session
            made = session.__dict__
            if self._name not in made:
                made[self._name] = self._make(session)
            found: _T = made[self._name]
            return found


@dataclass(frozen=True, slots=True)
class Remembered:
    """What `check` was called with.

    Attributes:
        context: the context.
        api_id: the API's id in the state; empty for a resource without state.
    """

    context: Context
    api_id: str


class Session:
    """One process's share of a run: made in `configure`, never pickled.

    What needs the network is made when it is first asked for; bad settings are reported by every resource that
    would have used them.

    Args:
        config: returns the text of a configuration key such as ``auth0:domain``, or ``None``.
        environ: the environment.
        names: every configuration key that is set.
        connect: makes the client that the settings call for; ``None``: one that waits and gives up as it does for
            everybody, and says in the operation's output what it waits for.
        records: what previews of this run showed; those of the run that this process belongs to when not given.
        messages: where messages to the user go; the engine when not given.
    """

    def __init__(
        self,
        config: Callable[[str], str | None],
        environ: Mapping[str, str] = os.environ,
        *,
        names: Iterable[str] = (),
        connect: Callable[[Settings], ManagementClient] | None = None,
        records: PreviewRecords | None = None,
        messages: EngineLog | None = None,
    ) -> None:
        self._config = config
        self._environ = environ
        self._names = tuple(names)
        self._connect = connect or self._client_for
        self._making = threading.RLock()
        self._contexts: dict[str, list[Remembered]] = {}
        self._has_looked_for_others = False
        self.declarations = Declarations()
        self.messages = messages or EngineLog()
        self.records = records or PreviewRecords(current_run(), complain=self.messages.warn)
        self.progress = Progress(self.records.planned)
        self.reader = ApiReader(lambda: self.client)

    def _client_for(self, settings: Settings) -> ManagementClient:
        return client_for(
            settings,
            warn=self.messages.warn,
            on_wait=lambda seconds, reason: self.messages.progress(self.progress.waiting(seconds, reason)),
        )

    @_once
    def settings(self) -> Settings:
        """The settings.

        Raises:
            InvalidInputs: with everything that is wrong with them.
        """
        return Settings.read(self._config, self._environ, self._names)

    @property
    def tenant(self) -> str:
        """The tenant's host, with its port where it has one."""
        return self.settings.host

    @property
    def unfinished(self) -> InterruptedRenames:
        """Renames that were cut short."""
        return InterruptedRenames(self.tenant)

    @_once
    def user(self) -> str:
        """Who runs it, for the record of what was applied; empty where the back end does not say."""
        return who_runs(environ=self._environ)

    @_once
    def reviewed(self) -> ReviewedPlan | None:
        """The reviewed plan that the run is held to.

        Raises:
            InvalidInputs: there is to be one, and it cannot be used.
        """
        return ReviewedPlan.read(self._environ, datetime.now(UTC))

    @_once
    def client(self) -> ManagementClient:
        """The Management API client."""
        return self._connect(self.settings)

    @_once
    def holders(self) -> HolderLookup:
        """Who holds what, as far as a preview shows it: looked up once for all resources."""
        named = ALL_APPLICATIONS if is_asked_for(self._environ) else MAX_APPLICATIONS_NAMED
        return HolderLookup(self.client, on_progress=self.messages.progress, max_applications_named=named)

    @_once
    def reconciler(self) -> Reconciler:
        """The reconciler; on this machine, one process at a time writes to an API."""
        return Reconciler(
            self.client, lock=self._lock, note_renames=self.unfinished.note, on_progress=self.messages.progress
        )

    def declared_by_program(self) -> tuple[Declaration, ...]:
        """Return what the run's program declares, as it has noted itself; nothing where all is destroyed."""
        try:
            return () if self.records.is_destroying else left_declarations(self.records.folder())
        except OSError:
            return ()

    def _lock(self, name: str, wait: bool, /) -> AbstractContextManager[bool]:  # noqa: FBT001 - a Lock
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

    def remember(self, inputs: Mapping[str, object], context: Context, *, api_id: str) -> None:
        """Keep the context of a resource for the hooks that come after `check` and are given its inputs only.

        Args:
            inputs: the checked inputs.
            context: the context.
            api_id: the API's id in the state; empty for a resource without state.
        """
        with self._making:
            known = self._contexts.setdefault(_fingerprint(inputs), [])
            if all(one.context.urn != context.urn for one in known):
                known.append(Remembered(context, api_id))

    def recall(self, inputs: Mapping[str, object], *, api_id: str = "", take: bool = False) -> Context:
        """Return the context that `check` was called with for these inputs; an empty one if there is none.

        Args:
            inputs: the inputs that a hook was given.
            api_id: the API's id in the state; tells two resources with the same inputs apart.
            take: whether the hook is the last one for the resource, so that the next one with the same inputs is
                another resource.
        """
        with self._making:
            known = self._contexts.get(_fingerprint(inputs), [])
            found = next((one for one in known if one.api_id == api_id), known[0] if known else None)
            if found is None:
                return Context()
            if take and len(known) > 1:
                known.remove(found)
            return found.context

    def recall_by_state(self, api_id: str) -> Context:
        """Return the context of the only resource that has this API in the state; an empty one if there are others."""
        with self._making:
            found = {
                one.context.urn: one.context
                for known in self._contexts.values()
                for one in known
                if one.api_id == api_id
            }
        return next(iter(found.values())) if len(found) == 1 else Context()


def _fingerprint(inputs: Mapping[str, object]) -> str:
    """Return a short name for the inputs: they themselves can be as large as everything else that is remembered."""
    return file_name_for(
        json.dumps(state.inputs_of(inputs), sort_keys=True, default=lambda value: type(value).__name__)
    )
