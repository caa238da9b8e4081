"""Every text that the product's code holds and people may read: found in the syntax tree, not by whoever wrote it.

A text is a string of more than one word, with its f-string holes as ``{name}``. What is surely no message is left out
by rules of the syntax alone (`_Walk`); whatever is left has to be a part of a message of the catalogue, or to be named
there as something else. So a message that reaches people by a way that nobody has thought of is found all the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PROVIDER", "Text", "key_of", "pattern_of", "texts_of", "texts_of_product"]

PROVIDER = Path(__file__).resolve().parents[2] / "provider"

# The local tenant answers with the vendor's sentences; what it says by itself is what stops it from starting.
_OF_THE_TENANT = ("seed.py", "options.py", "server.py")

_SEVERAL_WORDS = re.compile(r"[\w}\"'`,;:.)][ \n]+[\w{\"'`(]")
_WORD = re.compile("[A-Za-z]{2,}")  # outside of the holes: what has none is put together of other texts
_HOLE = re.compile(r"(?<!\{)\{[^{}]+\}(?!\})")  # braces of the text itself are doubled, as in a format string
# For defects of our own, which end in a traceback on purpose; nobody is to read them who can't read the code.
_DEFECTS = frozenset({"AssertionError", "AttributeError", "TypeError"})
# Texts that are compared with what others say, or looked for in it.
_MATCHING = frozenset({"compile", "endswith", "removeprefix", "removesuffix", "replace", "startswith"})
# Lines on what is going on, which go away by themselves.
_PROGRESS = frozenset({"line", "on_progress", "on_wait", "progress", "tell"})
_HELP = re.compile(r"_(HELP|HELP_END|EPILOG)$")  # constants with a command's help


@dataclass(frozen=True, slots=True)
class Text:
    """One text and its place.

    Attributes:
        template: the text, with holes as ``{name}``.
        file: relative to the folder of the packages.
        line: where it begins.
        lines: first and last line of the statement that it is part of.
        is_constant: whether it stands outside of all functions, so that no call runs its line.
    """

    template: str
    file: str
    line: int
    lines: tuple[int, int]
    is_constant: bool

    @property
    def key(self) -> str:
        """The template with all holes alike, as texts are compared."""
        return key_of(self.template)


def key_of(template: str) -> str:
    """Return a template with all holes alike: what a hole is called is of no account."""
    return _HOLE.sub("{…}", template)


def pattern_of(template: str) -> re.Pattern[str]:
    """Return a pattern that finds what is made of a template."""
    parts = (part.replace("{{", "{").replace("}}", "}") for part in _HOLE.split(template) if part)
    return re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)


def texts_of_product() -> list[Text]:
    """Return the texts of the provider, of the command line, and those that the local tenant says when it starts."""
    found: list[Text] = []
    for package in ("pulumi_auth0_permissions", "auth0_permissions_cli", "auth0_local_tenant"):
        for path in sorted((PROVIDER / package).rglob("*.py")):
            if package != "auth0_local_tenant" or path.name in _OF_THE_TENANT:
                found += texts_of(path.read_text(encoding="utf-8"), path.relative_to(PROVIDER).as_posix())
    return found


def texts_of(source: str, file: str) -> list[Text]:
    """Return the texts of one module.

    Args:
        source: its code.
        file: what to call it.
    """
    return list(_Walk(file).of(ast.parse(source), statement=None, in_function=False))


class _Walk:
    """Goes through a module and yields what may be read by people."""

    def __init__(self, file: str) -> None:
        self._file = file

    def of(self, node: ast.AST, *, statement: ast.stmt | None, in_function: bool) -> Iterator[Text]:
        template = _template(node)
        if template is not None:
            if statement is not None and isinstance(node, ast.expr) and _is_prose(template):
                lines = (statement.lineno, statement.end_lineno or statement.lineno)
                yield Text(template, self._file, node.lineno, lines, not in_function)
            for hole in _holes(node):
                yield from self.of(hole, statement=statement, in_function=in_function)
            return
        if self._is_no_message(node):
            return
        statement = node if isinstance(node, ast.stmt) else statement
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for name, child in _children(node):
            if name in {"decorator_list", "returns", "annotation"}:  # help of commands; types
                continue
            inside = in_function or (is_function and name != "args")  # defaults are made where the function is
            yield from self.of(child, statement=statement, in_function=inside)

    def _is_no_message(self, node: ast.AST) -> bool:
        match node:
            case ast.Expr(value=ast.Constant()):
                return True  # a docstring
            case ast.Compare():
                return True
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                return name.lstrip("_") in _MATCHING | _PROGRESS | {"cast"}
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))):
                return name in _DEFECTS
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return _HELP.search(name) is not None
        return False


def _is_prose(template: str) -> bool:
    return _SEVERAL_WORDS.search(template) is not None and _WORD.search(_HOLE.sub("", template)) is not None


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield name, child


def _template(node: ast.AST) -> str | None:
    """Return the text that an expression makes, or ``None`` where it is no text."""
    match node:
        case ast.Constant(value=str() as text):
            return text.replace("{", "{{").replace("}", "}}")
        case ast.JoinedStr(values=values):
            return "".join(
                _template(part) or "" if isinstance(part, ast.Constant) else f"{{{_name(part.value)}}}"
                for part in values
                if isinstance(part, ast.Constant | ast.FormattedValue)
            )
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = _template(left), _template(right)
            if parts == (None, None):
                return None
            return "".join(
                f"{{{_name(side)}}}" if text is None else text for side, text in zip((left, right), parts, strict=True)
            )
    return None


def _holes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in the holes of a text, where other texts may be."""
    match node:
        case ast.JoinedStr(values=values):
            yield from (part.value for part in values if isinstance(part, ast.FormattedValue))
        case ast.BinOp(left=left, right=right):
            for side in (left, right):
                if _template(side) is None:
                    yield side
                else:
                    yield from _holes(side)


def _name(node: ast.expr) -> str:
    """Return what to call a hole: the variable in it, or the function where there is none."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name.lstrip("_")
        case ast.Subscript(value=value):
            return _name(value)
        case ast.Call(func=func, args=args):
            names = [name for name in map(_name, args) if name != "…"]
            return names[0] if names else _name(func)
        case _:
            return "…"
