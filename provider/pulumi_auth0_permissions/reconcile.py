"""Observe, judge, write, verify, and look again: bring one API's permissions, and who holds them, to what is desired.

Level-based: every attempt starts from what is observed now and does what is still missing, so the next run finishes
one that was cut short. A write whose answer was lost is not repeated blindly; the next attempt looks, and finds it
done or not done.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from pulumi_auth0_permissions.auth0.client import ClientGrant, ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, conflict
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Impact, Intent
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import judge, moving, needed_scopes
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.holders import HolderLookup

_Found = TypeVar("_Found")
_Left = TypeVar("_Left")

MAX_ATTEMPTS = 4  # reads of one thing, each followed by at most one write
FIRST_PAUSE_S = 0.5  # before the second attempt after a lost answer; doubled each time


@dataclass(frozen=True, slots=True)
class Assessment:
    """What would happen; nothing was written."""

    api: Api  # as observed
    plan: Plan  # what would be done
    impact: Impact | None  # who is affected; None if nothing is removed, or holders were not looked up
    objections: tuple[str, ...]  # what stops the plan, one message each
    conflict: str  # how the plan goes beyond what was approved; empty where it does not

    def raise_if_stopped(self) -> None:
        """Raise what stops the plan: the conflict if there is one, otherwise the objections."""
        if self.conflict:
            raise PermissionsError(self.conflict)
        if self.objections:
            raise PermissionsError("\n".join((f"refused on {escape(self.api.identifier)}:", *self.objections)))


def assess(
    client: ManagementClient,
    holders: HolderLookup,
    intent: Intent,
    api: Api,
    approved: ApprovedChanges | None,
    *,
    with_impact: bool = False,
    underway: bool = False,
) -> Assessment:
    """Plan and judge what applying the intent to the API as observed would do.

    The plan is compared with ``approved``, if there is any. ``with_impact`` looks up holders even where the policy does
    not need them; ``underway`` means that a part of the operation may already have been done.
    """
    plan = compute_plan(intent, api.permissions)
    wanted = plan.removes and not api.is_system and (with_impact or intent.needs_holders)
    impact = holders.look_up(api, plan.removes) if wanted else None
    needed = needed_scopes(plan, intent.policy.removal, impact)
    granted = client.granted_scopes(needed) if needed else None
    objections = judge(plan, intent.policy, impact, granted, api)
    affected = impact if intent.moves_access else None
    beyond = conflict(plan, approved, api=api.identifier, impact=affected, underway=underway) if approved else ""
    return Assessment(api, plan, impact, objections, beyond)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done."""

    api: Api  # as it is now
    plan: Plan  # that of the whole operation, made before its first write; without changes if none were needed
    moved: tuple[Holder, ...] = ()  # roles and client grants whose access was taken or handed over


@dataclass(frozen=True)
class Reconciler:
    """Applies intents to the APIs of one tenant."""

    client: ManagementClient
    # Waits for the lock of a name; held from a read to its write, so that the writers of one machine take turns.
    lock: Callable[[str], AbstractContextManager[None]]
    # Called with an API's id and old value → new value before the first write, old value → ``None`` once it is done.
    note_renames: Callable[[str, Mapping[str, str | None]], None]
    on_progress: Callable[[str], None] = lambda _message: None  # called with the progress of a long look-up of holders

    def apply(self, intent: Intent, shown_changes: ApprovedChanges | None) -> Applied:
        """Do what the intent still needs; the API is read and assessed again right before each write.

        Where access has to move (``revoke``, renames): what is new is added, then access is handed over and taken,
        then what goes is deleted. Interrupted at any point, the next call does the rest.

        Nothing is done beyond ``shown_changes``, which the user saw. ``None``: there was no preview, and the intent is
        limited by its basis.
        """
        # A new look-up: what an earlier one has read may have changed.
        holders = HolderLookup(self.client, on_progress=self.on_progress)
        if not intent.needs_holders:
            return self._write_list(intent, shown_changes, holders)
        api = self.client.get_api(intent.api)
        noted = intent.unfinished
        intent = intent.begun_on(api.permissions)
        assessment = assess(self.client, holders, intent, api, shown_changes)
        assessment.raise_if_stopped()
        plan, impact = assessment.plan, assessment.impact or Impact()
        renames = {change.value: change.renamed_to for change in plan.changes if change.renamed_to is not None}
        # A grant that keeps a dead value cannot be edited any more, so old names are taken from everybody.
        going = moving(plan, intent.policy.removal)
        moved: tuple[Holder, ...] = ()
        if renames:
            if plan.interim != api.permissions:
                self.note_renames(api.id, renames)
            self._write_list(intent, shown_changes, holders, going, interim=True)
            moved += self._change_access(api, impact, renames)
        moved += self._change_access(api, impact, dict.fromkeys(going))
        written = self._write_list(intent, shown_changes, holders, going, begun=plan if renames or moved else None)
        if noted or renames:
            self.note_renames(api.id, dict.fromkeys((*noted, *renames)))
        return replace(written, moved=tuple(dict.fromkeys(moved)))

    def _write_list(
        self,
        intent: Intent,
        shown_changes: ApprovedChanges | None,
        holders: HolderLookup,
        going: Collection[str] = (),
        *,
        interim: bool = False,
        begun: Plan | None = None,
    ) -> Applied:
        """Bring the API's list to the plan's result, or to its interim list.

        ``begun`` is the plan of the whole operation, if an earlier step of it may have written something; ``going`` is
        what access is moved or revoked for: nothing that has come to the API since is deleted.
        """
        # The plan of each attempt. The first is what is reported; later ones lack what an earlier attempt has written.
        plans = [begun] if begun else []

        def bring(api: Api) -> Applied:
            found = assess(self.client, holders, intent, api, shown_changes, underway=bool(plans))
            found.raise_if_stopped()
            if late := [value for value in moving(found.plan, intent.policy.removal) if value not in going]:
                raise PermissionsError(
                    f"{escape(api.identifier)}: somebody has added {join(late)} during this operation, too late to "
                    "change access before the deletion, which was not made. Run again."
                )
            plans.append(found.plan)
            target = found.plan.interim if interim else found.plan.result
            if target == api.permissions:
                return Applied(api, plans[0])
            answer = self.client.replace_permissions(api.id, target)
            differing = {value for value, _ in target.items() ^ answer.permissions.items()}
            then = "Run `pulumi refresh`, then `pulumi preview`, to see the current state."
            _verify(escape(api.identifier), differing, then)
            return Applied(answer, plans[0])

        return self._settle(intent.api, partial(self.client.get_api, intent.api), bring)

    def _change_access(self, api: Api, impact: Impact, changes: Mapping[str, str | None]) -> tuple[Holder, ...]:
        """Change every role and client grant that names one of the permissions, each once; return them.

        The changes are permission → what its holders are given beside it, which the API has by now, or ``None`` to
        take it from them. Grants with ``allow_all_scopes`` name nothing: they follow the API's list.
        """
        holders: dict[Holder, list[str]] = {}
        for value in changes:
            for holder in impact.holders.get(value, ()):
                holders.setdefault(holder, []).append(value)
        for holder, held in holders.items():
            given = [new for value in held if (new := changes[value]) is not None]
            taken = [value for value in held if changes[value] is None]
            change = self._change_grant if holder.kind is HolderKind.CLIENT_GRANT else self._change_role
            with suppress(NotFound):  # deleted meanwhile, and its access with it
                change(api, holder, given, taken)
        return tuple(holders)

    def _change_role(self, api: Api, role: Holder, given: Sequence[str], taken: Sequence[str]) -> None:
        if given:
            self.client.change_role(role.id, api.identifier, given=given)
            there = set(self.client.role_permissions(role.id))
            _verify_holder(role, [value for value in given if (api.identifier, value) not in there])
        self.client.change_role(role.id, api.identifier, taken=taken)

    def _change_grant(self, api: Api, holder: Holder, given: Sequence[str], taken: Sequence[str]) -> None:
        def bring(grant: ClientGrant) -> None:
            target = [value for value in grant.scope if value not in taken]
            target += [value for value in given if value not in grant.scope]
            if target == list(grant.scope):
                return
            try:
                answer = self.client.replace_grant_scope(grant.id, target)
            except ManagementApiError as error:
                # Auth0 accepts no list that names what the API lacks. Such a value works again if its permission comes
                # back, so it is not ours to take out.
                dead = [value for value in grant.scope if value not in api.permissions]
                if error.status == 400 and dead:
                    which = f"client grant {escape(holder.name)} names {join(dead)}, which the API does not have"
                    error.what = f"{which}: {error.what}"
                    error.next_action = (
                        "Take what the API lacks out of the grant, or add it to the API, then run `pulumi up` again."
                    )
                raise
            _verify_holder(holder, set(answer.scope) ^ set(target))

        self._settle(f"grant {holder.id}", partial(self.client.get_client_grant, holder.id), bring)

    def _settle(self, name: str, read: Callable[[], _Found], bring: Callable[[_Found], _Left]) -> _Left:
        """Read something and have ``bring`` write what it lacks, at most once per read; repeat while that may help."""
        self.client.verify()  # without a token there is nothing to repeat
        lost: ManagementApiError | None = None  # of a write, if it is not known whether it was carried out
        for attempt in range(1, MAX_ATTEMPTS + 1):
            found: _Found | None = None
            try:
                # Reserve first: then read and write are one round trip apart, in which another's write goes unseen,
                # and nobody waits for the lock while its holder waits for the tenant.
                with self.client.reserve(2), self.lock(name):
                    found = read()
                    return bring(found)
            except ManagementApiError as error:
                if found is not None:
                    lost = None if error.nothing_was_written else error
                if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                    raise lost or error from error  # only the former says that something may have been written
                pause_s = error.retry_after_s or FIRST_PAUSE_S * 2 ** (attempt - 1)
            self.client.pause(pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")


def _verify_holder(holder: Holder, differing: Collection[str]) -> None:
    then = "Nothing was deleted. Look at it in the dashboard, then run `pulumi up` again."
    _verify(f"{holder.kind} {escape(holder.name)} ({holder.id})", differing, then)


def _verify(where: str, differing: Collection[str], then: str) -> None:
    if differing:
        raise PermissionsError(
            f"{where} holds other permissions than were written; these differ: {join(sorted(differing))}. {then}"
        )
