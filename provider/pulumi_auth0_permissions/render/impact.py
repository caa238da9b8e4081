"""Who is hit by a plan, as lines for a terminal; says no more than is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.changes import Change, Kind
from pulumi_auth0_permissions.core.holders import NOT_LOOKED_UP, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.modes import Removal
from pulumi_auth0_permissions.core.wording import quantity, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_HOLDERS_SHOWN", "all_scope_notes", "holder_lines", "impact_notes", "moved_note"]

MAX_HOLDERS_SHOWN = 5  # of a permission; more are cut with a count


def holder_lines(
    changes: Sequence[Change], impact: Impact, removal: Removal, *, at_most: int = MAX_HOLDERS_SHOWN
) -> dict[str, list[str]]:
    """Return for each permission that goes a line on who holds it: value → lines.

    Args:
        changes: what will be done.
        impact: who holds what.
        removal: how removals are done.
        at_most: holders named in a line; with 0 they are counted only.
    """
    lines = {}
    for change in changes:
        if change.removes is None:
            continue
        holders = impact.holders_of(change.value)
        if holders:
            what = "held by"
            if change.kind is Kind.RENAME:
                what = "handed over to the new name, and the old one taken from"
            elif removal is Removal.REVOKE:
                what = "will first be taken from"
            lines[change.value] = [f"{what} {_counted(holders)}{_named(holders, at_most)}"]
        elif not impact.unknown:
            lines[change.value] = ["held by no role and named in no client grant"]
    return lines


def moved_note(moved: Sequence[Holder]) -> list[str]:
    """Return a line on whose access was moved; none where nobody's was."""
    return [f"access of {_counted(moved)} was changed{_named(moved)}"] if moved else []


def all_scope_notes(changes: Sequence[Change], impact: Impact, *, at_most: int = MAX_HOLDERS_SHOWN) -> list[str]:
    """Return a line on client grants with ``allow_all_scopes``; none where there are none. See `holder_lines`."""
    grants = impact.whole_list_grants
    if not grants:
        return []
    lose, gain = ("loses", "gains") if len(grants) == 1 else ("lose", "gain")
    is_added = any(change.kind in (Kind.CREATE, Kind.RENAME) for change in changes)
    added = f", and {gain} what is added," if is_added else ""
    return [
        f"{quantity(len(grants), 'client grant')} with allow_all_scopes {lose} what is deleted{added} at once"
        f"{_named(grants, at_most)}"
    ]


def impact_notes(changes: Sequence[Change], impact: Impact, now: datetime) -> list[str]:
    """Return what else is to be said of the plan as a whole.

    Args:
        changes: what will be done.
        impact: who holds what.
        now: the time, with its zone.
    """
    notes = []
    removes_some = any(change.removes is not None for change in changes)
    if removes_some and impact.token_lifetime_s is not None:
        until = now + timedelta(seconds=impact.token_lifetime_s)
        notes.append(
            f"tokens issued before may carry what is deleted until {until:%Y-%m-%d %H:%M %Z} at the latest "
            f"(the API's token lifetime is {impact.token_lifetime_s} s)"
        )
    notes += [f"unknown: {phrase}" for phrase in impact.unknown]
    if removes_some:
        notes.append(NOT_LOOKED_UP)
    return notes


def _counted(holders: Sequence[Holder]) -> str:
    counts = [(sum(holder.kind is kind for holder in holders), kind) for kind in HolderKind]
    return " and ".join(quantity(count, str(kind)) for count, kind in counts if count)


def _named(holders: Sequence[Holder], at_most: int = MAX_HOLDERS_SHOWN) -> str:
    """Return ``: `` and the names, client grants first where not all fit: a lost grant stops a machine at once."""
    if at_most == 0:
        return ""
    if len(holders) > at_most:
        holders = sorted(holders, key=lambda holder: holder.kind is HolderKind.ROLE)
    names = [f"{shown(holder.name)} ({shown(holder.id)})" for holder in holders[:at_most]]
    rest = len(holders) - at_most
    return ": " + ", ".join(names) + (f" and {rest} more" if rest > 0 else "")
