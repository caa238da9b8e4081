"""Which API somebody wants to look at, and what is known of it before it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Foreseen", "Wish"]

_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Wish:
    """An API that somebody wants to look at.

    Attributes:
        api: identifier or id.
        identifier: the identifier; ``None`` where only the id is known.
        permissions: how many permissions it is expected to hold; ``None`` where nobody knows.
    """

    api: str
    identifier: str | None = None
    permissions: int | None = None

    @classmethod
    def of_input(cls, api: str, permissions: int | None = None) -> Wish:
        """Make a wish of what a user gave as ``api``: what looks like an id is not taken for an identifier."""
        return cls(api, None if _ID.fullmatch(api) else api, permissions)

    @property
    def can_be_named(self) -> bool:
        """Whether a list can be asked for it by its identifier.

        The service takes identifiers that are separated by commas as well, so one that holds a comma could be
        taken for two.
        """
        return bool(self.identifier) and "," not in (self.identifier or "")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an earlier process of the same run has left to be known.

    Attributes:
        wishes: what it looked at.
        total: how many APIs the tenant has; ``None`` where it did not find out.
    """

    wishes: tuple[Wish, ...] = ()
    total: int | None = None
