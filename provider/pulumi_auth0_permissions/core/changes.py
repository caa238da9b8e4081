"""The change value object: one permission's ``(existing, new)``, its kind and its place in a list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pulumi_auth0_permissions.core.permissions import Permission
from pulumi_auth0_permissions.core.wording import shown, shown_value

__all__ = ["Change", "Kind", "describe"]


class Kind(StrEnum):
    """What a change does; listed in the order in which changes are shown: what takes away comes first."""

    DELETE = "delete"
    RENAME = "rename"
    CREATE = "create"
    UPDATE = "update"


_PLACE = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Change:
    """One permission's way from what is to what shall be.

    Attributes:
        existing: the permission as observed; ``None`` for a creation.
        new: the permission as it shall be; ``None`` for a deletion. A value other than ``existing``'s is a rename.
    """

    existing: Permission | None
    new: Permission | None

    def __post_init__(self) -> None:
        if self.existing is None and self.new is None:
            raise ValueError("a change needs an existing or a new permission")

    @property
    def kind(self) -> Kind:
        """What this change does."""
        if self.existing is None:
            return Kind.CREATE
        if self.new is None:
            return Kind.DELETE
        return Kind.UPDATE if self.existing.value == self.new.value else Kind.RENAME

    @property
    def value(self) -> str:
        """The value of the permission concerned; of a rename, the old one."""
        permission = self.existing or self.new
        assert permission is not None  # noqa: S101 - __post_init__ holds it; tells the type checker
        return permission.value

    @property
    def removes(self) -> str | None:
        """The value that the API lacks afterwards (deletion and rename), or ``None``."""
        return self.value if self.kind in (Kind.DELETE, Kind.RENAME) else None

    @property
    def content(self) -> tuple[tuple[str, str] | None, ...]:
        """What makes two changes the same: values and descriptions, an absent description being an empty one."""
        return tuple((p.value, p.text) if p else None for p in (self.existing, self.new))

    @property
    def sort_key(self) -> tuple[int, str]:
        """Order of a plan: kind as listed in `Kind`, then value."""
        return (_PLACE[self.kind], self.value)


def describe(change: Change) -> str:
    """Return one change as one line: ``+ a: "text"``, ``- a``, ``~ a: "old" => "new"``, ``> a => b: "text"``.

    A rename shows the description only where it changes, too.
    """
    existing, new = change.existing, change.new
    if new is None:
        return f"- {shown_value(change.value)}"
    if existing is None:
        return f'+ {shown_value(new.value)}: "{shown(new.text)}"' if new.text else f"+ {shown_value(new.value)}"
    if existing.value == new.value:
        return f'~ {shown_value(existing.value)}: "{shown(existing.text)}" => "{shown(new.text)}"'
    text = f': "{shown(new.text)}"' if new.text != existing.text else ""
    return f"> {shown_value(existing.value)} => {shown_value(new.value)}{text}"
