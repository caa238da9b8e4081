"""A review as plain text for a terminal, and the sentences that every rendering of it shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auth0_permissions_cli.review.stack_review import StackReview, Verdict
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import api_title, change_lines, counted, escape, escape_line, join, pluralize

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
        return escape(review.urn.split("::")[-1])
    return api_title(review.api_name, review.identifier, review.tenant)


def headline_of(review: Review) -> str:
    """Return what happens to one API, in counts."""
    if review.not_known:
        return f"known after apply: {escape_line(review.not_known)}"
    words = counted(review.changes, unchanged=review.unchanged, left_alone=len(review.left_alone))
    return f"leaves the stack; {words}" if review.leaves_api else words


def remarks_on(review: Review) -> list[str]:
    """Return further lines on one API: what is adopted, what is left alone, and who is hit."""
    remarks = []
    if review.adopted:
        remarks.append(f"adopted, since the program declares what is already there: {join(review.adopted)}")
    if review.left_alone:
        remarks.append(f"left alone, not managed here: {join(review.left_alone)}")
    return [*remarks, *review.notes]


def review_text(review: StackReview) -> str:
    """Return what a preview of a stack came to: APIs that a reviewer has to see, complaints, then the summary."""
    lines: list[str] = []
    for one in review.reviews:
        if one.says_something:
            lines += [*_api(one), ""]
    for complaint in review.complaints:
        word = "error" if complaint.is_error else "warning"
        where = f" ({escape(complaint.urn.split('::')[-1])})" if complaint.urn else ""
        first, *rest = complaint.message.splitlines() or [""]
        lines += [f"{word}{where}: {escape_line(first)}", *(f"  {escape_line(line)}" for line in rest), ""]
    lines.append(f"{escape(review.stack)}: {summary_of(review)}")
    return "\n".join(lines) + "\n"


def _api(one: Review) -> Iterator[str]:
    yield f"{title_of(one)}: {headline_of(one)}"
    yield from change_lines(one.changes, one.details)
    yield from (f"  {remark}" for remark in remarks_on(one))
    for objection in one.objections:
        first, *rest = objection.splitlines()
        yield f"  refused: {escape_line(first)}"
        yield from (f"    {escape_line(line)}" for line in rest)
