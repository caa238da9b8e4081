"""Compare what is about to be written with what the user approved; nothing beyond that is done.

Whatever others did between preview and write, an operation may do less than was approved (somebody has already done a
part of it), never more and nothing else: that would delete something unseen, or undo a change just made.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from pulumi_auth0_permissions.core.model import Change, Impact, Intent, Kind
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import describe, escape, pluralize, quote

CONFLICT = "conflict on "  # how the message begins; the engine passes on no more of an error than its message


class Basis(Enum):
    """Where changes were approved. For messages: why there can be others, what they are called, and what to run."""

    PREVIEW = (
        "it, or who holds its permissions, has changed since this preview",
        "that you have not seen",
        "Run `pulumi up` again to see the plan against the current state.",
    )
    REVIEW = (
        "the reviewed plan does not cover everything",
        "that nobody has reviewed",
        "Save a new plan with `auth0-permissions plan --save` and have it reviewed.",
    )
    UNKNOWN = (  # this run's preview did not know all inputs, so that it showed no plan
        "its dependencies were not known when the preview ran",
        "that you have not seen",
        "Run `pulumi up` again: its preview will show the plan.",
    )


@dataclass(frozen=True, slots=True)
class ApprovedChanges:
    """What the user, or a reviewer, was shown of one operation, and approved."""

    reviews: tuple[Review, ...]  # what was shown, one review per resource
    basis: Basis = Basis.PREVIEW  # where it was shown


def approved_by_preview(record: Review | None, intent: Intent, own: Intent) -> tuple[Intent, ApprovedChanges | None]:
    """Return the intent to carry out, and the changes that this run's preview showed of the resource on this API.

    If it showed nothing, these are ``None``, and the intent is ``own``: only what the program itself has changed.
    """
    if record is not None and record.api_id == intent.api:
        return intent, ApprovedChanges((record,))
    if record is None or record.api_id:
        return own, None
    # The preview could not tell what would go, so nothing goes; the next one can.
    expected = compute_plan(own, own.basis or {}).changes
    staying = tuple(change for change in expected if change.removes is None)
    return intent, ApprovedChanges((replace(record, changes=staying),), Basis.UNKNOWN)


def unexpected_changes(changes: Iterable[Change], approved: ApprovedChanges) -> tuple[Change, ...]:
    """Return the changes that the user did not approve, in their order; additions pass where no preview knew them."""
    known = {change for review in approved.reviews for change in review.changes}
    passing = (Kind.CREATE,) if approved.basis is Basis.UNKNOWN else ()
    return tuple(change for change in changes if change not in known and change.kind not in passing)


def conflict(
    plan: Plan, approved: ApprovedChanges, *, api: str, impact: Impact | None = None, underway: bool = False
) -> str:
    """Return how the plan goes beyond what was approved; empty if it does not.

    The impact counts where access is to be moved or revoked. ``underway``: a part of the operation may already have
    been done: the first step of a rename, access that was moved, a write whose answer was lost.
    """
    beyond = [describe(change) for change in unexpected_changes(plan.changes, approved)]
    seen = [review.impact for review in approved.reviews if review.impact]
    if impact is not None and len(seen) == len(approved.reviews):
        known = {(value, one.id) for shown in seen for value, held in shown.holders.items() for one in held}
        beyond += [
            f"change what {holder.kind} {escape(holder.name)} ({escape(holder.id)}) may do: {quote(value)}"
            for value in plan.removes
            for holder in impact.holders.get(value, ())
            if (value, holder.id) not in known
        ]
    if not beyond:
        return ""
    why, unseen, way_out = approved.basis.value
    done = "What was already written stays; nothing more was written." if underway else "Nothing was written."
    count = pluralize(len(beyond), "change")
    first = f"{CONFLICT}{escape(api)}: {why}, and continuing would make {count} {unseen}:"
    return "\n".join([first, *(f"  {line}" for line in beyond), f"{done} {way_out}"])
