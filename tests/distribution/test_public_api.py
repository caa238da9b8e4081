"""The public names of the packages, with their signatures, are pinned: what other people's programs rely on.

Run by itself it prints them, for public_api.txt: tools/run.sh python tests/distribution/test_public_api.py
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINNED = Path(__file__).with_name("public_api.txt")
PUBLIC_MODULES = ("pulumi_auth0_permissions", "auth0_local_tenant", "auth0_permissions_cli")
"""Modules whose names are public; all others are the product's own, whatever they are called."""


def public_api() -> str:
    """Return the whole public API, one line for each name."""
    return "\n".join(line for module in PUBLIC_MODULES for line in _of_module(module)) + "\n"


def _of_module(module_name: str) -> Iterator[str]:
    module = import_module(module_name)
    for name in module.__all__:
        yield from _of_object(f"{module_name}.{name}", getattr(module, name))


def _of_object(path: str, thing: object) -> Iterator[str]:
    if not inspect.isclass(thing):
        yield f"def {path}{_signature(thing)}" if callable(thing) else f"{path} = {thing!r}"
        return
    bases = ", ".join(base.__name__ for base in thing.__bases__ if base is not object)
    yield f"class {path}({bases})" if bases else f"class {path}"
    if "__init__" in vars(thing):
        yield f"    def __init__{_signature(vars(thing)['__init__'])}"
    fields = {field.name for field in dataclasses.fields(thing)} if dataclasses.is_dataclass(thing) else set()
    for name, annotation in inspect.get_annotations(thing).items():
        if not name.startswith("_") and name not in fields:
            yield f"    {name}: {_text(annotation)}"
    for name, member in vars(thing).items():
        if not name.startswith("_") and name not in fields:
            yield from _of_member(name, member)


def _of_member(name: str, member: object) -> Iterator[str]:
    if isinstance(member, property):
        assert member.fget is not None
        yield f"    {name}: {_text(member.fget.__annotations__['return'])} (a property)"
    elif isinstance(member, classmethod | staticmethod):
        yield f"    {type(member).__name__} {name}{_signature(member.__func__)}"
    elif inspect.isfunction(member):
        yield f"    def {name}{_signature(member)}"


def _signature(function: Callable[..., object]) -> str:
    """Return a signature that is the same in every run and for each way of writing annotations."""
    signature = inspect.signature(function)
    parameters = []
    for parameter in signature.parameters.values():
        text = parameter.name
        if parameter.annotation is not parameter.empty:
            text += f": {_text(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            default = parameter.default
            text += f" = {default.__name__ if callable(default) else repr(default)}"
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parameters:
            parameters.append("*")
        parameters.append(text)
    return f"({', '.join(parameters)}) -> {_text(signature.return_annotation)}"


def _text(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:[a-z_0-9]+\.)+(?=[A-Z])", "", text).replace('"', "'")


def test_the_public_api_is_the_pinned_one() -> None:
    """Names, signatures and types are those written down.

    After a wanted change: run this file by itself (see above) into public_api.txt, and make an entry in CHANGELOG.md.
    """
    assert public_api() == PINNED.read_text(encoding="utf-8")


def test_nobody_outside_uses_more_than_the_public_names() -> None:
    """Examples and templates import from the three packages themselves, never from what is inside them."""
    private = [
        f"{file}: {name}"
        for folder in ("examples", "templates")
        for file in (ROOT / folder).rglob("*.py")
        for name in _imported(file)
        if name.split(".")[0] in PUBLIC_MODULES and name not in PUBLIC_MODULES
    ]

    assert private == []


def _imported(file: Path) -> list[str]:
    """Return the modules that a program imports."""
    modules = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules.append(node.module)
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
    return modules


if __name__ == "__main__":
    sys.stdout.write(public_api())
