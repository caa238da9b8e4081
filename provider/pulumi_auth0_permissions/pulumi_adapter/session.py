"""What the hooks of one provider process share: settings, the client, what was observed, what was shown."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.assessment import Assessor
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.core.wording import listed
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.declarations import Declarations, left_declarations
from pulumi_auth0_permissions.pulumi_adapter.interrupted_renames import UnfinishedRenames
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog, Progress
from pulumi_auth0_permissions.pulumi_adapter.plan_files import is_asked_for
from pulumi_auth0_permissions.pulumi_adapter.private_files import token_for
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.run import current_run, other_users
from pulumi_auth0_permissions.settings import Settings

if TYPE_CHECKING:
    from pulumi_auth0_permissions.auth0.client import ManagementClient
    from pulumi_auth0_permissions.auth0.models import Api
    from pulumi_auth0_permissions.auth0.token import TokenStore
    from pulumi_auth0_permissions.core.holders import Impact
    from pulumi_auth0_permissions.core.ownership import Declaration
    from pulumi_auth0_permissions.impact import ImpactLookup
    from pulumi_auth0_permissions.reconciler import Reconciler

__all__ = ["Session"]


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
        sleep: pauses for seconds between two looks at an API after a lost answer; the client when not given.
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
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._config = config
        self._environ = environ
        self._names = tuple(names)
        self._connect = connect or self._client_for
        self._sleep = sleep
        self._making = threading.RLock()
        self._contexts: dict[str, list[Remembered]] = {}
        self._has_looked_for_others = False
        self.declarations = Declarations()
        self.messages = messages or EngineLog()
        self.records = records or PreviewRecords(current_run(), complain=self.messages.warn)
        self.progress = Progress(self.records.planned)
        self.reader = ApiReader(lambda: self.client)

    @cached_property
    def _settings(self) -> Settings:
        return Settings.read(self._config, self._environ, self._names)

    @cached_property
    def _client(self) -> ManagementClient:
        return self._connect(self.settings)

    def _client_for(self, settings: Settings) -> ManagementClient:
        # Brings `requests`, which only a process that talks to the API has to load.
        from pulumi_auth0_permissions.auth0.client import ManagementClient

        return ManagementClient(
            settings.domain,
            settings.credentials,
            audience=settings.audience,
            custom_domain=settings.custom_domain,
            tokens=self._kept_token(settings),
            requests_per_second=settings.requests_per_second,
            on_wait=lambda seconds, reason: self.messages.progress(self.progress.waiting(seconds, reason)),
        )

    def _kept_token(self, settings: Settings) -> TokenStore | None:
        if not settings.reuses_token:
            return None
        from pulumi_auth0_permissions.pulumi_adapter.token_file import kept_token

        return kept_token(settings, self.messages.warn)

    @property
    def settings(self) -> Settings:
        """The settings.

        Raises:
            InvalidInputs: with everything that is wrong with them.
        """
        with self._making:
            return self._settings

    @property
    def tenant(self) -> str:
        """The tenant's host, with its port where it has one."""
        return self.settings.host

    @property
    def unfinished(self) -> UnfinishedRenames:
        """Renames that were cut short."""
        return UnfinishedRenames(self.tenant)

    @property
    def reviewed(self) -> ReviewedPlan | None:
        """The reviewed plan that the run is held to.

        Raises:
            InvalidInputs: there is to be one, and it cannot be used.
        """
        with self._making:
            return self._reviewed

    @cached_property
    def _reviewed(self) -> ReviewedPlan | None:
        return ReviewedPlan.read(self._environ, datetime.now(UTC))

    @property
    def client(self) -> ManagementClient:
        """The Management API client."""
        with self._making:
            return self._client

    @cached_property
    def _impact(self) -> ImpactLookup:
        return self._new_lookup()

    def _new_lookup(self) -> ImpactLookup:
        from pulumi_auth0_permissions.impact import ImpactLookup

        return ImpactLookup(self.client, on_progress=self.messages.progress, names_all=is_asked_for(self._environ))

    def _holders(self, api: Api, values: Sequence[str]) -> Impact:
        with self._making:  # since Python 3.12, `cached_property` has no lock of its own
            lookup = self._impact
        return lookup.look_up(api, values)

    def _holders_now(self, api: Api, values: Sequence[str]) -> Impact:
        """Look up holders for a removal that depends on them: what an earlier pass has seen may have changed."""
        return self._new_lookup().look_up(api, values)

    def declared_by_program(self) -> tuple[Declaration, ...]:
        """Return what the run's program declares, as it has noted itself; nothing where all is destroyed."""
        try:
            return () if self.records.is_destroying else left_declarations(self.records.folder())
        except OSError:
            return ()

    @property
    def assessor(self) -> Assessor:
        """What tells a preview what would be done."""
        with self._making:
            return self._assessor

    @property
    def reconciler(self) -> Reconciler:
        """The reconciler; on this machine, one process at a time writes to an API."""
        with self._making:
            return self._reconciler

    @cached_property
    def _assessor(self) -> Assessor:
        return Assessor(self.client, self._holders)

    @cached_property
    def _reconciler(self) -> Reconciler:
        # What only a process that writes has to load.
        from pulumi_auth0_permissions.access import Access
        from pulumi_auth0_permissions.reconciler import Reconciler
        from pulumi_auth0_permissions.rivals import RivalWatch

        return Reconciler(
            self.client,
            self._holders_now,
            Access(self.client, lock=self._lock, sleep=self._sleep or self.client.pause),
            renames=self.unfinished,
            rivals=RivalWatch(self.client),
            lock=self._lock,
            sleep=self._sleep or self.client.pause,
        )

    def _lock(self, name: str, wait: bool, /) -> AbstractContextManager[bool]:  # noqa: FBT001 - a Lock
        # What only a process that writes has to load.
        from pulumi_auth0_permissions.pulumi_adapter.locks import locked

        if not self._has_looked_for_others:
            self._has_looked_for_others = True
            if others := other_users():
                self.messages.warn(
                    f"{listed(others)} {'runs' if len(others) == 1 else 'run'} Pulumi on this machine too, as another "
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
    return token_for(json.dumps(state.inputs_of(inputs), sort_keys=True, default=lambda value: type(value).__name__))
