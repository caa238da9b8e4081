"""The permissions of an API as a plain map, Auth0's limits on them, and their digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping

__all__ = [
    "MAX_DESCRIPTION_LENGTH",
    "MAX_PERMISSIONS_PER_API",
    "MAX_VALUE_LENGTH",
    "Permissions",
    "only",
    "revision_of",
    "without",
]

Permissions = dict[str, str]
"""Permission (scope) value → description, ``""`` for none. The order is kept where it is written, and never compared:
the API keeps the order that it was sent, and the order carries no meaning."""

MAX_VALUE_LENGTH = 280  # characters; OpenAPI description of the Management API, ResourceServerScope.value
MAX_DESCRIPTION_LENGTH = 500  # characters; the same, ResourceServerScope.description
MAX_PERMISSIONS_PER_API = 1000  # documented by Auth0 as an entity limit

REVISION_LENGTH = 32  # hexadecimal digits of SHA-256: 128 bits, so that nobody can make two sets share one


def only(permissions: Mapping[str, str], values: Collection[str]) -> Permissions:
    """Return the permissions whose value is among ``values``, in their own order."""
    return {value: description for value, description in permissions.items() if value in values}


def without(permissions: Mapping[str, str], values: Collection[str]) -> Permissions:
    """Return the permissions whose value is not among ``values``, in their own order."""
    return {value: description for value, description in permissions.items() if value not in values}


def revision_of(permissions: Mapping[str, str]) -> str:
    """Return a digest of the content: equal sets have equal revisions on any stack, in any order (32 hex digits)."""
    canonical = json.dumps(sorted(permissions.items()), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:REVISION_LENGTH]
