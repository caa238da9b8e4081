"""One permission and the set of an API's permissions: compare, order, digest; no rules about change."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

__all__ = [
    "MAX_DESCRIPTION_LENGTH",
    "MAX_PERMISSIONS_PER_API",
    "MAX_VALUE_LENGTH",
    "Permission",
    "PermissionSet",
]

MAX_VALUE_LENGTH = 280  # characters; OpenAPI description of the Management API, ResourceServerScope.value
MAX_DESCRIPTION_LENGTH = 500  # characters; the same, ResourceServerScope.description
MAX_PERMISSIONS_PER_API = 1000  # documented by Auth0 as an entity limit

REVISION_LENGTH = 32  # hexadecimal digits of SHA-256: 128 bits, so that nobody can make two sets share one


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission (scope) of an API.

    Attributes:
        value: the name, 1 to 280 characters, taken as it is: the API neither trims nor folds it.
        description: up to 500 characters; ``None`` where the API holds none, which means the same as ``""``.
    """

    value: str
    description: str | None = None

    @property
    def text(self) -> str:
        """The description as people read it: an absent one is empty."""
        return self.description or ""

    def says_the_same_as(self, other: Permission) -> bool:
        """Tell whether both have the same value and description, an absent description being an empty one."""
        return self.value == other.value and self.text == other.text


class PermissionSet:
    """The permissions of one API: an immutable set by value that remembers the order it was listed in.

    Two sets are equal when they hold the same permissions, whatever the order (the API keeps the order that it
    was sent, and the order carries no meaning).
    """

    __slots__ = ("_by_value",)

    def __init__(self, permissions: Iterable[Permission] = ()) -> None:
        listed = tuple(permissions)
        self._by_value = {permission.value: permission for permission in listed}
        if len(self._by_value) < len(listed):
            counts = Counter(permission.value for permission in listed)
            raise ValueError(f"permission {counts.most_common(1)[0][0]!r} is listed twice")

    @classmethod
    def of(cls, descriptions: Mapping[str, str]) -> PermissionSet:
        """Make a set of a map from value to description."""
        return cls([Permission(value, description) for value, description in descriptions.items()])

    def __iter__(self) -> Iterator[Permission]:
        return iter(self._by_value.values())

    def __len__(self) -> int:
        return len(self._by_value)

    def __contains__(self, value: object) -> bool:
        return value in self._by_value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PermissionSet) and self.as_map() == other.as_map()

    def __hash__(self) -> int:
        return hash(frozenset(self.as_map().items()))

    def __repr__(self) -> str:
        return f"PermissionSet({list(self)!r})"

    def get(self, value: str) -> Permission | None:
        """Return the permission of that value, or ``None``."""
        return self._by_value.get(value)

    def values(self) -> tuple[str, ...]:
        """Return the values in the order they were listed in."""
        return tuple(self._by_value)

    def as_map(self) -> dict[str, str]:
        """Return value → description in listed order, an absent description as ``""``."""
        return {value: permission.text for value, permission in self._by_value.items()}

    def only(self, values: Iterable[str]) -> PermissionSet:
        """Return the permissions of this set whose value is among ``values``, in this set's order."""
        wanted = set(values)
        return PermissionSet([permission for value, permission in self._by_value.items() if value in wanted])

    def without(self, values: Iterable[str]) -> PermissionSet:
        """Return the permissions of this set whose value is not among ``values``, in this set's order."""
        unwanted = set(values)
        return PermissionSet([permission for value, permission in self._by_value.items() if value not in unwanted])

    @property
    def revision(self) -> str:
        """A digest of the content: equal sets have equal revisions on any stack, in any order (32 hex digits)."""
        canonical = json.dumps(sorted(self.as_map().items()), ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:REVISION_LENGTH]
