"""Compare what is about to be written with what the user approved; nothing beyond that is done.

Other people may change the API between the preview and the write. Whatever they did, an operation may do less than
was approved (somebody has already done a part of it), never more and nothing else: that would delete something unseen,
or undo a change that somebody has just made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pulumi_auth0_permissions.core.model import Change, Impact, Kind
from pulumi_auth0_permissions.core.planning import Plan
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import describe, escape, pluralize, quote

_OPENING = "conflict on "  # how the message begins; the engine passes on no more of an error than its message


class Basis(Enum):
    """Where changes were approved: why there can be others, how these are called, and what to run."""

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

    def __init__(self, why: str, unseen: str, way_out: str) -> None:
        self.why, self.unseen, self.way_out = why, unseen, way_out


@dataclass(frozen=True, slots=True)
class ApprovedChanges:
    """What the user was shown of one operation, and confirmed."""

    changes: tuple[Change, ...]  # of the plan shown
    basis: Basis = Basis.PREVIEW  # where they were shown
    holders: Mapping[str, frozenset[str]] | None = None  # permission to remove → ids of its holders; None: not read


def approved_changes(reviews: Iterable[Review], basis: Basis) -> ApprovedChanges:
    """Return what the user was shown of one operation, by the reviews of its resources; nothing beyond it is done."""
    shown = tuple(reviews)
    changes = tuple(change for review in shown for change in review.changes)
    held = [(value, review.impact.holders_of(value)) for review in shown if review.impact for value in review.removes]
    holders = {value: frozenset(one.id for one in found) for value, found in held}
    return ApprovedChanges(changes, basis, holders if all(review.impact for review in shown) else None)


def unexpected_changes(changes: Iterable[Change], approved: ApprovedChanges) -> tuple[Change, ...]:
    """Return the changes that the user did not approve, in their order; additions pass where no preview knew them."""
    known, passing = set(approved.changes), (Kind.CREATE,) if approved.basis is Basis.UNKNOWN else ()
    return tuple(change for change in changes if change not in known and change.kind not in passing)


def conflict(
    plan: Plan, approved: ApprovedChanges, *, api: str, impact: Impact | None = None, underway: bool = False
) -> str:
    """Return how the plan goes beyond what was approved; empty if it does not.

    The impact counts where access is to be moved or revoked. ``underway``: a part of the operation may already have
    been done: the first step of a rename, access that was moved, a write whose answer was lost.
    """
    beyond = [describe(change) for change in unexpected_changes(plan.changes, approved)]
    if impact is not None and approved.holders is not None:
        beyond += [
            f"change what {holder.kind} {escape(holder.name)} ({escape(holder.id)}) may do: {quote(value)}"
            for value in plan.removes
            for holder in impact.holders_of(value)
            if holder.id not in approved.holders.get(value, ())
        ]
    if not beyond:
        return ""
    basis, lines = approved.basis, "".join(f"\n  {line}" for line in beyond)
    done = "What was already written stays; nothing more was written." if underway else "Nothing was written."
    return (
        f"{_OPENING}{escape(api)}: {basis.why}, and continuing would make {pluralize(len(beyond), 'change')} "
        f"{basis.unseen}:{lines}\n{done} {basis.way_out}"
    )


def is_conflict(message: str) -> bool:
    """Tell whether a message is that of a conflict, even with the engine's words before it."""
    return _OPENING in message.partition("\n")[0]
