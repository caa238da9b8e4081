"""Existing APIs as a Pulumi program that declares what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping

from auth0_permissions_cli.catalog_text import escaped_if_invisible
from pulumi_auth0_permissions.catalog import Catalog

_HEAD = "import pulumi_auth0_permissions as auth0_permissions\n"


def dump_program(catalog: Catalog, identifiers: Mapping[str, str]) -> str:
    """Return a program with one resource for each API.

    Args:
        catalog: permissions by logical API name, which the resources are named by.
        identifiers: logical API name → identifier.
    """
    return "\n".join([_HEAD, *(_resource(name, identifiers[name], catalog.permissions(name)) for name in catalog.apis)])


def _resource(name: str, identifier: str, permissions: Mapping[str, str]) -> str:
    lines = [f"        {_text(value)}: {_text(description)},\n" for value, description in permissions.items()]
    declared = "".join(["{\n", *lines, "    }"]) if lines else "{}"
    return (
        "auth0_permissions.ApiPermissions(\n"
        f"    {_text(name)},\n    api={_text(identifier)},\n    permissions={declared},\n)\n"
    )


def _text(text: str) -> str:
    """Return a literal in quotation marks: JSON's escapes are Python's too, but for what is beyond 16 bits."""
    return "".join(map(escaped_if_invisible, json.dumps(text, ensure_ascii=False)))
