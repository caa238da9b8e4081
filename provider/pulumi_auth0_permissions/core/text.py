"""Render names chosen by others, numbers and lists; then a plan, and who is affected by it. Nothing here decides.

Each of these sentences is defined here only. Texts are compact, stable, and safe against hostile names.
"""

import difflib
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pulumi_auth0_permissions.core.model import USERS_NOT_KNOWN, Api, Change, Holder, HolderKind, Impact, Kind, Removal
from pulumi_auth0_permissions.core.review import Review

MAX_LISTED = 10  # names in one sentence; more are cut with a count
MAX_HOLDERS_SHOWN = 5  # of a permission; more are cut with a count
MAX_CHANGES_SHOWN = 50  # lines of one kind; removals are never cut, since each of them has to be seen
_MAX_REPEATED = 60  # characters of a text that a message about it repeats

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format and line-breaking characters, halves of pairs
_TO_DO = {Kind.CREATE: "to add", Kind.DELETE: "to delete", Kind.RENAME: "to rename", Kind.UPDATE: "to update"}
_DONE = {Kind.CREATE: "added", Kind.DELETE: "deleted", Kind.RENAME: "renamed", Kind.UPDATE: "updated"}


def escape(text: str) -> str:
    """Escape a name chosen by others, so that it stays on its line and cannot pass for something else.

    Nothing in it may move the cursor, change the reading direction, start a new line or be a colour tag. A backslash
    is doubled, so that no name reads like the escaped form of another.
    """
    return escape_line(text.replace("\\", r"\\"))


def escape_line(text: str) -> str:
    """Escape what would break the line on a terminal, in a text whose names are already escaped or in a path."""
    if not text.isprintable():
        text = "".join(
            ascii(character)[1:-1] if unicodedata.category(character) in _UNSEEN else character for character in text
        )
    return escape_markup(text)


def escape_markup(text: str) -> str:
    """Escape the start of the engine's colour tags, ``<{%``: it drops those that it knows and fails on others."""
    return text.replace("<{%", r"<\x7b%")


def quote(value: str) -> str:
    """Make a permission's value safe for one line, in quotation marks where its ends would be invisible."""
    return escape(value) if value and value == value.strip() else f'"{escape(value)}"'


def join(names: Sequence[str], *, quoted: bool = True, at_most: int = MAX_LISTED) -> str:
    """Return names separated by commas, in quotation marks, so that a space at an end is seen; the rest is counted."""
    texts = [f'"{escape(name)}"' if quoted else escape(name) for name in names[:at_most]]
    rest = len(names) - at_most
    return ", ".join(texts) + (f" and {rest} more" if rest > 0 else "")


def cut(text: str) -> str:
    """Return the text, or its beginning and ``…``, for a message about it."""
    return text if len(text) <= _MAX_REPEATED else text[:_MAX_REPEATED] + "…"


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return ``Did you mean "a" or "b"?`` with the closest known texts; ``""`` if there are none."""
    by_form = {_normalize(one): one for one in known}
    near = difflib.get_close_matches(_normalize(text), by_form, n=3, cutoff=0.8)
    return f"Did you mean {' or '.join(join([by_form[form]]) for form in near)}?" if near else ""


def _normalize(text: str) -> str:
    """Drop what is easily overlooked: case, ``http`` and ``https``, spaces, a trailing slash."""
    return "".join(text.casefold().split()).removeprefix("http://").removeprefix("https://").rstrip("/")


def pluralize(count: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 permission``, ``3 permissions``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """Return ``90 s``, ``5 min``, ``3 hours`` or ``2 days``, rounded up."""
    for length, unit in ((86400, "days"), (3600, "hours"), (60, "min")):
        if seconds > 2 * length:
            return f"{math.ceil(seconds / length)} {unit}"
    return f"{max(1, math.ceil(seconds))} s"


def describe(change: Change) -> str:
    """Return one change as one line: ``+ a: "text"``, ``- a``, ``~ a: "old" => "new"``, ``> a => b: "text"``.

    A rename shows the description only if that changes too.
    """
    value, existing, new = quote(change.value), change.existing, change.new
    if new is None:
        return f"- {value}"
    if existing is None:
        return f'+ {value}: "{escape(new)}"' if new else f"+ {value}"
    if change.renamed_to is None:
        return f'~ {value}: "{escape(existing)}" => "{escape(new)}"'
    return f"> {value} => {quote(change.renamed_to)}" + (f': "{escape(new)}"' if new != existing else "")


def plan_text(review: Review) -> str:
    """Return the plan for one API: a headline, a line per change with its holders, then remarks."""
    if review.not_known:
        return f"the plan is known after apply: {review.not_known} (on {escape(review.tenant)})"
    lines = [f"{api_title(review.api_name, review.identifier, review.tenant)}: {headline(review)}"]
    lines += [*change_lines(review.changes, review), *(f"  {line}" for line in remarks_on(review))]
    return "\n".join(lines)


def _affected(change: Change, review: Review, at_most: int) -> list[str]:
    """Return a line on who holds what a change removes; none where nothing is removed or nobody looked."""
    impact = review.impact
    if impact is None or change.removes is None:
        return []
    if holders := impact.holders.get(change.value):
        what = "will first be revoked from" if review.removal is Removal.REVOKE else "held by"
        if change.kind is Kind.RENAME:
            what = "access will move to the new name for"
        return [f"{what} {_listed(holders, at_most)}"]
    return [] if impact.unknown else ["held by no role and named in no client grant"]


def remarks_on(review: Review, *, at_most: int = MAX_HOLDERS_SHOWN) -> list[str]:
    """Return remarks on one API: what is adopted or left alone, who holds the whole list, and the notes."""
    lines = []
    if review.adopted:
        lines.append(f"adopted, since they are already on the API: {join(review.adopted)}")
    if review.left_alone:
        lines.append(f"left alone, not managed here: {join(review.left_alone)}")
    if review.impact and (grants := review.impact.all_scope_grants):
        listed = _listed(grants, at_most, " with allow_all_scopes")
        lines.append(f"additions and deletions take effect at once for {listed}")
    return [*lines, *review.notes]


def applied_text(
    api: Api, tenant: str, changes: Sequence[Change], handed_over: Mapping[str, str], moved: Sequence[Holder]
) -> str:
    """Return what was done: the counts, a line per change, what was handed over, and whose access was changed."""
    counts = counted(changes, done=True) or "no changes, nothing written"
    lines = [f"{api_title(api.name, api.identifier, tenant)}: {counts}", *change_lines(changes)]
    lines += [f"  {note}" for note in handed_over_notes(handed_over)]
    lines += [f"  access changed for {_listed(moved, MAX_HOLDERS_SHOWN)}"] if moved else []
    return "\n".join(lines)


def postponed_text(identifier: str, postponed: Sequence[Change]) -> str:
    """Return the changes that were not made because no preview of this run showed them, and how to get them made."""
    first = (
        f"{escape(identifier)}: {pluralize(len(postponed), 'change was', 'changes were')} not made: neither "
        "shown by a preview of this run nor new in the program since it was last applied:"
    )
    last = "Run `pulumi up` with its preview to see and confirm what is left."
    return "\n".join((first, *change_lines(postponed), last))


def api_title(name: str, identifier: str, tenant: str = "") -> str:
    """Return ``identifier (name) on tenant``, without redundant or unknown parts."""
    title = f"{escape(identifier)} ({escape(name)})" if name and name != identifier else escape(identifier)
    return f"{title} on {escape(tenant)}" if tenant else title


def headline(review: Review) -> str:
    """Return the plan for one API in counts: ``1 to add, 2 to delete; 10 unchanged``, or ``no changes; …``."""
    others = ((review.unchanged, "unchanged"), (len(review.left_alone), "left alone"))
    rest = ", ".join(f"{number} {what}" for number, what in others if number)
    return "; ".join(filter(None, (counted(review.changes) or "no changes", rest)))


def counted(changes: Iterable[Change], *, done: bool = False) -> str:
    """Return how many changes of each kind there are, to make or made: ``1 to add, 2 to delete``."""
    numbers = Counter(change.kind for change in changes)
    parts = []
    for kind, word in (_DONE if done else _TO_DO).items():
        if number := numbers[kind]:
            what = pluralize(number, "description") if kind is Kind.UPDATE else str(number)
            parts.append(f"{what} {word}")
    return ", ".join(parts)


def change_lines(
    changes: Sequence[Change], review: Review | None = None, *, at_most: int = MAX_HOLDERS_SHOWN
) -> list[str]:
    """Return a line per change, with details and up to ``at_most`` holders below; a long list of additions is cut."""
    lines: list[str] = []
    for kind in Kind:
        of_kind = [change for change in changes if change.kind is kind]
        limit = len(of_kind) if kind in (Kind.DELETE, Kind.RENAME) else MAX_CHANGES_SHOWN
        for change in of_kind[:limit]:
            lines.append(f"  {describe(change)}")
            if review is not None:
                lines += [f"      {detail}" for detail in (*change.details, *_affected(change, review, at_most))]
        if len(of_kind) > limit:
            lines.append(f"  … and {len(of_kind) - limit} more {_TO_DO[kind]}")
    return lines


def handed_over_notes(handed_over: Mapping[str, str]) -> list[str]:
    """Return a line for each resource that now declares what another one has owned."""
    return [
        f"handed over to {escape(owner)}, which now declares it: "
        f"{join([value for value, to in handed_over.items() if to == owner])}"
        for owner in dict.fromkeys(handed_over.values())
    ]


def rename_hint(old: str, new: str) -> str:
    """Return the hint to declare a rename; names that look alike in two Unicode forms are shown as codes."""
    are_alike = unicodedata.normalize("NFC", old) == unicodedata.normalize("NFC", new)
    shown = ascii if are_alike else quote
    what = f"if {shown(new)} is the new name of {shown(old)}, declare it in `renames`"
    return f"{what}; otherwise, holders of the old one lose access"


def impact_notes(changes: Sequence[Change], impact: Impact, now: datetime) -> list[str]:
    """Return notes on the plan as a whole; ``now`` is timezone-aware."""
    notes = []
    removes_some = any(change.removes is not None for change in changes)
    if removes_some and impact.token_lifetime_s is not None:
        until = now + timedelta(seconds=impact.token_lifetime_s)
        notes.append(
            f"tokens already issued may carry deleted permissions until {until:%Y-%m-%d %H:%M %Z} at the latest "
            f"(the API's token lifetime is {impact.token_lifetime_s} s)"
        )
    notes += [f"unknown: {phrase}" for phrase in impact.unknown]
    return [*notes, USERS_NOT_KNOWN] if removes_some else notes


def _listed(holders: Sequence[Holder], at_most: int, what: str = "") -> str:
    """Return holders as counts and names, client grants first if not all fit: a lost grant stops a machine at once."""
    numbers = Counter(holder.kind for holder in holders)
    counts = " and ".join(pluralize(numbers[kind], str(kind)) for kind in HolderKind if numbers[kind]) + what
    if len(holders) > at_most:
        holders = sorted(holders, key=lambda holder: holder.kind is HolderKind.ROLE)
    names = join([f"{holder.name} ({holder.id})" for holder in holders], quoted=False, at_most=at_most)
    return f"{counts}: {names}" if at_most else counts
