"""What the reference says that is made from the code: the commands' own help, and the catalog's schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

import click
from click.testing import CliRunner

from auth0_permissions_cli.app import group
from pulumi_auth0_permissions.catalog import schema_text

__all__ = ["REFERENCE"]

WIDTH = 100  # characters


def _help(*command: str) -> str:
    """Return a command as it is typed, and the help that it prints."""
    typed = ["auth0-permissions", *command, "--help"]
    run = CliRunner().invoke(
        group, [*command, "--help"], prog_name=typed[0], max_content_width=WIDTH, terminal_width=WIDTH
    )
    assert run.exit_code == 0, run.output
    return f"$ {' '.join(typed)}\n{run.output.rstrip()}"


def _catalog() -> str:
    """Return the schema as a table."""
    lines = ["| where | what | rules |", "| --- | --- | --- |"]
    lines += [f"| {where} | {what} | {rules} |" for where, what, rules in _rows(json.loads(schema_text()))]
    return "\n".join([*lines, ""])


def _rows(schema: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    apis = _at(schema, "properties", "apis")
    permissions = _at(schema, "$defs", "api", "properties", "permissions")
    for where, part in (
        ("the file", schema),
        ("`apis`", apis),
        ("`apis.NAME`: the name", _at(apis, "propertyNames")),
        ("`apis.NAME`", _at(schema, "$defs", "api")),
        ("`apis.NAME.permissions`", permissions),
        ("a permission", _at(permissions, "propertyNames")),
        ("its description", _at(permissions, "additionalProperties")),
    ):
        yield where, str(part.get("description", "")).replace("|", "\\|"), "; ".join(_rules(part))


def _rules(part: Mapping[str, object]) -> Iterator[str]:
    if isinstance(required := part.get("required"), list):
        yield f"needs {', '.join(f'`{name}`' for name in required)}"
    if part.get("additionalProperties") is False:
        yield "nothing else"
    for key, text in (
        ("minLength", "at least {} character"),
        ("maxLength", "at most {} characters"),
        ("maxProperties", "at most {}"),
    ):
        if key in part:
            yield text.format(part[key])
    unwanted = json.dumps(part.get("not", {}))
    if "\\u0000" in unwanted:
        yield "no control characters" + (" but line breaks and tabs" if "\\u000b" in unwanted else "")
    if "Reserved" in unwanted:
        yield "none of the names that [Auth0 reserves](https://auth0.com/docs/get-started/apis/add-api-permissions)"


def _at(schema: Mapping[str, object], *path: str) -> Mapping[str, object]:
    found: object = schema
    for key in path:
        assert isinstance(found, Mapping)
        found = found[key]
    assert isinstance(found, Mapping)
    return found


def _helps() -> Iterator[tuple[str, Callable[[], str]]]:
    yield "help", _help
    for name in group.list_commands(click.Context(group)):
        yield f"help-{name}", lambda name=name: _help(name)  # type: ignore[misc]


REFERENCE: Mapping[str, Callable[[], str]] = {**dict(_helps()), "catalog": _catalog}
"""Block → what makes its text."""
