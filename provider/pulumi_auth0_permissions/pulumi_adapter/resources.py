"""Keep what the hooks of one process know of the program's resources: their contexts, declarations and removals."""

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pulumi_auth0_permissions.core.model import Unmanaged
from pulumi_auth0_permissions.core.ownership import Declaration, Siblings, siblings_among
from pulumi_auth0_permissions.core.review import resource_name
from pulumi_auth0_permissions.core.validation import Inputs, Unknown
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import file_name_for
from pulumi_auth0_permissions.pulumi_adapter.state import Properties


@dataclass
class _Checked:
    """A resource that was checked."""

    context: Context
    inputs: str  # their digest: they themselves can be as large as everything else that is remembered
    api_id: str  # in the state; empty for a resource without state
    declares: Declaration
    is_done: bool = False  # whether its last hook has come


class Resources:
    """The program's resources, as recorded by `check`: later hooks get neither URN nor context.

    The engine calls `check` for each resource of the program before it deletes anything at the end of an update.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._checked: dict[str, _Checked] = {}  # by URN
        self._refreshed: set[str] = set()  # digests of inputs
        self._removals: dict[tuple[str, str], frozenset[str]] = {}  # by the API's id and who removes it
        self._turns: dict[str, threading.Lock] = {}

    def note(self, context: Context, inputs: Inputs, olds: Properties) -> None:
        """Record a resource with the inputs that the hooks after `check` will get, and its old properties."""
        digest = file_name_for(repr(inputs))
        declares = Declaration(
            resource_name(context.urn),
            inputs.api if isinstance(inputs.api, str) else "",
            frozenset(() if isinstance(inputs.permissions, Unknown) else inputs.permissions),
            state.managed(olds) if olds.get("api") == inputs.api else frozenset(),
            inputs.unmanaged is Unmanaged.REFUSE,
        )
        self._checked[context.urn or digest] = _Checked(context, digest, str(olds.get("api_id", "")), declares)

    def recall(self, inputs: Inputs, olds: Properties, *, is_last: bool = False) -> Context:
        """Return the context that `check` was called with for these inputs; an empty one if there is none.

        Of several, one whose last hook has not been called is preferred, then one with the same API and permissions.
        """
        digest, api_id, prior = file_name_for(repr(inputs)), str(olds.get("api_id", "")), state.managed(olds)
        with self._guard:
            same = [one for one in list(self._checked.values()) if one.inputs == digest]
            if not same:
                return Context()
            found = min(same, key=lambda one: (one.is_done, one.api_id != api_id, one.declares.prior != prior))
            found.is_done = found.is_done or is_last
            return found.context

    def refreshed(self, inputs: Inputs) -> None:
        """Record the inputs of a resource that is read: the engine then asks what differs, maybe among the checks."""
        self._refreshed.add(file_name_for(repr(inputs)))

    def recall_changed(self, inputs: Inputs, api_id: str) -> Context:
        """Return the context of the only resource with this API in the state, if these can be its changed inputs."""
        found = [one.context for one in list(self._checked.values()) if one.api_id == api_id]
        return found[0] if len(found) == 1 and file_name_for(repr(inputs)) not in self._refreshed else Context()

    def siblings(self, urn: str, api_names: Collection[str], noted: Iterable[Declaration] = ()) -> Siblings:
        """Return what other resources declare on an API, also by what the program has noted; ``""`` excludes none."""
        known = list(self._checked.items())
        named = [one for other, checked in known if urn in ("", other) for one in checked.context.others]
        return siblings_among([one.declares for other, one in known if other != urn], [*noted, *named], api_names)

    def turn(self, api_id: str) -> threading.Lock:
        """Return the lock that a resource holds from plan to write, so that guards count what others have removed."""
        return self._turns.setdefault(api_id, threading.Lock())

    def note_removals(self, api_id: str, key: str, values: Iterable[str]) -> None:
        """Record what a resource removes from an API in this operation."""
        self._removals[api_id, key] = frozenset(values)

    def removed_by_others(self, api_id: str, key: str) -> frozenset[str]:
        """Return what the other resources remove from an API in this operation."""
        known = list(self._removals.items())
        return frozenset().union(*(values for (api, other), values in known if api == api_id and other != key))
