"""What every rendering of a review says of the stack as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pulumi_auth0_permissions.core.reviews import Review, StackReview, Verdict
from pulumi_auth0_permissions.core.wording import listed, quantity, shown
from pulumi_auth0_permissions.render.text import api_title, counted

__all__ = ["headline_of", "remarks_on", "summary_of", "title_of"]

_VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.NOTHING_TO_DO: "nothing to do",
        Verdict.CHANGES: "",
        Verdict.REFUSED: "refused",
        Verdict.FAILED: "the preview failed",
    }
)


def summary_of(review: StackReview) -> str:
    """Return the stack's plan in one line: ``refused: 2 to add, 1 to delete in 2 APIs; 18 untouched``."""
    changes = [change for one in review.reviews for change in one.changes]
    places = sum(bool(one.changes) for one in review.reviews)
    parts = [_VERDICTS[review.verdict]]
    if changes:
        parts.append(f"{counted(changes)} in {quantity(places, 'API')}")
    text = ": ".join(part for part in parts if part) or "to be known when it is applied"
    return f"{text}; {quantity(review.untouched, 'API')} untouched" if review.untouched else text


def title_of(review: Review) -> str:
    """Return the API as people know it, or the resource where the API is not known."""
    if not review.identifier:
        return shown(review.urn.split("::")[-1])
    return api_title(review.api_name, review.identifier, review.tenant)


def headline_of(review: Review) -> str:
    """Return what happens to one API, in counts."""
    if review.not_known:
        return f"known after apply: {shown(review.not_known)}"
    words = counted(review.changes, unchanged=review.unchanged, left_alone=len(review.left_alone))
    return f"leaves the stack; {words}" if review.is_departure else words


def remarks_on(review: Review) -> list[str]:
    """Return further lines on one API: what is adopted, what is left alone, and who is hit."""
    remarks = []
    if review.adopted:
        remarks.append(f"adopted, since the program declares what is already there: {listed(review.adopted)}")
    if review.left_alone:
        remarks.append(f"left alone, not managed here: {listed(review.left_alone)}")
    return [*remarks, *review.notes]
