"""What the reference says that is made from the code: the commands' own help, and the catalog's schema."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import click
from click.testing import CliRunner

from auth0_permissions_cli.app import group
from pulumi_auth0_permissions import ApiPermissions, GetApiPermissionsResult
from pulumi_auth0_permissions.catalog import schema_text

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


def _inputs() -> str:
    """Return the resource's arguments as a table: their types, and what its docstring says of them."""
    types = {name: str(one.annotation) for name, one in inspect.signature(ApiPermissions.__init__).parameters.items()}
    args = _section(ApiPermissions, "Args")
    assert list(args) == [name for name in types if name != "self"]
    return _table(
        ("input", "type", "meaning"), [(f"`{name}`", _type(types[name]), text) for name, text in args.items()]
    )


def _outputs() -> str:
    """Return the resource's other attributes as a table: their types, and the docstrings below or in them."""
    inputs = _section(ApiPermissions, "Args")
    (tree,) = ast.parse(inspect.getsource(ApiPermissions)).body
    assert isinstance(tree, ast.ClassDef)
    found: list[tuple[str, str, str]] = []
    for one, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        match one, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                if name not in inputs:
                    found.append((f"`{name}`", _type(ast.unparse(one.annotation)), _prose(text)))
            case ast.FunctionDef(name="effective_permissions", returns=ast.expr() as returns), _:
                first = inspect.getdoc(ApiPermissions.effective_permissions) or ""
                found.append(("`effective_permissions`", _type(ast.unparse(returns)), _prose(first.split("\n\n")[0])))
    return _table(("output", "type", "meaning"), found)


def _attributes() -> str:
    found = _section(GetApiPermissionsResult, "Attributes")
    return _table(("attribute", "meaning"), [(f"`{name}`", text) for name, text in found.items()])


def _section(thing: type, title: str) -> dict[str, str]:
    """Return a section of a docstring: name → text."""
    text = (inspect.getdoc(thing) or "").partition(f"{title}:\n")[2].partition("\n\n")[0]
    entries = re.split(r"^    (?=\w+: )", text, flags=re.MULTILINE)[1:]
    return {name: _prose(meaning) for name, _, meaning in (entry.partition(": ") for entry in entries)}


def _prose(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _type(annotation: str) -> str:
    plain = annotation.replace("pulumi.", "").replace("'", '"').removesuffix(" | None")
    return "`" + plain.replace("|", "\\|") + "`"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)) + "\n"


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


REFERENCE: Mapping[str, Callable[[], str]] = {
    **dict(_helps()),
    "catalog": _catalog,
    "resource-inputs": _inputs,
    "resource-outputs": _outputs,
    "look-up-attributes": _attributes,
}
"""Block → what makes its text."""
