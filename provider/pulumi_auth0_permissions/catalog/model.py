"""The catalog as a value, and the JSON Schema with which editors check its files while they are written."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Permissions
from pulumi_auth0_permissions.core.text import escape, escape_line, join

SCHEMA_FILE_NAME: Final = "permissions.schema.json"


class NotInCatalog(PermissionsError, LookupError):
    """Raised when a program asks a catalog for an API that it does not have."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Which permissions there are, by logical API name.

    Attributes:
        apis: logical name → permissions, each in the order of the file; can't be changed.
        source: the file it was read from, for messages; no part of the value.
    """

    apis: Mapping[str, Permissions]
    source: str = field(default="the catalog", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "apis", MappingProxyType(dict(self.apis)))

    def permissions(self, name: str) -> dict[str, str]:
        """Return an API's permissions as value → description: what ``ApiPermissions`` takes.

        Raises:
            NotInCatalog: there is no API of that logical name; the message names those that there are.
        """
        try:
            return dict(self.apis[name])
        except KeyError:
            raise NotInCatalog(self._not_here(name)) from None

    def _not_here(self, name: str) -> str:
        message = f'{escape_line(self.source)} has no API "{escape(name)}"'
        if not self.apis:
            return f"{message}: it has none at all."
        near = difflib.get_close_matches(name, self.apis, n=1)
        hint = f' Did you mean "{escape(near[0])}"?' if near else ""
        return f"{message}; it has {join(sorted(self.apis))}.{hint}"


def schema_text() -> str:
    """Return the schema (JSON Schema, draft 2020-12) as the text of a JSON file."""
    return files(__package__).joinpath(SCHEMA_FILE_NAME).read_text(encoding="utf-8")
