"""A review as plain text for a terminal, and as Markdown for a pull request's comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auth0_permissions_cli.github import MAX_COMMENT_LENGTH, bounded, code, escaped, fenced
from auth0_permissions_cli.review.stack_review import Evidence, StackReview, Verdict
from pulumi_auth0_permissions.core.review import Review, resource_name
from pulumi_auth0_permissions.core.text import (
    MAX_HOLDERS_SHOWN,
    api_title,
    counted,
    escape,
    escape_line,
    planned_lines,
    pluralize,
    quote,
    remarks_on,
)
from pulumi_auth0_permissions.version import VERSION

REVISION_SHOWN = 12  # digits
_LINES_IN_A_FENCE = 40  # what does not fit is cut by the fence
_CUT = "**Cut**: {} more parts do not fit into a comment. `auth0-permissions plan --format json` has them all."

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.NOTHING_TO_DO: "nothing to do",
    Verdict.CHANGES: "",
    Verdict.REFUSED: "refused",
    Verdict.FAILED: "the preview failed",
}


def summary_of(review: StackReview) -> str:
    """Return the stack's plan in one line: ``refused: 2 to add, 1 to delete in 2 APIs; 18 untouched``."""
    changes = [change for one in review.reviews for change in one.changes]
    places = sum(bool(one.changes) for one in review.reviews)
    parts = [_VERDICTS[review.verdict]]
    if changes:
        parts.append(f"{counted(changes)} in {pluralize(places, 'API')}")
    text = ": ".join(part for part in parts if part) or "to be known when it is applied"
    return f"{text}; {pluralize(review.untouched, 'API')} untouched" if review.untouched else text


def title_of(review: Review) -> str:
    """Return the API as people know it, or the resource where the API is not known."""
    if not review.identifier:
        return escape(review.resource)
    return api_title(review.api_name, review.identifier, review.tenant)


def headline_of(review: Review) -> str:
    """Return what happens to one API, in counts."""
    if review.not_known:
        return f"known after apply: {escape_line(review.not_known)}"
    words = counted(review.changes, unchanged=review.unchanged, left_alone=len(review.left_alone))
    return f"leaves the stack; {words}" if review.leaves_api else words


def further_lines(review: Review, *, at_most: int = MAX_HOLDERS_SHOWN) -> list[str]:
    """Return what else is to be said of one API, and its revisions before and after."""
    lines = remarks_on(review, at_most=at_most)
    if review.before and review.after and review.before != review.after:
        lines.append(f"revision {review.before[:REVISION_SHOWN]} => {review.after[:REVISION_SHOWN]}")
    return lines


def source_of(review: StackReview) -> str:
    """Return from where a later stage takes what; empty for all other stacks."""
    source = review.source
    if source is None:
        return ""
    taken = ", ".join(f"{pluralize(count, 'permission')} of {escape(name)}" for name, count in source.taken.items())
    to, what = escape(review.stack), f": {taken}" if taken else ""
    if source.as_if:
        return f"{to} is planned as if it took {escape(source.as_if)}{what}."
    arrived = f" Nothing has arrived yet that {to} does not have." if review.verdict is Verdict.NOTHING_TO_DO else ""
    return (
        f"{to} takes what {escape(source.stack)} has applied{what}.{arrived} --as-if permissions.yaml shows what the "
        "catalog would come to here."
    )


def evidence_of(evidence: Evidence) -> str:
    """Return where, when, by whom and with which version."""
    where = f"on {escape(evidence.tenant)}" if evidence.tenant else ""
    who = f"by {escape(evidence.user)}" if evidence.user else ""
    parts = (where, f"{evidence.time:%Y-%m-%d %H:%M} UTC", who, f"version {VERSION}")
    return ", ".join(part for part in parts if part)


def review_text(review: StackReview) -> str:
    """Return what a preview of a stack came to: APIs that a reviewer has to see, complaints, then the summary."""
    lines: list[str] = []
    for one in review.reviews:
        if one.says_something:
            lines += [*api_lines(one), ""]
    for complaint in review.complaints:
        word = "error" if complaint.is_error else "warning"
        where = f" ({escape(resource_name(complaint.urn))})" if complaint.urn else ""
        first, *rest = complaint.message.splitlines() or [""]
        lines += [f"{word}{where}: {escape_line(first)}", *(f"  {escape_line(line)}" for line in rest), ""]
    lines += [source] if (source := source_of(review)) else []
    lines += [f"Planned {evidence_of(review.evidence)}.", f"{escape(review.stack)}: {summary_of(review)}"]
    return "\n".join(lines) + "\n"


def api_lines(one: Review) -> Iterator[str]:
    """Yield the plan of one API."""
    yield f"{title_of(one)}: {headline_of(one)}"
    yield from planned_lines(one)
    yield from (f"  {remark}" for remark in further_lines(one))
    for objection in one.objections:
        first, *rest = objection.splitlines()
        yield f"  refused: {escape_line(first)}"
        yield from (f"    {escape_line(line)}" for line in rest)


def review_markdown(review: StackReview, *, at_most: int = MAX_COMMENT_LENGTH) -> str:
    """Return what a preview of a stack came to as Markdown: what is refused or taken away is first, and cut last."""
    blocks = [f"### Permissions of stack {code(escape(review.stack))}", "", f"**{_capital(summary_of(review))}**"]
    blocks += [f"\n{escaped(source)}"] if (source := source_of(review)) else []
    for complaint in review.complaints:
        word = "Error" if complaint.is_error else "Warning"
        where = f" ({code(escape(resource_name(complaint.urn)))})" if complaint.urn else ""
        blocks += [f"\n{word}{where}:\n", *_fences(complaint.message.splitlines())]
    for one in review.reviews:
        if one.says_something:
            blocks += _markdown_api(one)
    blocks += ["", f"<sub>Planned {escaped(evidence_of(review.evidence))}</sub>"]
    return bounded(blocks, cut=_CUT, at_most=at_most)


def _markdown_api(one: Review) -> Iterator[str]:
    yield f"\n#### {code(title_of(one))}\n\n{_capital(code(headline_of(one)) if one.not_known else headline_of(one))}\n"
    for objection in one.objections:
        yield "**Refused:**\n"
        yield from _fences(objection.splitlines())
    changes = planned_lines(one, at_most=0)
    yield from _fences([line.removeprefix("  ") for line in changes], "diff")
    yield from _holders(one)
    if remarks := further_lines(one, at_most=0):
        yield "\n".join(f"- {code(remark)}" for remark in remarks)


def _holders(one: Review) -> Iterator[str]:
    """Yield every holder by name, folded; a block a holder, so that a cut is counted in holders."""
    impact = one.impact
    if impact is None or not (impact.holders or impact.all_scope_grants):
        return
    entries = [(quote(value), holder) for value, held in impact.holders.items() for holder in held]
    entries += [("all permissions", grant) for grant in impact.all_scope_grants]
    yield f"<details><summary>Who holds it: {len(entries)} by name</summary>\n"
    for what, holder in entries:
        yield f"- {code(what)}: {holder.kind} {code(f'{escape(holder.name)} ({escape(holder.id)})')}"
    yield "\n</details>\n"


def _fences(lines: Sequence[str], language: str = "text") -> Iterator[str]:
    """Yield code blocks: GitHub looks for neither markup nor mentions in them."""
    for start in range(0, len(lines), _LINES_IN_A_FENCE):
        yield fenced([escape_line(line) for line in lines[start : start + _LINES_IN_A_FENCE]], language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
