"""How things read: names that other people chose, numbers and lists, a plan and who is hit by it.

The one place of each of these sentences; nothing here decides anything. Texts are compact, stable, and safe against
hostile names.
"""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pulumi_auth0_permissions.core.model import USERS_NOT_KNOWN, Api, Change, Holder, HolderKind, Impact, Kind, Removal
from pulumi_auth0_permissions.core.planning import Plan
from pulumi_auth0_permissions.core.review import Review

MAX_LISTED = 10  # names in one sentence; more are cut with a count
MAX_HOLDERS_SHOWN = 5  # of a permission; more are cut with a count
MAX_CHANGES_SHOWN = 50  # lines of one kind; removals are never cut, since each of them has to be seen
_MAX_REPEATED = 60  # characters of a text that a message about it repeats

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format and line-breaking characters, halves of pairs
_WORDS = {  # of what is to be done, and of what was done, in the order of reading
    Kind.CREATE: ("to add", "added"),
    Kind.DELETE: ("to delete", "deleted"),
    Kind.RENAME: ("to rename", "renamed"),
    Kind.UPDATE: ("to update", "updated"),
}


# Names, numbers and lists.


def escape(text: str) -> str:
    """Escape a name that other people chose, so that it stays on its line and reads as what it is.

    Nothing in it may move the cursor, change the direction of reading, start a line of its own or be a colour tag. A
    backslash is doubled, so that no name reads like another one's escaped form.
    """
    return escape_line(text.replace("\\", r"\\"))


def escape_line(text: str) -> str:
    """Escape what would not stay on one line of a terminal in a text whose names are escaped already, or a path."""
    if not text.isprintable():
        text = "".join(
            ascii(character)[1:-1] if unicodedata.category(character) in _UNSEEN else character for character in text
        )
    return escape_markup(text)


def escape_markup(text: str) -> str:
    """Escape the start of the engine's colour tags, ``<{%``: it drops those it knows and fails on the others."""
    return text.replace("<{%", r"<\x7b%")


def quote(value: str) -> str:
    """Make a permission's value safe for one line, in quotation marks where its ends could not be seen otherwise."""
    return escape(value) if value and value == value.strip() else f'"{escape(value)}"'


def join(names: Sequence[str], *, quoted: bool = True, at_most: int = MAX_LISTED) -> str:
    """Return names with commas between them, cut after ``at_most`` with the count of the rest.

    ``quoted`` puts quotation marks around each, so that a trailing space is seen.
    """
    texts = [f'"{escape(name)}"' if quoted else escape(name) for name in names[:at_most]]
    rest = len(names) - at_most
    return ", ".join(texts) + (f" and {rest} more" if rest > 0 else "")


def cut(text: str) -> str:
    """Return the text, or its beginning and ``…``, for a message about it."""
    return text if len(text) <= _MAX_REPEATED else text[:_MAX_REPEATED] + "…"


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return ``Did you mean "a" or "b"?`` with the known texts that were probably meant; ``""`` if there are none."""
    by_form = {_without_what_is_missed(one): one for one in known}
    near = difflib.get_close_matches(_without_what_is_missed(text), by_form, n=3, cutoff=0.8)
    return f"Did you mean {' or '.join(join([by_form[form]]) for form in near)}?" if near else ""


def _without_what_is_missed(text: str) -> str:
    """Return a text without what is easily missed: case, ``http`` and ``https``, spaces, the last slash."""
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


# A plan.


def describe(change: Change) -> str:
    """Return one change as one line: ``+ a: "text"``, ``- a``, ``~ a: "old" => "new"``, ``> a => b: "text"``.

    A rename shows the description only where it changes, too.
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
    """Return the plan for one API: a headline, a line per change with who is hit, then further remarks."""
    if review.not_known:
        return f"the plan is known after apply: {review.not_known} (on {escape(review.tenant)})"
    counts = counted(review.changes, unchanged=review.unchanged, left_alone=len(review.left_alone))
    lines = [f"{api_title(review.api_name, review.identifier, review.tenant)}: {counts}"]
    lines += [*change_lines(review.changes, review), *(f"  {line}" for line in remarks_on(review))]
    return "\n".join(lines)


def _who_is_hit(change: Change, review: Review, at_most: int) -> list[str]:
    impact = review.impact
    if impact is None or change.removes is None:
        return []
    if holders := impact.holders_of(change.value):
        what = "will first be taken from" if review.removal is Removal.REVOKE else "held by"
        if change.kind is Kind.RENAME:
            what = "handed over to the new name, and the old one taken from"
        return [f"{what} {_counted(holders)}{_named(holders, at_most)}"]
    return [] if impact.unknown else ["held by no role and named in no client grant"]


def remarks_on(review: Review, *, at_most: int = MAX_HOLDERS_SHOWN) -> list[str]:
    """Return further lines on one API: what is adopted and left alone, who follows the whole list, and the notes."""
    lines = []
    if review.adopted:
        lines.append(f"adopted, since the program declares what is already there: {join(review.adopted)}")
    if review.left_alone:
        lines.append(f"left alone, not managed here: {join(review.left_alone)}")
    if review.impact and (grants := review.impact.all_scope_grants):
        what = f"{_counted(grants)} with allow_all_scopes: what is added or deleted counts at once"
        lines.append(f"{what}{_named(grants, at_most)}")
    return [*lines, *review.notes]


def applied_text(api: Api, plan: Plan, tenant: str, moved: Sequence[Holder]) -> str:
    """Return what was done: the counts in words, a line per change, and whose access was moved."""
    counts = _counts(plan.changes, done=True) or "no changes, nothing written"
    notes = handed_over_notes(plan)
    if moved:
        notes.append(f"access of {_counted(moved)} was changed{_named(moved, MAX_HOLDERS_SHOWN)}")
    lines = [f"{api_title(api.name, api.identifier, tenant)}: {counts}", *change_lines(plan.changes)]
    return "\n".join([*lines, *(f"  {line}" for line in notes)])


def postponed_text(identifier: str, plan: Plan) -> str:
    """Return what was not done since no preview of this run showed it, and the way to have it done."""
    first = (
        f"{escape(identifier)}: {pluralize(len(plan.postponed), 'change was', 'changes were')} not made, since no "
        "preview of this run showed it, nor did the program ask for it since it was last applied:"
    )
    last = "Run `pulumi up` with its preview, to see what is left and agree to it."
    return "\n".join((first, *change_lines(plan.postponed), last))


def api_title(name: str, identifier: str, tenant: str = "") -> str:
    """Return ``identifier (name) on tenant``, without what adds nothing or is not known."""
    title = f"{escape(identifier)} ({escape(name)})" if name and name != identifier else escape(identifier)
    return f"{title} on {escape(tenant)}" if tenant else title


def counted(changes: Sequence[Change], *, unchanged: int = 0, left_alone: int = 0) -> str:
    """Return the counts in words: ``1 to add, 2 to delete; 10 unchanged``, or ``no changes; …``."""
    rest = ", ".join(f"{n} {what}" for n, what in ((unchanged, "unchanged"), (left_alone, "left alone")) if n)
    return "; ".join(filter(None, (_counts(changes) or "no changes", rest)))


def _counts(changes: Sequence[Change], *, done: bool = False) -> str:
    numbers = Counter(change.kind for change in changes)
    return ", ".join(
        f"{pluralize(numbers[kind], 'description') if kind is Kind.UPDATE else numbers[kind]} {words[done]}"
        for kind, words in _WORDS.items()
        if numbers[kind]
    )


def change_lines(
    changes: Sequence[Change], review: Review | None = None, *, at_most: int = MAX_HOLDERS_SHOWN
) -> list[str]:
    """Return a line per change, and below it what a review says of it; additions beyond a number are counted.

    ``at_most`` holders of what goes are named in one line, 0: none.
    """
    lines: list[str] = []
    for kind in Kind:
        of_kind = [change for change in changes if change.kind is kind]
        limit = len(of_kind) if kind in (Kind.DELETE, Kind.RENAME) else MAX_CHANGES_SHOWN
        for change in of_kind[:limit]:
            lines.append(f"  {describe(change)}")
            if review is not None:
                details = (*review.details.get(change.value, ()), *_who_is_hit(change, review, at_most))
                lines += [f"      {detail}" for detail in details]
        if len(of_kind) > limit:
            lines.append(f"  … and {len(of_kind) - limit} more {_WORDS[kind][0]}")
    return lines


def handed_over_notes(plan: Plan) -> list[str]:
    """Return a line for each resource that declares now what another one owned until now."""
    return [
        f"handed over to {escape(owner)}, which declares it now: "
        f"{join([value for value, to in plan.handed_over.items() if to == owner])}"
        for owner in dict.fromkeys(plan.handed_over.values())
    ]


def rename_hint(old: str, new: str) -> str:
    """Return the hint at ``renames``; two Unicode forms of one name, which look the same, are shown by their codes."""
    are_alike = unicodedata.normalize("NFC", old) == unicodedata.normalize("NFC", new)
    old, new = map(ascii if are_alike else quote, (old, new))
    return (
        f"if {new} is the new name of {old}, declare it in `renames`: as it is, whoever holds the old one loses access"
    )


# Who is hit by a plan: no more than is known.


def impact_notes(changes: Sequence[Change], impact: Impact, now: datetime) -> list[str]:
    """Return what else is to be said of the plan as a whole; ``now`` has its zone."""
    notes = []
    removes_some = any(change.removes is not None for change in changes)
    if removes_some and impact.token_lifetime_s is not None:
        until = now + timedelta(seconds=impact.token_lifetime_s)
        notes.append(
            f"tokens issued before may carry what is deleted until {until:%Y-%m-%d %H:%M %Z} at the latest "
            f"(the API's token lifetime is {impact.token_lifetime_s} s)"
        )
    notes += [f"unknown: {phrase}" for phrase in impact.unknown]
    return [*notes, USERS_NOT_KNOWN] if removes_some else notes


def _counted(holders: Sequence[Holder]) -> str:
    numbers = Counter(holder.kind for holder in holders)
    return " and ".join(pluralize(numbers[kind], str(kind)) for kind in HolderKind if numbers[kind])


def _named(holders: Sequence[Holder], at_most: int) -> str:
    """Return ``: `` and the names, client grants first where not all fit: a lost grant stops a machine at once."""
    if len(holders) > at_most:
        holders = sorted(holders, key=lambda holder: holder.kind is HolderKind.ROLE)
    names = join([f"{holder.name} ({holder.id})" for holder in holders], quoted=False, at_most=at_most)
    return f": {names}" if at_most else ""
