"""What a preview of a whole stack came to, as a value and as JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from pulumi_auth0_permissions.core.review import FORMAT, Review, review_data
from pulumi_auth0_permissions.pulumi_adapter.reviewed import is_refusal
from pulumi_auth0_permissions.version import VERSION


class Verdict(StrEnum):
    """What a preview comes to; the words are part of the JSON."""

    NOTHING_TO_DO = "nothing_to_do"
    CHANGES = "changes"
    REFUSED = "refused"  # a rule stands against it
    FAILED = "failed"  # the preview itself did not work out


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where, when and by whom something was planned or done."""

    tenant: str  # the tenant's host; empty where it is not known
    user: str  # who the back end takes the user for; empty where it does not say
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def data(self) -> dict[str, object]:
        """Return it as JSON data, with the version of this package."""
        time = self.time.isoformat(timespec="seconds")
        return {"time": time, "user": self.user or None, "version": VERSION, "tenant": self.tenant or None}


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error or warning of the preview that is no part of a plan; ``urn`` is ``""`` where it is about the stack."""

    urn: str
    message: str
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """Where a later stage takes its permissions from."""

    stack: str
    taken: Mapping[str, int]  # resource → how many permissions it takes
    as_if: str = ""  # the catalog that was taken in place of what the stack has applied; empty: none


@dataclass(frozen=True, slots=True)
class StackReview:
    """What a preview of a stack came to."""

    stack: str  # its name
    evidence: Evidence
    reviews: tuple[Review, ...]  # what is planned, by `Review.urgency`
    complaints: tuple[Complaint, ...] = ()  # what else the preview said of our resources, and its errors
    declared: tuple[str, ...] = ()  # URNs of all our resources that the program declares
    untouched: int = 0  # how many of our resources have nothing to do
    source: Source | None = None  # None for a first stage, and for a stack that is no stage

    @property
    def verdict(self) -> Verdict:
        """What the preview comes to."""
        errors = [complaint.message for complaint in self.complaints if complaint.is_error]
        if any(map(is_refusal, errors)):
            return Verdict.REFUSED
        if errors:
            return Verdict.FAILED
        if any(review.objections for review in self.reviews):
            return Verdict.REFUSED
        return Verdict.CHANGES if any(review.says_something for review in self.reviews) else Verdict.NOTHING_TO_DO


def stack_review_data(review: StackReview) -> dict[str, object]:
    """Return what a preview of a stack came to as plain dictionaries and lists."""
    source = review.source
    return {
        "format": FORMAT,
        "stack": review.stack,
        **review.evidence.data(),
        "source": None if source is None else {"stack": source.stack, "as_if": source.as_if or None},
        "verdict": review.verdict.value,
        "apis": [review_data(one) for one in review.reviews],
        "untouched": review.untouched,
        "complaints": [
            {"urn": one.urn, "severity": "error" if one.is_error else "warning", "message": one.message}
            for one in review.complaints
        ],
    }
