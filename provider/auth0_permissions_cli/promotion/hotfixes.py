"""Compare the sets that a promotion is about: what the target received last, what the source has, what is there now.

The three-way comparison finds what was done in the target by hand and the source knows nothing of. A two-way one could
not tell such a hotfix from something that the source has changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pulumi_auth0_permissions.core.model import Permissions, Unmanaged
from pulumi_auth0_permissions.core.text import escape, join, quote


class HotfixKind(StrEnum):
    """What was done in the target since it received its permissions last."""

    ADDED = "added"
    REMOVED = "removed"
    DESCRIBED = "described"


@dataclass(frozen=True, slots=True)
class Hotfix:
    """One permission that the target has otherwise than it received it, and otherwise than the source has it."""

    kind: HotfixKind  # what was done to it
    value: str  # the permission's value
    target: str | None  # its description in the target; None where it was removed
    source: str | None  # its description in the source; None where the source does not have it


def hotfixes(
    base: Permissions | None, source: Permissions, target: Permissions, *, unmanaged: Unmanaged
) -> tuple[Hotfix, ...]:
    """Return what a promotion would undo or leave behind without the source ever having known it, by value.

    What both sides have done alike is no hotfix, and neither is what a promotion that was cut short has done already.

    Args:
        base: what the target received last; ``None`` where it never received anything: then nobody can tell which
            of two descriptions is the newer one, and only what the source lacks altogether counts.
        source: what the source has applied.
        target: everything on the target's API now.
        unmanaged: what the target does with permissions that are nobody's; under ``keep`` they are somebody
            else's business, not hotfixes.
    """
    values = {*(base or ()), *source, *target}
    found = (_hotfix(value, base, source, target, unmanaged) for value in sorted(values))
    return tuple(hotfix for hotfix in found if hotfix is not None)


def describe_hotfix(hotfix: Hotfix) -> str:
    """Return one hotfix as one line, as a plan would show what was done by hand."""
    value, there, text = quote(hotfix.value), hotfix.source, escape(hotfix.target or "")
    if hotfix.kind is HotfixKind.REMOVED:
        return f"- {value}"
    if hotfix.kind is HotfixKind.ADDED:
        beside = f' (the source says "{escape(there)}")' if there is not None else ""
        return (f'+ {value}: "{text}"' if text else f"+ {value}") + beside
    beside = f'the source says "{escape(there)}"' if there is not None else "the source no longer has it"
    return f'~ {value}: "{text}" ({beside})'


def how_live_differs(recorded: Permissions, live: Permissions, *, unmanaged: Unmanaged) -> str | None:
    """Tell how an API differs from what is recorded of it, in words, or return ``None`` where it does not."""
    missing = [value for value in recorded if value not in live]
    other = [value for value, text in recorded.items() if value in live and live[value] != text]
    added = [] if unmanaged is Unmanaged.KEEP else [value for value in live if value not in recorded]
    facts = [
        f"{what}: {join(values)}"
        for what, values in (("missing", missing), ("described differently", other), ("not recorded", added))
        if values
    ]
    return "; ".join(facts) or None


def _hotfix(
    value: str, base: Permissions | None, source: Permissions, target: Permissions, unmanaged: Unmanaged
) -> Hotfix | None:
    before = None if base is None else base.get(value)
    wanted, now = source.get(value), target.get(value)
    if now == wanted or (base is not None and now == before):
        return None
    if now is None:
        # Without a base, the target has simply not received it yet.
        return None if base is None else Hotfix(HotfixKind.REMOVED, value, None, wanted)
    if before is not None:
        return Hotfix(HotfixKind.DESCRIBED, value, now, wanted)
    if wanted is None:
        return None if unmanaged is Unmanaged.KEEP else Hotfix(HotfixKind.ADDED, value, now, None)
    return None if base is None else Hotfix(HotfixKind.ADDED, value, now, wanted)
