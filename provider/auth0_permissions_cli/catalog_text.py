"""A catalog as YAML text: the same catalog gives the same bytes, and reading them gives the same catalog."""

from __future__ import annotations

import re
import unicodedata

import yaml

from pulumi_auth0_permissions.catalog import SCHEMA_FILE_NAME, Catalog

_HEAD = (
    "# Permissions by logical API name, the same for all environments. Which API of a tenant a name stands for is set",
    "# for each stack in its configuration, under auth0-permissions:apis.",
)
# What no reader of YAML takes for something else than text: 1.2 has other numbers and words than 1.1.
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)$)[^\W\d_]", re.IGNORECASE)
_TEXT = "tag:yaml.org,2002:str"
# What cannot be seen, or changes the direction of reading: never as it is, since it deceives whoever reads the file.
_INVISIBLE = frozenset({"Cf", "Zl", "Zp"})


class _Dumper(yaml.SafeDumper):
    """Puts texts in quotation marks wherever they are of use."""


def _represent(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    is_plain = (
        _PLAIN.match(text) and not any(map(_is_invisible, text)) and dumper.analyze_scalar(text).allow_block_plain
    )
    return dumper.represent_scalar(_TEXT, text, style=None if is_plain else '"')


_Dumper.add_representer(str, _represent)


def dump_catalog(catalog: Catalog, *, schema: str | None = SCHEMA_FILE_NAME) -> str:
    """Return the catalog as the text of a file; ``schema`` is where editors find the JSON Schema, if anywhere."""
    head = [] if schema is None else [f"# yaml-language-server: $schema={schema}"]
    apis = {name: {"permissions": dict(permissions)} for name, permissions in catalog.apis.items()}
    return "\n".join([*head, *_HEAD, dump_yaml({"apis": apis})])


def dump_yaml(data: object) -> str:
    """Return maps and texts as YAML, in the order given."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 30)
    return "".join(map(escaped_if_invisible, text))


def yaml_text(text: str) -> str:
    """Return a text as a YAML scalar in one line."""
    return dump_yaml(text).removesuffix("...\n").rstrip("\n")


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or character == "\N{NO-BREAK SPACE}"


def escaped_if_invisible(character: str) -> str:
    """Return a character, or the escape that YAML and Python have for it where it deceives whoever reads the file."""
    if not _is_invisible(character):
        return character
    code = ord(character)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
