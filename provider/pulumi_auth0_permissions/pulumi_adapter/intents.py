"""What a resource wants of an API: from its inputs, the stack's settings and the program's other resources."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.model import (
    Declaration,
    Intent,
    Policy,
    Removal,
    Siblings,
    Unmanaged,
    only,
    siblings_among,
    without,
)
from pulumi_auth0_permissions.core.review import resource_name
from pulumi_auth0_permissions.core.validation import Inputs, Unknown, typed_inputs, with_unknowns
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import file_name_for
from pulumi_auth0_permissions.settings import Settings

if TYPE_CHECKING:
    from pulumi_auth0_permissions.pulumi_adapter.session import Session

_PERMISSION_PATH = re.compile(r'permissions(?:\.(.+)|\["(.+)"\])', re.DOTALL)


def checked_inputs(properties: Mapping[str, object], settings: Settings) -> Inputs:
    """Return inputs that `check` has passed, typed; what they do not say is the stack's default."""
    known = with_unknowns(state.inputs_of(properties), EngineUnknown)
    return typed_inputs({"unmanaged": settings.unmanaged, "removal": settings.removal, **known})


def as_ignored(checked: Mapping[str, object], olds: Mapping[str, object], paths: Collection[str]) -> dict[str, object]:
    """Return inputs as the engine makes them of what `check` returns: what ``ignore_changes`` names is as it was."""
    names, values = _ignored(paths if olds else ())
    sources = {name: olds if name in names else checked for name in state.INPUT_NAMES}
    result = {name: source[name] for name, source in sources.items() if name in source}
    old, new = olds.get("permissions"), result.get("permissions")
    if values and isinstance(old, Mapping) and isinstance(new, Mapping):
        result["permissions"] = {**without(new, values), **only(old, values)}
    return result


def _ignored(paths: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what ``ignore_changes`` names, as Pulumi's property paths: whole inputs, and single permissions."""
    if "*" in paths:
        return frozenset(state.INPUT_NAMES), frozenset()
    names = {"permissions" if path in ("permissions[*]", "permissions.*") else path for path in paths}
    found = [_PERMISSION_PATH.fullmatch(path) for path in names]
    return frozenset(names), frozenset(one[1] or one[2].replace('\\"', '"') for one in found if one)


def applying(
    session: Session, context: Context, inputs: Inputs, prior: Collection[str], api_id: str, identifier: str
) -> Intent:
    """Return the intent to bring an API to what a resource declares, that has owned the ``prior`` values until now."""
    if isinstance(inputs.permissions, Unknown):
        raise TypeError("an intent needs known permissions")
    ignored, values = _ignored(context.ignored if prior else ())
    resources, urn = session.resources, context.urn
    names = {api_id, str(inputs.api), identifier}
    return Intent(
        api=api_id,
        desired=inputs.permissions,
        prior=frozenset(prior),
        unmanaged=inputs.unmanaged,
        renames=inputs.renames,
        policy=_policy(session.settings, inputs.removal, names, resources.removed_by_others(api_id, urn)),
        siblings=resources.siblings(urn, names) if urn else Siblings(),
        ignored=values,
        ignores_all="permissions" in ignored,
        unfinished=only(session.unfinished.of(api_id), prior),
    )


def leaving(session: Session, olds: Mapping[str, object], api_id: str) -> Intent:
    """Return the intent to remove what a resource of this run manages; its preview has found what is approved."""
    shown = session.records.load(leaving_key(api_id, olds))
    approved, noted = shown.approved if shown else (), session.records.declared()
    intent = removing(olds, session.settings, session.resources, api_id, noted, approved)
    return replace(intent, unfinished=only(session.unfinished.of(api_id), intent.prior))


def leaving_key(api_id: str, olds: Mapping[str, object]) -> str:
    """Return what the record of a resource that leaves an API goes by: `delete` is not given the URN."""
    return f"leaving {api_id} {json.dumps(sorted(state.managed(olds)))}"


def removing(
    olds: Mapping[str, object],
    settings: Settings,
    resources: Resources,
    api_id: str,
    noted: Iterable[Declaration],
    approved: Collection[str] = (),
) -> Intent:
    """Return the intent to remove from an API what a resource manages there, and no other one declares.

    Others are those that were checked, and those that the program has ``noted``.
    """
    names, removed = state.names_of(olds) | {api_id}, resources.removed_by_others(api_id, leaving_key(api_id, olds))
    policy = _policy(settings, checked_inputs(olds, settings).removal, names, removed)
    return Intent(
        api=api_id,
        desired={},
        prior=state.managed(olds),
        unmanaged=Unmanaged.KEEP,
        policy=replace(policy, destroying=True, approved=policy.approved.union(approved)),
        siblings=Siblings(declared=resources.siblings("", names, noted).declared),
    )


def _policy(settings: Settings, removal: Removal, names: Collection[str], removed_by_others: frozenset[str]) -> Policy:
    return Policy(
        removal=removal,
        approved=settings.approved_for(*names),
        max_removals=settings.max_removals,
        approvals=len(settings.approved_removals),
        removed_by_others=removed_by_others,
    )


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

    def note(self, context: Context, inputs: Inputs, olds: Mapping[str, object]) -> None:
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
            same = [one for one in list(self._checked.values()) if one.inputs == digest]
            if not same:
                return Context()
            found = min(same, key=lambda one: (one.is_done, one.api_id != api_id))
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
