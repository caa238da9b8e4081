"""Observe, judge, write, verify, and look again: bring one API's permissions to what is desired.

Level-based: every attempt starts from what is observed now and does what is still missing. A write whose answer
was lost is not repeated blindly; the next attempt looks, and finds it done or not done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, RateLimited
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, raise_on_conflict
from pulumi_auth0_permissions.core.errors import UnsafePlan, VerificationFailed
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.model import Api, Holder, Impact, Kind, Permissions, Removal
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import judge, needed_scopes
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.grants import Grants
from pulumi_auth0_permissions.holders import HolderLookup

_Found = TypeVar("_Found")
_Left = TypeVar("_Left")

MAX_ATTEMPTS = 4  # reads of one thing, each followed by at most one write
FIRST_PAUSE_S = 0.5  # before the second attempt after a lost answer; doubled each time

Lock = Callable[[str, bool], AbstractContextManager[bool]]
"""Takes a lock by its name, waits for it if asked to, and gives whether it is held."""


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


@dataclass(frozen=True, slots=True)
class Applied:
    """What has happened.

    Attributes:
        api: the API as it is now.
        plan: what was done, over all attempts; empty when nothing had to be.
        moved: roles and client grants whose access was taken or handed over.
    """

    api: Api
    plan: Plan
    moved: tuple[Holder, ...] = ()


class Reconciler:
    """Applies intents to the APIs of one tenant.

    Args:
        client: the Management API client.
        lock: held from a read to its write, so that the writers of one machine take turns.
        note_renames: called with an API's id and old value → new value of renames before their first write, and
            with old value → ``None`` once they are done.
        on_progress: called with how far a long look-up of holders is.
    """

    def __init__(
        self,
        client: ManagementClient,
        *,
        lock: Lock,
        note_renames: Callable[[str, Mapping[str, str | None]], None],
        on_progress: Callable[[str], None] | None = None,
    ) -> None:
        self._client = client
        self._lock = lock
        self._note_renames = note_renames
        self._on_progress = on_progress
        self._grants = Grants(client, self._settle)

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
            return self._write_list(intent, shown_changes, None)
        api = self._client.get_api(intent.api)
        noted, intent = intent.unfinished, intent.begun_on(api.permissions)
        # Looked up anew: what an earlier look-up has seen may have changed.
        holders = HolderLookup(self._client, on_progress=self._on_progress)
        assessment = assess(self._client, holders, intent, api)
        _raise_if_stopped(assessment, shown_changes, moves_access=intent.moves_access)
        plan, impact = assessment.plan, assessment.impact
        moved: tuple[Holder, ...] = ()
        if impact is not None:
            moved = self._move_access(intent, shown_changes, api, plan, impact)
        written = self._write_list(intent, shown_changes, impact, underway=impact is not None)
        if renamed := {*noted, *(change.value for change in plan.of_kind(Kind.RENAME))}:
            self._note_renames(api.id, dict.fromkeys(renamed))
        return Applied(written.api, plan, moved)

    def _move_access(
        self, intent: Intent, shown_changes: ApprovedChanges | None, api: Api, plan: Plan, impact: Impact
    ) -> tuple[Holder, ...]:
        """Hand access over to new names and take it from what goes; what is new is on the API by then."""
        renames = {change.value: change.renamed_to for change in plan.changes if change.renamed_to is not None}
        given: tuple[Holder, ...] = ()
        if renames:
            if plan.interim != api.permissions:
                self._note_renames(api.id, renames)
            self._write_list(intent, shown_changes, impact, interim=True)
            given = self._grants.hand_over(api, impact, renames)
        # A grant that keeps a dead value cannot be edited any more, so old names are taken from everybody.
        gone = plan.removes if intent.policy.removal is Removal.REVOKE else tuple(renames)
        taken = self._grants.revoke(api, impact, gone)
        return tuple(dict.fromkeys((*given, *taken)))

    def _write_list(
        self,
        intent: Intent,
        shown_changes: ApprovedChanges | None,
        impact: Impact | None,
        *,
        interim: bool = False,
        underway: bool = False,
    ) -> Applied:
        """Bring the API's list to the plan's result, or to its interim list.

        ``underway`` tells that steps before this one may have written something already.
        """
        plans: list[Plan] = []

        def read() -> Api:
            return self._client.get_api(intent.api)

        def bring(api: Api, may_be_done: bool) -> Api:  # noqa: FBT001 - as _settle has it
            plan = compute_plan(intent, api.permissions)
            plans.append(plan)
            assessment = _judged(self._client, intent, api, plan, impact)
            _raise_if_stopped(assessment, shown_changes, underway=underway or may_be_done)
            target = plan.interim if interim else plan.result
            if target == api.permissions:
                return api
            answer = self._client.replace_permissions(api.id, target)
            if answer.permissions != target:
                raise VerificationFailed(_what_differs(api, target, answer.permissions))
            return answer

        after = self._settle(intent.api, read, bring)
        return Applied(after, plans[0])

    def _settle(self, name: str, read: Callable[[], _Found], bring: Callable[[_Found, bool], _Left]) -> _Left:
        """Read a whole list and write what is missing in it, until nothing is missing or an error is final.

        Args:
            name: what is written to, for the lock.
            read: returns what is there.
            bring: writes at most once; is told whether an earlier attempt may have been carried out.
        """
        lost: ManagementApiError | None = None  # a write of which nobody knows whether it was carried out
        for attempt in range(1, MAX_ATTEMPTS + 1):
            with self._turn(name):
                try:
                    found = read()
                except ManagementApiError as error:
                    if isinstance(error, RateLimited) and error.worth_another_try and attempt < MAX_ATTEMPTS:
                        continue  # the next turn waits until there is room again
                    raise lost or error from error
                try:
                    return bring(found, lost is not None)
                except ManagementApiError as error:
                    if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                        raise
                    lost = None if error.nothing_was_written else error
                    pause_s = error.retry_after_s or FIRST_PAUSE_S * 2 ** (attempt - 1)
            self._client.pause(pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """Hold a lock for a read and its write.

        Both have their place in the rate limit before the lock is taken: the time in which another's write could go
        unseen is one round trip, and nobody waits for the lock while its holder waits for the tenant. No place is
        kept while waiting for the lock, which the holder may need.
        """
        while True:
            with self._client.reserve(2), self._lock(name, False) as held:  # noqa: FBT003 - a Lock
                if held:
                    yield
                    return
            with self._lock(name, True):  # noqa: FBT003 - a Lock
                pass


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
    differences = {
        "not there": [value for value in meant if value not in answered],
        "not sent": [value for value in answered if value not in meant],
        "described differently": [value for value in meant if answered.get(value, meant[value]) != meant[value]],
    }
    listed = "; ".join(f"{what}: {join(values)}" for what, values in differences.items() if values)
    return (
        f"{escape(api.identifier)} answered the write with other permissions than were sent ({listed}). "
        "Run `pulumi refresh`, then `pulumi preview`, to see what is there now."
    )
