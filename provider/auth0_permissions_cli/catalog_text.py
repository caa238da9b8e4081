"""A catalog as YAML text: the same catalog gives the same bytes, and reading them gives the same catalog."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from pulumi_auth0_permissions.catalog.schema import SCHEMA_FILE_NAME

if TYPE_CHECKING:
    from pulumi_auth0_permissions.catalog.model import Catalog
    from pulumi_auth0_permissions.core.permissions import PermissionSet

__all__ = ["dump_catalog", "yaml_text"]

_HEAD = (
    "# Permissions by logical API name, the same for all environments. Which API of a tenant a name stands for is set",
    "# for each stack in its configuration, under auth0-permissions:apis.",
)
_INDENT = "  "
_MAX_IMPLICIT_KEY_LENGTH = 1024  # characters; YAML 1.2, section 7.4: a longer key has to be announced by a "?"

# Written as it is where no reader of YAML 1.1 or 1.2 can take it for anything but this text.
_PLAIN = re.compile(r"[^\W\d_][\w ./:@%+=~()<>,;!?'\"&*|$^-]*")
_NOT_PLAIN = re.compile(r": |:$| #| $")
_WORDS_FOR_OTHER_THINGS = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"}
)
# What cannot be seen, changes the direction of reading or ends a line; and what YAML does not allow as it is.
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ESCAPED_CHARACTERS = frozenset({"\u00a0", "\ufffe", "\uffff"})
_SHORT_ESCAPES: Final[Mapping[str, str]] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def dump_catalog(catalog: Catalog, *, schema: str | None = SCHEMA_FILE_NAME) -> str:
    """Return the catalog as the text of a file.

    Args:
        catalog: what to write.
        schema: path (from the file) or URL of the JSON Schema, for editors; ``None`` leaves that comment out.
    """
    lines = [] if schema is None else [f"# yaml-language-server: $schema={schema}"]
    lines += _HEAD
    lines += _section("apis", bool(catalog.apis), "")
    for name, permissions in catalog.apis.items():
        lines.append(f"{_INDENT}{yaml_text(name)}:")
        lines += _permission_lines(permissions)
    return "\n".join(lines) + "\n"


def yaml_text(text: str) -> str:
    """Return a text as a YAML scalar in one line, in quotation marks wherever they are of use."""
    plain = (
        _PLAIN.fullmatch(text) is not None
        and _NOT_PLAIN.search(text) is None
        and text.casefold() not in _WORDS_FOR_OTHER_THINGS
    )
    return text if plain else '"' + "".join(map(_escaped, text)) + '"'


def _permission_lines(permissions: PermissionSet) -> Iterator[str]:
    yield from _section("permissions", len(permissions) > 0, _INDENT * 2)
    indent = _INDENT * 3
    for permission in permissions:
        key, description = yaml_text(permission.value), yaml_text(permission.text)
        if len(key) <= _MAX_IMPLICIT_KEY_LENGTH:
            yield f"{indent}{key}: {description}"
        else:
            yield f"{indent}? {key}"
            yield f"{indent}: {description}"


def _section(name: str, has_content: bool, indent: str) -> Iterator[str]:  # noqa: FBT001 - reads well at both calls
    yield f"{indent}{name}:" if has_content else f"{indent}{name}: {{}}"


def _escaped(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if character not in _ESCAPED_CHARACTERS and unicodedata.category(character) not in _ESCAPED_CATEGORIES:
        return character
    code = ord(character)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
