"""A plan as plain text for a terminal: compact, stable, safe against hostile names; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi_auth0_permissions.core.changes import Change, Kind, describe
from pulumi_auth0_permissions.core.plan import Plan
from pulumi_auth0_permissions.core.wording import listed, quantity, shown

__all__ = [
    "MAX_CHANGES_SHOWN",
    "api_title",
    "applied_text",
    "change_lines",
    "counted",
    "headline",
    "plan_text",
    "postponed_text",
]

MAX_CHANGES_SHOWN = 50  # lines of one kind; removals are never cut, since each of them has to be seen

_READING_ORDER = (Kind.CREATE, Kind.DELETE, Kind.RENAME, Kind.UPDATE)
_TO_DO = {Kind.DELETE: "to delete", Kind.RENAME: "to rename", Kind.CREATE: "to add"}
_DONE = {Kind.DELETE: "deleted", Kind.RENAME: "renamed", Kind.CREATE: "added"}


def headline(plan: Plan) -> str:
    """Return the counts in words: ``1 to add, 2 to delete; 10 unchanged``, or ``no changes; …``."""
    return counted(plan.changes, unchanged=len(plan.unchanged), left_alone=len(plan.left_alone))


def counted(changes: Sequence[Change], *, unchanged: int = 0, left_alone: int = 0) -> str:
    """Return the counts of a plan's changes in words, and of what it does not touch."""
    counts = _counts(changes, _TO_DO, "to update")
    rest = [f"{n} {what}" for n, what in ((unchanged, "unchanged"), (left_alone, "left alone")) if n]
    return "; ".join([", ".join(counts) or "no changes", *([", ".join(rest)] if rest else [])])


def plan_text(
    name: str,
    identifier: str,
    plan: Plan,
    *,
    tenant: str = "",
    details: Mapping[str, Sequence[str]] | None = None,
    notes: Sequence[str] = (),
    owners: Mapping[str, str] | None = None,
) -> str:
    """Return the plan for one API: a headline, a line per change, then what is left alone and why.

    Args:
        name: the API's name; may be empty.
        identifier: the API's identifier.
        plan: what will be done.
        tenant: the tenant's host.
        details: value of a change → further lines on it.
        notes: further lines on the plan.
        owners: permission → the other resource of the program that declares it.
    """
    lines = [f"{api_title(name, identifier, tenant)}: {headline(plan)}"]
    lines += change_lines(plan.changes, details or {})
    if plan.adopted:
        lines.append(f"  adopted, since the program declares what is already there: {listed(plan.adopted)}")
    lines += _handed_over(plan, owners or {})
    if plan.left_alone:
        lines.append(f"  left alone, not managed here: {listed(plan.left_alone)}")
    lines += [f"  {note}" for note in notes]
    return "\n".join(lines)


def _handed_over(plan: Plan, owners: Mapping[str, str]) -> list[str]:
    by_owner: dict[str, list[str]] = {}
    for value in plan.handed_over:
        by_owner.setdefault(owners.get(value, ""), []).append(value)
    return [
        f"  handed over to {shown(owner) or 'another resource'}, which declares it now: {listed(values)}"
        for owner, values in by_owner.items()
    ]


def applied_text(
    name: str,
    identifier: str,
    plan: Plan,
    *,
    tenant: str = "",
    notes: Sequence[str] = (),
    owners: Mapping[str, str] | None = None,
) -> str:
    """Return what was done: the counts in words, a line per change, and further lines."""
    counts = _counts(plan.changes, _DONE, "updated")
    title = f"{api_title(name, identifier, tenant)}: {', '.join(counts) or 'no changes, nothing written'}"
    lines = [title, *change_lines(plan.changes, {}), *_handed_over(plan, owners or {})]
    return "\n".join([*lines, *(f"  {note}" for note in notes)])


def postponed_text(identifier: str, plan: Plan) -> str:
    """Return what was not done since no preview of this run showed it, and the way to have it done."""
    were = "change was" if len(plan.postponed) == 1 else "changes were"
    return "\n".join(
        (
            f"{shown(identifier)}: {len(plan.postponed)} {were} not made, since no preview of this run showed it, nor "
            "did the program ask for it since it was last applied:",
            *change_lines(plan.postponed, {}),
            "Run `pulumi up` with its preview, to see what is left and agree to it.",
        )
    )


def api_title(name: str, identifier: str, tenant: str = "") -> str:
    """Return ``identifier (name) on tenant``, without what adds nothing or is not known."""
    title = f"{shown(identifier)} ({shown(name)})" if name and name != identifier else shown(identifier)
    return f"{title} on {shown(tenant)}" if tenant else title


def change_lines(changes: Sequence[Change], details: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line per change and its details, each indented; additions beyond a number are counted."""
    lines: list[str] = []
    for kind in Kind:
        of_kind = [change for change in changes if change.kind is kind]
        limit = len(of_kind) if kind in (Kind.DELETE, Kind.RENAME) else MAX_CHANGES_SHOWN
        for change in of_kind[:limit]:
            lines.append(f"  {describe(change)}")
            lines += [f"      {detail}" for detail in details.get(change.value, ())]
        if len(of_kind) > limit:
            lines.append(f"  … and {len(of_kind) - limit} more {_TO_DO.get(kind, 'descriptions to update')}")
    return lines


def _counts(changes: Sequence[Change], verbs: Mapping[Kind, str], updated: str) -> list[str]:
    numbers = {kind: sum(change.kind is kind for change in changes) for kind in _READING_ORDER}
    return [
        f"{n} {verbs[kind]}" if kind in verbs else f"{quantity(n, 'description')} {updated}"
        for kind, n in numbers.items()
        if n
    ]
