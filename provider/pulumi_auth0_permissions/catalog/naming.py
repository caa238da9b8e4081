"""Logical names for the APIs of a tenant, derived from what they are called there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.model import Api

MAX_LOGICAL_NAME_LENGTH: Final = 100  # characters; ours: it is a key in files and configuration that people read

# No dot, bracket or quotation mark: `pulumi config set --path` takes those for its own.
_LOGICAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_MAX_DERIVED_LENGTH = 60  # characters; leaves room for what tells two of the same name apart


def is_logical_name(text: str) -> bool:
    """Tell whether a text may be a logical API name."""
    return len(text) <= MAX_LOGICAL_NAME_LENGTH and _LOGICAL_NAME.fullmatch(text) is not None


def logical_names(apis: Iterable[Api]) -> dict[str, str]:
    """Return the id of each API → a logical name, derived from its name, else from its identifier.

    Where two would be called the same, the older API keeps the short name (the vendor's ids ascend with time), so
    that an API created later takes nobody's name away.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for api in sorted(apis, key=lambda api: api.id):
        names[api.id] = next(name for name in _candidates(api) if name not in taken)
        taken.add(names[api.id])
    return names


def _candidates(api: Api) -> Iterator[str]:
    by_identifier = _slug(re.sub(r"^[a-z][a-z0-9+.-]*://", "", api.identifier, flags=re.IGNORECASE))
    short = _slug(api.name) or by_identifier or "api"
    yield short
    longer = f"{short}-{by_identifier}"[:MAX_LOGICAL_NAME_LENGTH].rstrip("-") if by_identifier else short
    if by_identifier != short:
        yield longer
    yield from (f"{short}-{number}" for number in count(2))


def _slug(text: str) -> str:
    """Return the text's ASCII letters and digits, in lower case, words joined by ``-``; may be empty."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if slug[:1].isdigit():
        slug = f"api-{slug}"
    return slug[:_MAX_DERIVED_LENGTH].rstrip("-")
