"""Observe, assess, apply, verify: bring one API's permissions to what is desired.

Level-based: every attempt starts from what is observed now and does what is still missing. A write whose answer
was lost is not repeated blindly; the next attempt looks, and finds it done or not done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, raise_on_conflict
from pulumi_auth0_permissions.core.errors import UnsafePlan, VerificationFailed
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.model import Api, Holder, Impact, Kind, Permissions, Removal
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import judge, needed_scopes
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.grants import Grants
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.rivals import rivals_of
from pulumi_auth0_permissions.turns import Lock, Turns, no_lock


@dataclass(frozen=True, slots=True)
class Assessment:
    """What would happen; nothing was written.

    Attributes:
        api: the API as observed.
        plan: what would be done.
        impact: who is hit, where something is removed and it was looked up.
        objections: what stops the plan, one message each.
    """

    api: Api
    plan: Plan
    impact: Impact | None
    objections: tuple[str, ...]


def assess(
    client: ManagementClient, holders: HolderLookup, intent: Intent, api: Api, *, with_impact: bool = True
) -> Assessment:
    """Plan and judge what applying the intent to the API as observed would do.

    Args:
        client: the Management API client.
        holders: looks up who is hit by a removal.
        intent: what is wanted.
        api: the API as observed.
        with_impact: whether to look up who is hit also where the policy does not need it.
    """
    plan = compute_plan(intent, api.permissions)
    wanted = plan.removes and not api.is_system and (with_impact or intent.needs_holders)
    return _judged(client, intent, api, plan, holders.look_up(api, plan.removes) if wanted else None)


def _judged(client: ManagementClient, intent: Intent, api: Api, plan: Plan, impact: Impact | None) -> Assessment:
    """Fetch what the token may do, where the plan needs anything of it, and judge."""
    needed = needed_scopes(plan, intent.policy.removal, impact)
    granted = client.granted_scopes(needed) if needed else None
    objections = judge(plan, intent.policy, impact, granted, api)
    return Assessment(api, plan, impact, objections)


class RenameMemory(Protocol):
    """What remembers renames that may be cut short."""

    def remember(self, api_id: str, renames: Mapping[str, str]) -> None:
        """Note renames, old value → new value, before their first write."""

    def forget(self, api_id: str, renamed: Collection[str]) -> None:
        """Drop the renames of these old values, which are done."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What has happened.

    Attributes:
        api: the API as it is now.
        plan: what was done, over all attempts; empty when nothing had to be.
        moved: roles and client grants whose access was taken or handed over.
        rivals: what is to be said of others who wrote at the same moment.
    """

    api: Api
    plan: Plan
    moved: tuple[Holder, ...] = ()
    rivals: tuple[str, ...] = ()


class Reconciler:
    """Applies intents to the APIs of one tenant.

    Args:
        client: the Management API client.
        renames: remembers renames from their first write to their last.
        on_progress: called with how far a long look-up of holders is.
        lock: held from a read to its write, so that the writers of one machine take turns.
    """

    def __init__(
        self,
        client: ManagementClient,
        *,
        renames: RenameMemory | None = None,
        on_progress: Callable[[str], None] | None = None,
        lock: Lock = no_lock,
    ) -> None:
        self._client = client
        self._renames = renames
        self._on_progress = on_progress
        self._turns = Turns(client, lock)
        self._grants = Grants(client, self._turns)

    def apply(self, intent: Intent, shown_changes: ApprovedChanges | None) -> Applied:
        """Do what the intent still needs, once more observed right before each write.

        Where access has to move (``revoke``, renames): what is new is added, then access is handed over and taken,
        then what goes is deleted. Cut short at any point, the next call does the rest.

        Args:
            intent: what is wanted.
            shown_changes: what the user saw; nothing beyond it is done. ``None``: the user chose to see nothing of
                a resource that has no state yet.

        Raises:
            Conflict: the API moved, and going on would do what was not shown.
            UnsafePlan: the policy stands against the plan.
            VerificationFailed: the API answered with another set than was sent.
            ManagementApiError: the API could not be read or written.
        """
        if not intent.needs_holders:
            return self._settle(intent, shown_changes, None, _final)
        api = self._client.get_api(intent.api)
        noted, intent = intent.unfinished, intent.begun_on(api.permissions)
        # Looked up anew: what an earlier look-up has seen may have changed.
        holders = HolderLookup(self._client, on_progress=self._on_progress)
        plan = compute_plan(intent, api.permissions)
        impact = holders.look_up(api, plan.removes) if plan.removes else None
        _raise_if_stopped(
            _judged(self._client, intent, api, plan, impact), shown_changes, moves_access=intent.moves_access
        )
        moved: tuple[Holder, ...] = ()
        if impact is not None:
            moved = self._move_access(intent, shown_changes, api, plan, impact)
        settled = self._settle(intent, shown_changes, impact, _final, underway=impact is not None)
        renamed = {*noted, *(change.value for change in plan.of_kind(Kind.RENAME))}
        if self._renames is not None and renamed:
            self._renames.forget(api.id, renamed)
        return Applied(settled.api, plan, moved, settled.rivals)

    def _move_access(
        self, intent: Intent, shown_changes: ApprovedChanges | None, api: Api, plan: Plan, impact: Impact
    ) -> tuple[Holder, ...]:
        """Hand access over to new names and take it from what goes; what is new is on the API by then."""
        renames = {change.value: change.renamed_to for change in plan.changes if change.renamed_to is not None}
        given: tuple[Holder, ...] = ()
        if renames:
            if self._renames is not None and plan.interim != api.permissions:
                self._renames.remember(api.id, renames)
            self._settle(intent, shown_changes, impact, _interim)
            given = self._grants.hand_over(api, impact, renames)
        # A grant that keeps a dead value cannot be edited any more, so old names are taken from everybody.
        gone = plan.removes if intent.policy.removal is Removal.REVOKE else tuple(renames)
        taken = self._grants.revoke(api, impact, gone)
        return tuple(dict.fromkeys((*given, *taken)))

    def _settle(
        self,
        intent: Intent,
        shown_changes: ApprovedChanges | None,
        impact: Impact | None,
        target_of: Callable[[Plan], Permissions],
        *,
        underway: bool = False,
    ) -> Applied:
        """Read and, where something is missing, write, until the API holds the target or an error is final.

        ``underway`` tells that steps before this one may have written something already.
        """
        first: Plan | None = None

        def decide(api: Api, may_be_done: bool) -> Permissions | None:  # noqa: FBT001 - as settle has it
            nonlocal first
            plan = compute_plan(intent, api.permissions)
            first = first or plan
            assessment = _judged(self._client, intent, api, plan, impact)
            _raise_if_stopped(assessment, shown_changes, underway=underway or may_be_done)
            target = target_of(plan)
            return None if target == api.permissions else target

        settled = self._turns.settle(intent.api, lambda: self._client.get_api(intent.api), decide, self._write)
        assert first is not None  # noqa: S101 - settle has decided
        if settled.after is settled.before:
            return Applied(settled.after, first)
        rivals = rivals_of(self._client, settled.before, settled.after.permissions, settled.asked_at)
        return Applied(settled.after, first, rivals=rivals)

    def _write(self, api: Api, target: Permissions) -> Api:
        """Write the list and hold the answer against what was meant."""
        answer = self._client.replace_permissions(api.id, target)
        if answer.permissions != target:
            raise VerificationFailed(_what_differs(api, target, answer.permissions))
        return answer


def _final(plan: Plan) -> Permissions:
    return plan.result


def _interim(plan: Plan) -> Permissions:
    return plan.interim


def _raise_if_stopped(
    assessment: Assessment, shown_changes: ApprovedChanges | None, *, underway: bool = False, moves_access: bool = False
) -> None:
    """Raise what stands between a plan and its write: somebody else's change first, then the policy."""
    if shown_changes is not None:
        impact = assessment.impact if moves_access else None
        raise_on_conflict(
            assessment.plan, shown_changes, api=assessment.api.identifier, impact=impact, underway=underway
        )
    if assessment.objections:
        raise UnsafePlan("\n".join((f"refused on {escape(assessment.api.identifier)}:", *assessment.objections)))


def _what_differs(api: Api, meant: Permissions, answered: Permissions) -> str:
    missing = [value for value in meant if value not in answered]
    added = [value for value in answered if value not in meant]
    other = [value for value in meant if value in answered and answered[value] != meant[value]]
    facts = [
        f"{what}: {join(values)}"
        for what, values in (("not there", missing), ("not sent", added), ("described differently", other))
        if values
    ]
    return (
        f"{escape(api.identifier)} answered the write with other permissions than were sent ({'; '.join(facts)}). "
        "Run `pulumi refresh`, then `pulumi preview`, to see what is there now."
    )
