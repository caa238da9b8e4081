"""What a preview shows of one API, as a value for whoever reviews it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pulumi_auth0_permissions.core.changes import Change
from pulumi_auth0_permissions.core.holders import Impact
from pulumi_auth0_permissions.core.modes import Removal

__all__ = ["Review"]


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
        details: value of a change → sentences on it; who holds it stands in ``impact``.
        notes: sentences on the plan.
        removal: how removals are done.
        impact: who is hit; ``None`` where nobody looked.
        leaves_api: whether the resource leaves the API: it goes away, or moves to another one.
        not_known: why the plan is not known before it is applied; ``""`` where it is.
        before: revision of everything on the API now; ``""`` where that is not known.
        after: the revision that the plan leads to.
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
    removal: Removal = Removal.WARN
    impact: Impact | None = None
    leaves_api: bool = False
    not_known: str = ""
    before: str = ""
    after: str = ""
    shown: str = ""

    @property
    def resource(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[-1]

    @property
    def says_something(self) -> bool:
        """Whether a reviewer has to see it."""
        return bool(self.changes or self.objections or self.not_known)

    @property
    def urgency(self) -> tuple[int, str, str]:
        """Order for a reviewer: what is refused, then what takes away, then the rest; by identifier."""
        takes_away = any(change.removes is not None for change in self.changes)
        return (0 if self.objections else 1 if takes_away else 2, self.identifier, self.urn)
