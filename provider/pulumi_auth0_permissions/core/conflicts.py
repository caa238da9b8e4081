"""Hold what is about to be written against what the user was shown; nothing beyond that is done.

Between the preview and the write other people work on the same API. Whatever they did, an operation may do less
than was shown (somebody did a part of it already), never more and nothing else: that would delete what nobody saw
going, or undo a change that somebody has just made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pulumi_auth0_permissions.core.changes import Change, Kind, describe
from pulumi_auth0_permissions.core.errors import Conflict
from pulumi_auth0_permissions.core.holders import Impact
from pulumi_auth0_permissions.core.plan import Plan
from pulumi_auth0_permissions.core.wording import quantity, shown, shown_value

__all__ = ["Basis", "Shown", "beyond", "is_conflict", "raise_on_conflict"]

_OPENING = "conflict on "  # how the message begins; the engine passes on no more of an error than its message


class Basis(StrEnum):
    """Where the shown changes were taken from."""

    PREVIEW = "preview"  # this run's preview showed a plan
    REVIEW = "review"  # a plan that somebody has reviewed
    UNKNOWN = "unknown"  # this run's preview did not know all inputs, so that it showed no plan


_WHY = {
    Basis.PREVIEW: "its permissions were changed by somebody else since this preview",
    Basis.REVIEW: "the reviewed plan does not have all of it",
    Basis.UNKNOWN: "what it depends on was not known yet when the preview ran",
}
_BEYOND = {
    Basis.PREVIEW: "that you were not shown",
    Basis.REVIEW: "that nobody has reviewed",
    Basis.UNKNOWN: "that you were not shown",
}
_DID_NOT_NAME = {
    Basis.PREVIEW: "the preview did not show",
    Basis.REVIEW: "the reviewed plan does not name",
    Basis.UNKNOWN: "the preview did not show",
}
_AGAIN = {
    Basis.PREVIEW: "Run `pulumi up` again to see the plan against what is there now.",
    Basis.REVIEW: "Save a plan anew with `auth0-permissions plan --save`, and have it reviewed.",
    Basis.UNKNOWN: "Run `pulumi up` again: its preview will show the plan.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the user was shown of one operation.

    Attributes:
        changes: the changes of the plan shown.
        basis: the preview, or the lack of a plan in the preview.
        additions_are_free: whether permissions may be added that were not shown, since the inputs were not all
            known yet when the preview ran.
        holders: permission to be removed → ids of who was shown to hold it; ``None`` where nobody looked.
    """

    changes: tuple[Change, ...]
    basis: Basis = Basis.PREVIEW
    additions_are_free: bool = False
    holders: Mapping[str, frozenset[str]] | None = None


def beyond(plan: Plan, shown_changes: Shown) -> tuple[Change, ...]:
    """Return the changes of the plan that the user was not shown, in the plan's order."""
    known = set(shown_changes.changes)
    return tuple(
        change
        for change in plan.changes
        if change not in known and not (shown_changes.additions_are_free and change.kind is Kind.CREATE)
    )


def raise_on_conflict(
    plan: Plan, shown_changes: Shown, *, api: str, impact: Impact | None = None, underway: bool = False
) -> None:
    """Raise `Conflict` when the plan goes beyond what was shown.

    Args:
        plan: what would be written now.
        shown_changes: what the user saw.
        api: the API's identifier, for the message.
        impact: who holds what goes away now, where access is to be moved or taken.
        underway: whether a part of the operation may have been done by now: the first step of a rename, access
            that was moved, a write whose answer was lost.
    """
    surprises = beyond(plan, shown_changes)
    if not surprises and impact is not None:
        _raise_on_new_holders(plan, shown_changes, api, impact)
    if not surprises:
        return
    done = "What was done by then stays; nothing more was written." if underway else "Nothing was written."
    lines = "\n".join(f"  {describe(change)}" for change in surprises)
    basis = shown_changes.basis
    raise Conflict(
        f"{_OPENING}{shown(api)}: {_WHY[basis]}, and going on would do {quantity(len(surprises), 'thing')} "
        f"{_BEYOND[basis]}:\n{lines}\n{done} {_AGAIN[basis]}"
    )


def _raise_on_new_holders(plan: Plan, shown_changes: Shown, api: str, impact: Impact) -> None:
    if shown_changes.holders is None:
        return
    new = [
        f"  {shown_value(value)}: {holder.kind} {shown(holder.name)} ({shown(holder.id)})"
        for value in plan.removes
        for holder in impact.holders_of(value)
        if holder.id not in shown_changes.holders.get(value, frozenset())
    ]
    if new:
        lines = "\n".join(new)
        raise Conflict(
            f"{_OPENING}{shown(api)}: {quantity(len(new), 'role or client grant', 'roles or client grants')} that "
            f"{_DID_NOT_NAME[shown_changes.basis]} would lose or change access:\n{lines}\nNothing was written. "
            f"{_AGAIN[shown_changes.basis]}"
        )


def is_conflict(message: str) -> bool:
    """Tell whether a message is that of a `Conflict` raised here, also with the engine's words before it."""
    return _OPENING in message.partition("\n")[0]
