"""A review as Markdown for a pull request's comment: what is refused or taken away stands first, and is cut last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auth0_permissions_cli.github import MAX_COMMENT_LENGTH, bounded, code, escaped, fenced
from auth0_permissions_cli.review.stack_review import StackReview
from auth0_permissions_cli.review.text import (
    evidence_of,
    further_lines,
    headline_of,
    source_of,
    summary_of,
    title_of,
)
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import change_lines, details_of, escape, escape_line, quote

_LINES_IN_A_FENCE = 40  # what does not fit is cut by the fence
_CUT = "**Cut**: {} more parts do not fit into a comment. `auth0-permissions plan --format json` has them all."


def review_markdown(review: StackReview, *, at_most: int = MAX_COMMENT_LENGTH) -> str:
    """Return what a preview of a stack came to as Markdown."""
    blocks = [f"### Permissions of stack {code(escape(review.stack))}", "", f"**{_capital(summary_of(review))}**"]
    blocks += [f"\n{escaped(source)}"] if (source := source_of(review)) else []
    for complaint in review.complaints:
        word = "Error" if complaint.is_error else "Warning"
        where = f" ({code(escape(complaint.urn.split('::')[-1]))})" if complaint.urn else ""
        blocks += [f"\n{word}{where}:\n", *_fences(complaint.message.splitlines())]
    for one in review.reviews:
        if one.says_something:
            blocks += _api(one)
    blocks += ["", f"<sub>Planned {escaped(evidence_of(review.evidence))}</sub>"]
    return bounded(blocks, cut=_CUT, at_most=at_most)


def _api(one: Review) -> Iterator[str]:
    yield f"\n#### {code(title_of(one))}\n\n{_capital(code(headline_of(one)) if one.not_known else headline_of(one))}\n"
    for objection in one.objections:
        yield "**Refused:**\n"
        yield from _fences(objection.splitlines())
    changes = change_lines(one.changes, details_of(one, at_most=0))
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
