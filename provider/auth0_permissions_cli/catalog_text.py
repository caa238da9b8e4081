"""Permissions as source text: a catalog in YAML, or a program; the same APIs give the same names and bytes.

Reading a text back gives what was written. Characters that are invisible, or change the reading direction, are
escaped, since they would deceive readers of the file.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import chain, count

import yaml

from pulumi_auth0_permissions.catalog import MAX_NAME_LENGTH, Catalog
from pulumi_auth0_permissions.core.model import Api

SCHEMA_FILE_NAME = "permissions.schema.json"

_MAX_DERIVED_LENGTH = 60  # characters; leaves room for what tells two of the same name apart

_CATALOG_HEAD = (
    f"# yaml-language-server: $schema={SCHEMA_FILE_NAME}\n"
    "# Permissions by logical API name, the same for all environments. Which API of a tenant a name stands for is set\n"
    "# for each stack in its configuration, under auth0-permissions:apis.\n"
)
_PROGRAM_HEAD = "import pulumi_auth0_permissions as auth0_permissions\n"

# Text to every reader of YAML: 1.2 has other numbers and words than 1.1.
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)$)[^\W\d_]", re.IGNORECASE)
_TEXT = "tag:yaml.org,2002:str"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) against which editors check a catalog."""
    return files("pulumi_auth0_permissions").joinpath(SCHEMA_FILE_NAME).read_text(encoding="utf-8")


def logical_names(apis: Iterable[Api]) -> dict[str, Api]:
    """Return the APIs by logical name, in its order: one derived from the API's name, else from its identifier.

    Where two would be called the same, the older API keeps the short name (the vendor's ids ascend with time), so
    that an API created later takes nobody's name away.
    """
    named: dict[str, Api] = {}
    for api in sorted(apis, key=lambda api: api.id):
        by_identifier = _slug(re.sub(r"^[a-z][a-z0-9+.-]*://", "", api.identifier, flags=re.IGNORECASE))
        short = _slug(api.name) or by_identifier or "api"
        longer = f"{short}-{by_identifier}"[:MAX_NAME_LENGTH].rstrip("-")
        candidates = chain((short, longer), (f"{short}-{number}" for number in count(2)))
        named[next(name for name in candidates if name not in named)] = api
    return dict(sorted(named.items()))


def _slug(text: str) -> str:
    """Return the text's ASCII letters and digits, in lower case, words joined by ``-``; may be empty."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if slug[:1].isdigit():
        slug = f"api-{slug}"
    return slug[:_MAX_DERIVED_LENGTH].rstrip("-")


class _Dumper(yaml.SafeDumper):
    """Puts texts in quotation marks where that helps."""


def _represent(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    is_plain = _PLAIN.match(text) and text.isprintable() and dumper.analyze_scalar(text).allow_block_plain
    return dumper.represent_scalar(_TEXT, text, style=None if is_plain else '"')


_Dumper.add_representer(str, _represent)


def dump_catalog(catalog: Catalog) -> str:
    """Return the catalog as the text of a file; its first line tells editors where the JSON Schema is."""
    apis = {name: {"permissions": dict(permissions)} for name, permissions in catalog.items()}
    return _CATALOG_HEAD + dump_yaml({"apis": apis})


def dump_yaml(data: object) -> str:
    """Return maps and texts as YAML, in the order given."""
    return _visible(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 30))


def dump_program(catalog: Catalog, identifiers: Mapping[str, str]) -> str:
    """Return a program with one resource for each API, named by its logical name, the key of ``identifiers``."""
    resources = (_resource(name, identifiers[name], permissions) for name, permissions in catalog.items())
    return "\n".join([_PROGRAM_HEAD, *resources])


def _resource(name: str, identifier: str, permissions: Mapping[str, str]) -> str:
    lines = [f"        {_literal(value)}: {_literal(description)},\n" for value, description in permissions.items()]
    declared = "".join(["{\n", *lines, "    }"]) if lines else "{}"
    return (
        "auth0_permissions.ApiPermissions(\n"
        f"    {_literal(name)},\n    api={_literal(identifier)},\n    permissions={declared},\n)\n"
    )


def _literal(text: str) -> str:
    """Return a literal in quotation marks: JSON's escapes are Python's too, except beyond 16 bits."""
    return _visible(json.dumps(text, ensure_ascii=False))


def _visible(text: str) -> str:
    """Escape invisible characters except line breaks, as both YAML and Python read them."""
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
