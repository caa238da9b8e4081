"""What a preview of a stack shows of its APIs, as values for whoever reviews it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_auth0_permissions.core.changes import Change
from pulumi_auth0_permissions.core.holders import Impact

__all__ = ["Complaint", "Review", "StackReview", "Verdict"]


class Verdict(StrEnum):
    """What a preview comes to; the words are part of the JSON."""

    NOTHING_TO_DO = "nothing_to_do"
    CHANGES = "changes"
    REFUSED = "refused"  # a rule stands against it
    FAILED = "failed"  # the preview itself did not work out


@dataclass(frozen=True, slots=True)
class Review:
    """What is planned for one API by one resource.

    Attributes:
        urn: the resource's URN.
        api_id: the API's id; ``""`` where it is not known.
        identifier: the API's identifier, or what the program gives for it.
        api_name: the API's name; may be empty.
        tenant: the tenant's host; may be empty.
        changes: what will be done, in the order of a plan.
        unchanged: how many declared permissions are as they shall be.
        adopted: declared permissions that were there before they were managed.
        left_alone: permissions of somebody else that stay.
        objections: what stands against the plan.
        details: value of a change → sentences on it, such as who holds it.
        notes: sentences on the plan.
        impact: who is hit; ``None`` where nobody looked.
        is_departure: whether the resource leaves the API: it goes away, or moves to another one.
        not_known: why the plan is not known before it is applied; ``""`` where it is.
        shown: the text that the engine's preview shows of it.
    """

    urn: str
    identifier: str
    api_id: str = ""
    api_name: str = ""
    tenant: str = ""
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    adopted: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    details: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    impact: Impact | None = None
    is_departure: bool = False
    not_known: str = ""
    shown: str = ""

    @property
    def says_something(self) -> bool:
        """Whether a reviewer has to see it."""
        return bool(self.changes or self.objections or self.not_known)

    @property
    def urgency(self) -> tuple[int, str, str]:
        """Order for a reviewer: what is refused, then what takes away, then the rest; by identifier."""
        takes_away = any(change.removes is not None for change in self.changes)
        return (0 if self.objections else 1 if takes_away else 2, self.identifier, self.urn)


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error or warning of the preview that is no part of a plan; ``urn`` is ``""`` where it is about the stack."""

    urn: str
    message: str
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class StackReview:
    """What a preview of a stack came to.

    Attributes:
        stack: its name.
        reviews: what is planned, by `Review.urgency`.
        complaints: what else the preview said of our resources, and its errors.
        untouched: how many of our resources have nothing to do.
    """

    stack: str
    reviews: tuple[Review, ...]
    complaints: tuple[Complaint, ...] = ()
    untouched: int = 0

    @property
    def verdict(self) -> Verdict:
        """What the preview comes to."""
        if any(complaint.is_error for complaint in self.complaints):
            return Verdict.FAILED
        if any(review.objections for review in self.reviews):
            return Verdict.REFUSED
        return Verdict.CHANGES if any(review.says_something for review in self.reviews) else Verdict.NOTHING_TO_DO
