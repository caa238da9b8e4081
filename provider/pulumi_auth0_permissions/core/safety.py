"""Judge a plan: everything that stops it, with the numbers and how to approve it.

A plan is shown first, judged second, written last: a refused one is still seen. Guards fail closed: a requested check
that could not be made is an objection. All guards count the same removals, deletions and renames, over all resources
of the program on an API in one run, and none of them objects if each of these is approved by name.
"""

import json
import shlex
from collections.abc import Collection, Iterator, Sequence

from pulumi_auth0_permissions.core.model import (
    MAX_PERMISSIONS_PER_API,
    Api,
    HolderKind,
    Impact,
    Kind,
    Policy,
    Removal,
    Scope,
)
from pulumi_auth0_permissions.core.planning import Plan
from pulumi_auth0_permissions.core.text import escape, escape_line, join, pluralize, quote

APPROVALS_VARIABLE = "AUTH0_PERMISSIONS_APPROVED_REMOVALS"
"""Approves removals for one run: a JSON list, with entries as in the setting ``approvedRemovals``."""

MAX_COMMANDS = 5  # commands spelled out in one message
MAX_REMOVED_SHARE = 0.5  # removing more than this share of an API's permissions at once needs an approval
SMALL_API = 4  # permissions; below it any removal is a large share, so that only emptying the API needs an approval

_UPDATE_HOLDERS = {HolderKind.ROLE: Scope.UPDATE_ROLES, HolderKind.CLIENT_GRANT: Scope.UPDATE_GRANTS}


def judge(
    plan: Plan, policy: Policy, impact: Impact | None, granted: Collection[str] | None, api: Api
) -> tuple[str, ...]:
    """Return everything that stops the plan, one message each; empty when it may be carried out.

    Without ``impact``, holders were not looked up. Without ``granted``, scopes are unknown, and the service may refuse.
    """
    if api.is_system:
        return (
            f"{escape(api.identifier)} is one of Auth0's own APIs; its permissions are Auth0's to define and cannot be "
            "managed. Name an API of your own.",
        )
    impact = impact or Impact(unknown=("they were not looked up",))
    needed = needed_scopes(plan, policy.removal, impact)
    missing = [] if granted is None else [scope for scope in needed if scope not in granted]
    return (*_impossible(plan, policy, impact, missing), *_unapproved(plan, policy, impact))


def needed_scopes(plan: Plan, removal: Removal, impact: Impact | None) -> tuple[str, ...]:
    """Return the scopes that carrying out the plan needs beyond reading; none where there is nothing to write."""
    if not plan.changes:
        return ()
    held = impact.holders if impact else {}
    kinds = {holder.kind for value in moving(plan, removal) for holder in held.get(value, ())}
    return (Scope.UPDATE_APIS, *(scope for kind, scope in _UPDATE_HOLDERS.items() if kind in kinds))


def moving(plan: Plan, removal: Removal) -> list[str]:
    """Return the values whose access is moved or revoked."""
    kinds = (Kind.RENAME, Kind.DELETE) if removal is Removal.REVOKE else (Kind.RENAME,)
    return [change.value for change in plan.changes if change.kind in kinds]


def _impossible(plan: Plan, policy: Policy, impact: Impact, missing: Sequence[str]) -> Iterator[str]:
    """Yield objections that no approval lifts; ``missing`` are scopes that the token lacks."""
    if plan.blocking:
        yield (
            f"the API holds {pluralize(len(plan.blocking), 'permission')} that this resource neither declares nor has "
            f"owned: {join(plan.blocking, at_most=len(plan.blocking))}. "  # all of them: nothing else shows them
            'Declare them in `permissions`, keep them with unmanaged="keep", or delete them with '
            'unmanaged="remove".'
        )
    yield from plan.blocked_renames
    has_renames = any(change.kind is Kind.RENAME for change in plan.changes)
    most = len(plan.interim if has_renames else plan.result)
    if most > MAX_PERMISSIONS_PER_API:
        yield (
            f"the API would hold {most} permissions; Auth0 allows {MAX_PERMISSIONS_PER_API} "
            f"({len(plan.left_alone)} of them are unmanaged and kept). Declare fewer."
        )
    held = moving(plan, policy.removal)
    if held and impact.unknown:
        yield (
            f"cannot change access to {join(held)}, since the holders are unknown: {'; '.join(impact.unknown)}. "
            "Run again once they can be looked up."
        )
    if missing:
        yield (
            f"the token lacks {join(missing, quoted=False)}, which this plan needs. "
            f"{how_to_grant('it' if len(missing) == 1 else 'them')}"
        )


def _unapproved(plan: Plan, policy: Policy, impact: Impact) -> Iterator[str]:
    """Yield why removals need an approval, and how to give it."""
    removed = [*dict.fromkeys((*plan.removes, *sorted(policy.removed_by_others)))]
    if plan.removes and not policy.approved.issuperset(removed):
        yield from _too_many(plan, policy, removed)
    missing = [value for value in plan.removes if value not in policy.approved]
    if policy.removal is Removal.REFUSE and missing:
        yield (
            f'removal is "refuse", and {pluralize(len(missing), "removal is", "removals are")} not approved: '
            f"{join(missing)}. {_how_to_approve(missing, policy)}"
        )
    if policy.removal is Removal.REFUSE_IF_HELD:
        renamed = {change.value for change in plan.changes if change.kind is Kind.RENAME}  # which hands access over
        yield from _held([value for value in missing if value not in renamed], policy, impact)


def _too_many(plan: Plan, policy: Policy, removed: Sequence[str]) -> Iterator[str]:
    names, how = join(removed), _how_to_approve(removed, policy)
    if policy.max_removals is not None and len(removed) > policy.max_removals:
        yield (
            f"this would remove {pluralize(len(removed), 'permission')} in one operation, and "
            f"auth0-permissions:maxRemovals allows {policy.max_removals}: {names}. "
            f"Remove them in smaller steps, or raise the limit. {how}"
        )
    if policy.destroying:
        return
    had = len({*plan.observed, *policy.removed_by_others})
    share = len(removed) / had
    if policy.removed_by_others.issuperset(plan.result):
        yield f"this would empty the API by removing all {had} of its permissions: {names}. {how}"
    elif had >= SMALL_API and share > MAX_REMOVED_SHARE:
        yield (
            f"this would remove {len(removed)} of the API's {had} permissions, {share:.0%}; "
            f"more than {MAX_REMOVED_SHARE:.0%} at once needs an approval: {names}. {how}"
        )


def _held(going: Sequence[str], policy: Policy, impact: Impact) -> Iterator[str]:
    """Yield which of the permissions to be deleted are held, or may be."""
    lines, held = [], []
    for value in going:
        names = [f"{holder.kind} {holder.name} ({holder.id})" for holder in impact.holders.get(value, ())]
        names += [f"client grant {one.name} ({one.id}, holds every permission)" for one in impact.all_scope_grants]
        if names:
            held.append(value)
            lines.append(f"  {quote(value)}: {join(names, quoted=False)}")
    if held:
        if not policy.destroying:  # which takes roles and grants first; an update changes them after their API
            lines.append(
                'If this program manages those roles and grants too, use removal="revoke", or two updates: first take '
                "the permissions from the roles and grants, then delete them."
            )
        are = pluralize(len(held), "permission to be deleted is", "permissions to be deleted are")
        what = f'removal is "refuse_if_held", and {are} held:'
        yield "\n".join([what, *lines, _how_to_approve(held, policy)])
    if going and impact.unknown:
        yield (
            f'removal is "refuse_if_held", and the holders of {join(going)} are unknown: {"; ".join(impact.unknown)}. '
            f"Grant the token the missing scopes, or approve. {_how_to_approve(going, policy)}"
        )


def how_to_grant(what: str) -> str:
    """Return the next action when the token lacks a scope."""
    return f"Grant {what} to the application under Applications → APIs → Auth0 Management API, then run again."


def _how_to_approve(values: Sequence[str], policy: Policy) -> str:
    missing = [value for value in values if value not in policy.approved]
    if policy.destroying:
        # `pulumi destroy` and `pulumi refresh` run with the configuration that the state holds.
        command = f"export {APPROVALS_VARIABLE}={shlex.quote(_json(missing))}"
        return f"To approve for one run, set this in its environment:\n  {command}"
    places = enumerate(missing[:MAX_COMMANDS], policy.approvals)
    commands = "".join(f"\n  {_approving(value, place)}" for place, value in places)
    rest = f"\n  and so on for {len(missing) - MAX_COMMANDS} more" if len(missing) > MAX_COMMANDS else ""
    it = "it" if len(missing) == 1 else "each"
    return f"To approve, name {it} in the stack's configuration:{commands}{rest}"


def _approving(value: str, place: int) -> str:
    """Return the command that approves one removal; people copy it, and others chose the names in it."""
    if escape_line(value) != value:  # else none of it is escaped, so that a backslash in it is its own
        return f"{_json(value)}, by hand in approvedRemovals: no command line can carry it"
    return (
        f"pulumi config set --path --type string 'auth0-permissions:approvedRemovals[{place}]' -- {shlex.quote(value)}"
    )


def _json(value: object) -> str:
    """Return JSON that survives copying, without what the engine would take for a colour tag."""
    return json.dumps(value).replace("<{%", r"<\u007b%")
