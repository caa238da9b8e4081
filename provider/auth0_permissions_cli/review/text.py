"""A review as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from auth0_permissions_cli.review.stack_review import StackReview
from auth0_permissions_cli.review.words import headline_of, remarks_on, summary_of, title_of
from pulumi_auth0_permissions.core.reviews import Review
from pulumi_auth0_permissions.core.wording import one_line, shown
from pulumi_auth0_permissions.render.text import change_lines


def review_text(review: StackReview) -> str:
    """Return what a preview of a stack came to: APIs that a reviewer has to see, complaints, then the summary."""
    lines: list[str] = []
    for one in review.reviews:
        if one.says_something:
            lines += [*_api(one), ""]
    for complaint in review.complaints:
        word = "error" if complaint.is_error else "warning"
        where = f" ({shown(complaint.urn.split('::')[-1])})" if complaint.urn else ""
        first, *rest = complaint.message.splitlines() or [""]
        lines += [f"{word}{where}: {one_line(first)}", *(f"  {one_line(line)}" for line in rest), ""]
    lines.append(f"{shown(review.stack)}: {summary_of(review)}")
    return "\n".join(lines) + "\n"


def _api(one: Review) -> Iterator[str]:
    yield f"{title_of(one)}: {headline_of(one)}"
    yield from change_lines(one.changes, one.details)
    yield from (f"  {remark}" for remark in remarks_on(one))
    for objection in one.objections:
        first, *rest = objection.splitlines()
        yield f"  refused: {one_line(first)}"
        yield from (f"    {one_line(line)}" for line in rest)
