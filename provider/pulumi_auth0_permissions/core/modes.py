"""The two policies a user chooses: what becomes of unmanaged permissions, and how a removal is done."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Removal", "Unmanaged"]


class Unmanaged(StrEnum):
    """What to do with permissions that the resource neither declares nor has owned."""

    REFUSE = "refuse"  # fail and list them: nothing is deleted that nobody spoke of
    KEEP = "keep"  # leave them: several stacks share one API
    REMOVE = "remove"  # delete them: the resource owns the API's whole list


class Removal(StrEnum):
    """What to do when a permission is to be deleted."""

    WARN = "warn"  # say who holds it and go on
    REVOKE = "revoke"  # take it from every role and client grant first, then delete it
    REFUSE_IF_HELD = "refuse_if_held"  # fail if a role or client grant holds it
    REFUSE = "refuse"  # fail unless it is named in approvedRemovals
