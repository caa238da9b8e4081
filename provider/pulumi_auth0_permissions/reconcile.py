"""Observe, judge, write, verify, and look again: bring one API's permissions to what is desired.

Level-based: every attempt starts from what is observed now and does what is still missing. A write whose answer
was lost is not repeated blindly; the next attempt looks, and finds it done or not done.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, conflict
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Api, Holder, Impact, Intent, Removal
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import judge, needed_scopes
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.grants import change_access
from pulumi_auth0_permissions.holders import HolderLookup

_Found = TypeVar("_Found")
_Left = TypeVar("_Left")

MAX_ATTEMPTS = 4  # reads of one thing, each followed by at most one write
FIRST_PAUSE_S = 0.5  # before the second attempt after a lost answer; doubled each time

Lock = Callable[[str], AbstractContextManager[None]]
"""Takes a lock by its name, and waits for it."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What would happen; nothing was written."""

    api: Api  # as observed
    plan: Plan  # what would be done
    impact: Impact | None  # who is hit, where something is removed and it was looked up
    objections: tuple[str, ...]  # what stops the plan, one message each
    conflict: str  # how the plan goes beyond what was approved; empty where it does not

    def raise_if_stopped(self) -> None:
        """Raise what stands between the plan and its write: somebody else's change first, then the policy."""
        if self.conflict:
            raise PermissionsError(self.conflict)
        if self.objections:
            raise PermissionsError("\n".join((f"refused on {escape(self.api.identifier)}:", *self.objections)))


def assess(
    client: ManagementClient,
    look_up: Callable[[Api, Collection[str]], Impact | None],
    intent: Intent,
    api: Api,
    approved: ApprovedChanges | None,
    *,
    with_impact: bool = True,
    underway: bool = False,
) -> Assessment:
    """Plan and judge what applying the intent to the API as observed would do.

    The plan is held to what was approved; ``None``: to nothing. ``with_impact`` asks who is hit also where the policy
    does not need it, and ``underway`` tells that a part of the operation may have been done by now.
    """
    plan = compute_plan(intent, api.permissions)
    wanted = plan.removes and not api.is_system and (with_impact or intent.needs_holders)
    impact = look_up(api, plan.removes) if wanted else None
    needed = needed_scopes(plan, intent.policy.removal, impact)
    granted = client.granted_scopes(needed) if needed else None
    beyond = ""
    if approved is not None:
        moving = impact if intent.moves_access else None
        beyond = conflict(plan, approved, api=api.identifier, impact=moving, underway=underway)
    return Assessment(api, plan, impact, judge(plan, intent.policy, impact, granted, api), beyond)


@dataclass(frozen=True, slots=True)
class Applied:
    """What has happened."""

    api: Api  # as it is now
    plan: Plan  # what was done, over all attempts; empty when nothing had to be
    moved: tuple[Holder, ...] = ()  # roles and client grants whose access was taken or handed over


@dataclass(frozen=True)
class Reconciler:
    """Applies intents to the APIs of one tenant."""

    client: ManagementClient
    lock: Lock  # held from a read to its write, so that the writers of one machine take turns
    # Called with an API's id and old value → new value before the first write, old value → ``None`` once it is done.
    note_renames: Callable[[str, Mapping[str, str | None]], None]
    on_progress: Callable[[str], None] = lambda _message: None  # called with how far a long look-up of holders is

    def apply(self, intent: Intent, shown_changes: ApprovedChanges | None) -> Applied:
        """Do what the intent still needs, once more observed right before each write.

        Where access has to move (``revoke``, renames): what is new is added, then access is handed over and taken,
        then what goes is deleted. Cut short at any point, the next call does the rest.

        Nothing is done beyond ``shown_changes``, which the user saw. ``None``: there was no preview, and the intent is
        limited by its basis.

        Raises:
            PermissionsError: it would do what was not shown, a rule refuses it, or another set came back than was sent.
            ManagementApiError: the API could not be read or written.
        """
        if not intent.needs_holders:
            return self._write_list(intent, shown_changes, None)
        api = self.client.get_api(intent.api)
        noted, intent = intent.unfinished, intent.begun_on(api.permissions)
        # Looked up anew: what an earlier look-up has seen may have changed.
        holders = HolderLookup(self.client, on_progress=self.on_progress)
        assessment = assess(self.client, holders.look_up, intent, api, shown_changes)
        assessment.raise_if_stopped()
        plan, impact = assessment.plan, assessment.impact
        renames = {change.value: change.renamed_to for change in plan.changes if change.renamed_to is not None}
        moved: tuple[Holder, ...] = ()
        if impact is not None:
            change = partial(change_access, self.client, self._settle, api, impact)
            if renames:
                if plan.interim != api.permissions:
                    self.note_renames(api.id, renames)
                self._write_list(intent, shown_changes, impact, interim=True)
                moved += change(renames)
            # A grant that keeps a dead value cannot be edited any more, so old names are taken from everybody.
            moved += change(dict.fromkeys(plan.removes if intent.policy.removal is Removal.REVOKE else renames))
        written = self._write_list(intent, shown_changes, impact)
        if noted or renames:
            self.note_renames(api.id, dict.fromkeys((*noted, *renames)))
        return replace(written, plan=plan, moved=tuple(dict.fromkeys(moved)))

    def _write_list(
        self, intent: Intent, shown_changes: ApprovedChanges | None, impact: Impact | None, *, interim: bool = False
    ) -> Applied:
        """Bring the API's list to the plan's result, or to its interim list; the impact is that of the whole plan."""
        first: Plan | None = None

        def bring(api: Api) -> Applied:
            nonlocal first
            # With an impact, the steps before the last one may have written; so may an earlier attempt.
            underway = first is not None or (impact is not None and not interim)
            found = assess(self.client, lambda _api, _values: impact, intent, api, shown_changes, underway=underway)
            found.raise_if_stopped()
            plan, first = found.plan, first or found.plan
            target = plan.interim if interim else plan.result
            if target == api.permissions:
                return Applied(api, first)
            answer = self.client.replace_permissions(api.id, target)
            if answer.permissions != target:
                differing = sorted({value for value, _ in target.items() ^ answer.permissions.items()})
                raise PermissionsError(
                    f"{escape(api.identifier)} answered the write with other permissions than were sent; these differ: "
                    f"{join(differing)}. Run `pulumi refresh`, then `pulumi preview`, to see the current state."
                )
            return Applied(answer, first)

        return self._settle(intent.api, partial(self.client.get_api, intent.api), bring)

    def _settle(self, name: str, read: Callable[[], _Found], bring: Callable[[_Found], _Left]) -> _Left:
        """Read a whole list and write what is missing in it, at most once each time, until it is there or cannot be."""
        self.client.verify()  # without a token there is nothing to repeat
        lost: ManagementApiError | None = None  # a write of which nobody knows whether it was carried out
        for attempt in range(1, MAX_ATTEMPTS + 1):
            found: _Found | None = None
            try:
                # Places in the rate limit come first: so another's write can go unseen in one round trip only, and
                # nobody waits for the lock while its holder waits for the tenant.
                with self.client.reserve(2), self.lock(name):
                    found = read()
                    return bring(found)
            except ManagementApiError as error:
                if found is not None:
                    lost = None if error.nothing_was_written else error
                if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                    raise lost or error from error
                pause_s = error.retry_after_s or FIRST_PAUSE_S * 2 ** (attempt - 1)
            self.client.pause(pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")
