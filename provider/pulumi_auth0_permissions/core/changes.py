"""What is to be done to one permission, its kind and its place in a list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
    """What is to be done to one permission.

    Attributes:
        value: the permission; of a rename, its old value.
        existing: its description as observed; ``None`` for a creation.
        new: its description as it shall be; ``None`` for a deletion.
        renamed_to: the new value of a rename; else ``None``.
    """

    value: str
    existing: str | None
    new: str | None
    renamed_to: str | None = None

    def __post_init__(self) -> None:
        if self.existing is None and self.new is None:
            raise ValueError("a change needs an existing or a new permission")
        if self.renamed_to is not None and (self.existing is None or self.new is None):
            raise ValueError("a rename needs an existing and a new permission")

    @property
    def kind(self) -> Kind:
        """What this change does."""
        if self.existing is None:
            return Kind.CREATE
        if self.new is None:
            return Kind.DELETE
        return Kind.UPDATE if self.renamed_to is None else Kind.RENAME

    @property
    def removes(self) -> str | None:
        """The value that the API lacks afterwards (deletion and rename), or ``None``."""
        return self.value if self.kind in (Kind.DELETE, Kind.RENAME) else None

    @property
    def before(self) -> tuple[str, str] | None:
        """Value and description before; ``None`` for a creation."""
        return None if self.existing is None else (self.value, self.existing)

    @property
    def after(self) -> tuple[str, str] | None:
        """Value and description afterwards; ``None`` for a deletion."""
        if self.new is None:
            return None
        return (self.value if self.renamed_to is None else self.renamed_to, self.new)

    @classmethod
    def between(cls, before: tuple[str, str] | None, after: tuple[str, str] | None) -> Change:
        """Return the change that has this before and after.

        Raises:
            ValueError: there is neither.
        """
        if before is None or after is None:
            value = (before or after or ("",))[0]
            return cls(value, None if before is None else before[1], None if after is None else after[1])
        return cls(before[0], before[1], after[1], after[0] if after[0] != before[0] else None)

    @property
    def sort_key(self) -> tuple[int, str]:
        """Order of a plan: kind as listed in `Kind`, then value."""
        return (_PLACE[self.kind], self.value)


def describe(change: Change) -> str:
    """Return one change as one line: ``+ a: "text"``, ``- a``, ``~ a: "old" => "new"``, ``> a => b: "text"``.

    A rename shows the description only where it changes, too.
    """
    value, existing, new = shown_value(change.value), change.existing, change.new
    if new is None:
        return f"- {value}"
    if existing is None:
        return f'+ {value}: "{shown(new)}"' if new else f"+ {value}"
    if change.renamed_to is None:
        return f'~ {value}: "{shown(existing)}" => "{shown(new)}"'
    text = f': "{shown(new)}"' if new != existing else ""
    return f"> {value} => {shown_value(change.renamed_to)}{text}"
