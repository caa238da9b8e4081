"""What a preview of a whole stack came to, as a value and as JSON data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pulumi_auth0_permissions.core.review import FORMAT, Review, review_data


class Verdict(StrEnum):
    """What a preview comes to; the words are part of the JSON."""

    NOTHING_TO_DO = "nothing_to_do"
    CHANGES = "changes"
    REFUSED = "refused"  # a rule stands against it
    FAILED = "failed"  # the preview itself did not work out


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error or warning of the preview that is no part of a plan; ``urn`` is ``""`` where it is about the stack."""

    urn: str
    message: str
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class StackReview:
    """What a preview of a stack came to."""

    stack: str  # its name
    reviews: tuple[Review, ...]  # what is planned, by `Review.urgency`
    complaints: tuple[Complaint, ...] = ()  # what else the preview said of our resources, and its errors
    untouched: int = 0  # how many of our resources have nothing to do

    @property
    def verdict(self) -> Verdict:
        """What the preview comes to."""
        if any(complaint.is_error for complaint in self.complaints):
            return Verdict.FAILED
        if any(review.objections for review in self.reviews):
            return Verdict.REFUSED
        return Verdict.CHANGES if any(review.says_something for review in self.reviews) else Verdict.NOTHING_TO_DO


def stack_review_data(review: StackReview) -> dict[str, object]:
    """Return what a preview of a stack came to as plain dictionaries and lists."""
    return {
        "format": FORMAT,
        "stack": review.stack,
        "verdict": review.verdict.value,
        "apis": [review_data(one) for one in review.reviews],
        "untouched": review.untouched,
        "complaints": [
            {"urn": one.urn, "severity": "error" if one.is_error else "warning", "message": one.message}
            for one in review.complaints
        ],
    }
