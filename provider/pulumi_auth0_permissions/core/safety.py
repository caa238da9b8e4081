"""Judge a plan against the policy: what stands against it, with the numbers and the way to approve it.

Shown first, judged second, written last: a refused plan is still seen. Guards fail closed: a check that was
asked for and could not be made is an objection.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.changes import Kind
from pulumi_auth0_permissions.core.holders import Impact
from pulumi_auth0_permissions.core.modes import Removal
from pulumi_auth0_permissions.core.needs import missing_scopes, needed_scopes
from pulumi_auth0_permissions.core.permissions import MAX_PERMISSIONS_PER_API
from pulumi_auth0_permissions.core.plan import Plan
from pulumi_auth0_permissions.core.wording import listed, one_line, quantity, shown, shown_value

__all__ = ["APPROVALS_VARIABLE", "MAX_COMMANDS", "MAX_REMOVED_FRACTION", "Policy", "judge", "objections"]

APPROVALS_VARIABLE = "AUTH0_PERMISSIONS_APPROVED_REMOVALS"
"""Approves removals for one run: a JSON list, with entries as in the setting ``approvedRemovals``."""

MAX_COMMANDS = 5  # commands spelled out in one message
MAX_REMOVED_FRACTION = 0.5  # more than half of an API's permissions at once is most of it; small sets count too


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be removed.

    Attributes:
        removal: how a removal is done and what it needs.
        approved: values that ``approvedRemovals`` names for this API.
        max_removals: more removals than this in one operation are refused; ``None``: no number was set.
        approvals: how many entries ``approvedRemovals`` has already, for telling where the next one goes.
        destroying: the resource itself goes away (``pulumi destroy``, or it left the program): that is the
            approval to empty the API.
        removed_by_others: what other resources remove from the same API in this run; guards count them too.
    """

    removal: Removal = Removal.WARN
    approved: frozenset[str] = field(default_factory=frozenset)
    max_removals: int | None = None
    approvals: int = 0
    destroying: bool = False
    removed_by_others: frozenset[str] = field(default_factory=frozenset)


def judge(
    plan: Plan,
    policy: Policy,
    impact: Impact | None,
    granted: Collection[str] | None,
    *,
    api: str,
    is_system: bool,
) -> tuple[str, ...]:
    """Return everything that stops the plan, one message each; empty when it may be carried out.

    Args:
        plan: what would be done.
        policy: what the user allows.
        impact: who holds what goes away; ``None`` where it was not looked up.
        granted: the token's scopes; ``None`` where they are not known.
        api: the API's identifier.
        is_system: whether the API is one of Auth0's own.
    """
    if is_system:
        return (
            f"{shown(api)} is one of Auth0's own APIs; its permissions are Auth0's to define and cannot be managed. "
            "Name an API of your own.",
        )
    needed = needed_scopes(plan, policy.removal, impact)
    return (*objections(plan, policy, impact), *missing_scopes(needed, granted))


def objections(plan: Plan, policy: Policy, impact: Impact | None = None) -> tuple[str, ...]:
    """Return what stands against the plan, one message each; empty when it may be carried out.

    Args:
        plan: what would be done.
        policy: what the user allows.
        impact: who holds what goes away; ``None`` where it was not looked up, which ``refuse_if_held`` refuses.
    """
    found = [
        *_strangers(plan),
        *_collisions(plan),
        *_claimed(plan),
        *_interrupted(plan),
        *_overfull(plan),
        *_too_many(plan, policy),
        *_most_of_it(plan, policy),
    ]
    if policy.removal is Removal.REFUSE:
        found += _unapproved(plan, policy)
    if policy.removal is Removal.REFUSE_IF_HELD:
        found += _held(plan, policy, impact)
    found += _cannot_move_access(plan, policy, impact)
    return tuple(found)


def _strangers(plan: Plan) -> list[str]:
    if not plan.in_the_way:
        return []
    values = plan.in_the_way
    return [
        f"the API holds {quantity(len(values), 'permission')} that this resource neither declares nor has owned: "
        f"{listed(values, at_most=len(values))}. "  # all of them: nothing else shows them
        'Declare them in `permissions`, or leave them with unmanaged="keep", or delete them with unmanaged="remove".'
    ]


def _collisions(plan: Plan) -> list[str]:
    return [
        f'cannot rename "{shown(change.value)}" to "{shown(change.renamed_to or "")}": the API already has a '
        "permission of that name, and whoever holds it would be mixed up with whoever holds the old one. Choose "
        "another name, or remove the entry from `renames` and delete the old permission instead."
        for change in plan.collisions
    ]


def _claimed(plan: Plan) -> list[str]:
    return [
        f'cannot rename "{shown(change.value)}": another resource of this program declares it on the same API. '
        "Remove it there, or remove the entry from `renames`."
        for change in plan.claimed
    ]


def _interrupted(plan: Plan) -> list[str]:
    return [
        f'the rename of "{shown(old)}" to "{shown(new)}" was interrupted, and access may have moved in part. Finish it '
        f'first: declare "{shown(new)}", or take it back: declare "{shown(old)}". Then rename further.'
        for old, new in plan.interrupted
    ]


def _overfull(plan: Plan) -> list[str]:
    most = max(len(plan.result), len(plan.interim))
    if most <= MAX_PERMISSIONS_PER_API:
        return []
    return [
        f"the API would hold {most} permissions; Auth0 allows {MAX_PERMISSIONS_PER_API} "
        f"({len(plan.left_alone)} of them are unmanaged and kept). Declare fewer."
    ]


def _too_many(plan: Plan, policy: Policy) -> list[str]:
    removed = list(dict.fromkeys((*plan.removes, *sorted(policy.removed_by_others))))
    if policy.max_removals is None or not plan.removes or len(removed) <= policy.max_removals:
        return []
    return [
        f"this would remove {quantity(len(removed), 'permission')} in one operation, and "
        f"auth0-permissions:maxRemovals allows {policy.max_removals}: {listed(removed)}. "
        "Remove them in smaller steps, or raise the number in the stack's configuration."
    ]


def _most_of_it(plan: Plan, policy: Policy) -> list[str]:
    deleted = [change.value for change in plan.of_kind(Kind.DELETE)]
    if not deleted or policy.destroying:
        return []
    # Other resources of this run have removed theirs already, or are about to.
    deleted = list(dict.fromkeys((*deleted, *sorted(policy.removed_by_others))))
    if policy.approved.issuperset(deleted):
        return []
    had = len({*plan.observed, *policy.removed_by_others})
    fraction = len(deleted) / had
    if policy.removed_by_others.issuperset(plan.result):
        what = f"this would empty the API: all {had} of its permissions would be deleted"
    elif fraction > MAX_REMOVED_FRACTION:
        what = (
            f"this would delete {len(deleted)} of the API's {had} permissions, {fraction:.0%}; "
            f"more than {MAX_REMOVED_FRACTION:.0%} at once needs an approval"
        )
    else:
        return []
    return [f"{what}: {listed(deleted)}. {_how_to_approve(deleted, policy)}"]


def _unapproved(plan: Plan, policy: Policy) -> list[str]:
    missing = [value for value in plan.removes if value not in policy.approved]
    if not missing:
        return []
    return [
        f'removal is "refuse", and {quantity(len(missing), "removal")} '
        f"{'is' if len(missing) == 1 else 'are'} not approved: {listed(missing)}. {_how_to_approve(missing, policy)}"
    ]


def _held(plan: Plan, policy: Policy, impact: Impact | None) -> list[str]:
    going = [change.value for change in plan.of_kind(Kind.DELETE) if change.value not in policy.approved]
    if not going:
        return []
    unknown = ("who holds it was not looked up",) if impact is None else impact.unknown
    found = []
    held = [] if impact is None else [value for value in going if impact.holders_of(value)]
    if impact is not None and impact.whole_list_grants:
        held = going
    if held and impact is not None:
        lines = [f"  {shown_value(value)}: {_holders(value, impact)}" for value in held]
        # A destroy takes dependent roles and grants first; an update changes them only after their API.
        lines += [] if policy.destroying else [_held_by_this_program(held)]
        found.append(
            f'removal is "refuse_if_held", and {quantity(len(held), "permission")} to be deleted '
            f"{'is' if len(held) == 1 else 'are'} held:\n" + "\n".join(lines) + f"\n{_how_to_approve(held, policy)}"
        )
    if unknown:
        found.append(
            f'removal is "refuse_if_held", and it is not known who holds {listed(going)}: '
            f"{'; '.join(unknown)}. Grant the token what it lacks, or approve. {_how_to_approve(going, policy)}"
        )
    return found


def _cannot_move_access(plan: Plan, policy: Policy, impact: Impact | None) -> list[str]:
    """Taking access away or handing it over needs to know every holder."""
    revoked = [change.value for change in plan.of_kind(Kind.DELETE)] if policy.removal is Removal.REVOKE else []
    renamed = [change.value for change in plan.of_kind(Kind.RENAME)]
    if not revoked and not renamed:
        return []
    unknown = ("it was not looked up",) if impact is None else impact.unknown
    if not unknown:
        return []
    what = f"rename {listed(renamed)} without loss of access" if renamed else f"revoke {listed(revoked)}"
    why = "; ".join(unknown)
    return [f"cannot {what}, since it is not known who holds it: {why}. Run again once that can be looked up."]


def _held_by_this_program(held: Sequence[str]) -> str:
    it = "it" if len(held) == 1 else "them"
    return (
        f'If this program manages those roles and grants too, use removal="revoke", or two updates: first take {it} '
        f"from the roles and grants, then delete {it}."
    )


def _holders(value: str, impact: Impact) -> str:
    names = [f"{holder.kind} {holder.name} ({holder.id})" for holder in impact.holders_of(value)]
    names += [f"client grant {grant.name} ({grant.id}, holds every permission)" for grant in impact.whole_list_grants]
    return listed(names, quoted=False)


def _how_to_approve(values: Sequence[str], policy: Policy) -> str:
    missing = [value for value in values if value not in policy.approved]
    commands = [
        f"\n  {_approving(value, policy.approvals + place)}" for place, value in enumerate(missing[:MAX_COMMANDS])
    ]
    rest = f"\n  and so on for {len(missing) - MAX_COMMANDS} more" if len(missing) > MAX_COMMANDS else ""
    it = "it" if len(missing) == 1 else "each"
    if policy.destroying:
        # `pulumi destroy` and `pulumi refresh` run with the configuration that the state holds.
        return f"To approve for one run, set this in its environment:\n  {_approving_once(missing)}"
    return f"To approve, name {it} in the stack's configuration:{''.join(commands)}{rest}"


def _approving_once(values: Sequence[str]) -> str:
    """Return the command that approves removals for the runs of one shell."""
    return f"export {APPROVALS_VARIABLE}={shlex.quote(_json(list(values)))}"


def _approving(value: str, place: int) -> str:
    """Return the command that approves one removal; people copy it, and the names in it are chosen by others."""
    if one_line(value) != value:  # else none of it is escaped, so that a backslash in it is its own
        return f"{_json(value)}, by hand in approvedRemovals: it holds what a command line cannot"
    return (
        f"pulumi config set --path --type string 'auth0-permissions:approvedRemovals[{place}]' -- {shlex.quote(value)}"
    )


def _json(value: object) -> str:
    """Return JSON, which says the same when it is copied, without what the engine would take for a colour tag."""
    return json.dumps(value).replace("<{%", r"<\u007b%")
