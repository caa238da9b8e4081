"""Observe, assess, apply, verify: bring one API's permissions to what is desired.

Level-based: every attempt starts from what is observed now and does what is still missing. A write whose answer
was lost is not repeated blindly; the next attempt looks, and finds it done or not done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from pulumi_auth0_permissions.access import Access
from pulumi_auth0_permissions.assessment import Assessment, Assessor, HoldersLookup, ScopesPort
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, RateLimited
from pulumi_auth0_permissions.auth0.models import Api
from pulumi_auth0_permissions.core.changes import Kind
from pulumi_auth0_permissions.core.conflicts import Shown, raise_on_conflict
from pulumi_auth0_permissions.core.errors import UnsafePlan, VerificationFailed
from pulumi_auth0_permissions.core.holders import Holder, Impact
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.modes import Removal
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.core.plan import Plan
from pulumi_auth0_permissions.core.wording import listed, shown
from pulumi_auth0_permissions.rivals import RivalWatch, Window
from pulumi_auth0_permissions.turns import Lock, PacePort, no_lock, turn

__all__ = ["Applied", "ManagementPort", "Reconciler"]

MAX_ATTEMPTS = 4  # reads of the API per operation, each followed by at most one write
FIRST_PAUSE_S = 0.5  # before the second attempt after a lost answer; doubled each time


class ManagementPort(ScopesPort, PacePort, Protocol):
    """What the reconciler needs of a Management API client."""

    def get_api(self, api: str) -> Api:
        """Return the API of that identifier or id."""

    def replace_permissions(self, api_id: str, permissions: PermissionSet) -> Api:
        """Write the whole list, once, and return what the API answered."""


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
        management: the Management API.
        holders: looks up who holds permissions of an API.
        access: takes and hands over access.
        renames: remembers renames from their first write to their last.
        rivals: looks for writes at the same moment; ``None``: nobody looks.
        lock: a lock by its name, held from a read to its write, so that the writers of one machine take turns; waits
            for it if asked to, and gives whether it is held.
        sleep: pauses for seconds.
    """

    def __init__(
        self,
        management: ManagementPort,
        holders: HoldersLookup,
        access: Access,
        *,
        renames: RenameMemory | None = None,
        rivals: RivalWatch | None = None,
        lock: Lock = no_lock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._management = management
        self._assessor = Assessor(management, holders)
        self._holders = holders
        self._access = access
        self._renames = renames
        self._rivals = rivals
        self._lock = lock
        self._sleep = sleep

    def apply(self, intent: Intent, shown_changes: Shown | None) -> Applied:
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
        api = self._management.get_api(intent.api)
        noted, intent = intent.unfinished, intent.begun_on(api.permissions)
        plan = intent.plan_for(api.permissions)
        impact = self._holders(api, plan.removes) if plan.removes else None
        _raise_if_stopped(
            self._assessor.judge(intent, api, plan, impact), shown_changes, moves_access=intent.moves_access
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
        self, intent: Intent, shown_changes: Shown | None, api: Api, plan: Plan, impact: Impact
    ) -> tuple[Holder, ...]:
        """Hand access over to new names and take it from what goes; what is new is on the API by then."""
        renames = {change.value: change.new.value for change in plan.of_kind(Kind.RENAME) if change.new}
        given: tuple[Holder, ...] = ()
        if renames:
            if self._renames is not None and plan.interim != api.permissions:
                self._renames.remember(api.id, renames)
            self._settle(intent, shown_changes, impact, _interim)
            given = self._access.hand_over(api, impact, renames)
        # A grant that keeps a dead value cannot be edited any more, so old names are taken from everybody.
        gone = plan.removes if intent.policy.removal is Removal.REVOKE else tuple(renames)
        taken = self._access.revoke(api, impact, gone)
        return tuple(dict.fromkeys((*given, *taken)))

    def _settle(
        self,
        intent: Intent,
        shown_changes: Shown | None,
        impact: Impact | None,
        target_of: Callable[[Plan], PermissionSet],
        *,
        underway: bool = False,
    ) -> Applied:
        """Read and, where something is missing, write, until the API holds the target or an error is final.

        ``underway`` tells that steps before this one may have written something already.
        """
        first: Plan | None = None
        lost: ManagementApiError | None = None  # a write of which nobody knows whether it was carried out
        for attempt in range(1, MAX_ATTEMPTS + 1):
            # Both requests have their place in the rate limit before the first is sent: the time in which a
            # rival's write could go unseen is one round trip, not a wait.
            after: Api | None = None
            with turn(self._management, self._lock, intent.api):
                opened = datetime.now(UTC)
                try:
                    api = self._management.get_api(intent.api)
                except RateLimited as error:
                    if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                        raise lost or error from error
                    continue  # the next turn waits until there is room again
                except ManagementApiError as error:
                    if lost is None:
                        raise
                    raise lost from error
                plan = intent.plan_for(api.permissions)
                first = first or plan
                judged = self._assessor.judge(intent, api, plan, impact)
                _raise_if_stopped(judged, shown_changes, underway=underway or lost is not None)
                target = target_of(plan)
                if target == api.permissions:
                    return Applied(api, first)
                try:
                    after = self._write(api, target)
                except ManagementApiError as error:
                    if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                        raise
                    lost = None if error.nothing_was_written else error
                    pause_s = getattr(error, "retry_after_s", None) or FIRST_PAUSE_S * 2 ** (attempt - 1)
            if after is not None:
                window = Window(opened, api.permissions, target)
                return Applied(after, first, rivals=self._rivals.look(api, window) if self._rivals else ())
            self._sleep(pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _write(self, api: Api, target: PermissionSet) -> Api:
        """Write the list and hold the answer against what was meant."""
        answer = self._management.replace_permissions(api.id, target)
        if answer.permissions != target:
            raise VerificationFailed(_what_differs(api, target, answer.permissions))
        return answer


def _final(plan: Plan) -> PermissionSet:
    return plan.result


def _interim(plan: Plan) -> PermissionSet:
    return plan.interim


def _raise_if_stopped(
    assessment: Assessment, shown_changes: Shown | None, *, underway: bool = False, moves_access: bool = False
) -> None:
    """Raise what stands between a plan and its write: somebody else's change first, then the policy."""
    if shown_changes is not None:
        impact = assessment.impact if moves_access else None
        raise_on_conflict(
            assessment.plan, shown_changes, api=assessment.api.identifier, impact=impact, underway=underway
        )
    if assessment.objections:
        raise UnsafePlan("\n".join((f"refused on {shown(assessment.api.identifier)}:", *assessment.objections)))


def _what_differs(api: Api, meant: PermissionSet, answered: PermissionSet) -> str:
    missing = [value for value in meant.values() if value not in answered]
    added = [value for value in answered.values() if value not in meant]
    other = [p.value for p in meant if p.value in answered and not p.says_the_same_as(answered.get(p.value) or p)]
    facts = [
        f"{what}: {listed(values)}"
        for what, values in (("not there", missing), ("not sent", added), ("described differently", other))
        if values
    ]
    return (
        f"{shown(api.identifier)} answered the write with other permissions than were sent ({'; '.join(facts)}). "
        "Run `pulumi refresh`, then `pulumi preview`, to see what is there now."
    )
