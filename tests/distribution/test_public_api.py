"""The public names of the packages, with their signatures, are pinned: what other people's programs rely on.

Run by itself it prints them, for public_api.txt: tools/run.sh python tests/distribution/test_public_api.py
"""

import inspect
import re
import sys
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINNED = Path(__file__).with_name("public_api.txt")
PUBLIC_MODULES = ("pulumi_auth0_permissions", "auth0_local_tenant", "auth0_permissions_cli")
"""Modules whose names are public; all others are the product's own, whatever they are called."""


def public_api() -> str:
    """Return the whole public API, one line for each name and for each public member of a class."""
    lines = []
    for module in map(import_module, PUBLIC_MODULES):
        for name in module.__all__:
            thing = getattr(module, name)
            lines.append(f"{module.__name__}.{name}{_signature(thing)}")
            if inspect.isclass(thing):
                lines += [f"    {member}{text}" for member, text in _members(thing)]
    return "\n".join(lines) + "\n"


def _members(thing: type) -> Iterator[tuple[str, str]]:
    annotated = inspect.get_annotations(thing)
    for name, member in {**annotated, **vars(thing)}.items():
        if name.startswith("_"):
            continue
        if name in annotated:
            yield name, f": {_text(annotated[name])}"
        else:
            function = getattr(member, "fget", None) or getattr(member, "__func__", member)
            yield name, _signature(function)


def _signature(thing: object) -> str:
    """Return a signature, or the value of what can't be called, the same for each way of writing annotations."""
    if not callable(thing) or (inspect.isclass(thing) and issubclass(thing, Enum | Exception)):
        return f" = {_text(repr(thing))}"
    return _text(inspect.signature(thing))


def _text(annotation: object) -> str:
    text = inspect.formatannotation(annotation) if isinstance(annotation, type) else str(annotation)
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
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
        for name in re.findall(rf"(?m)^\s*(?:from|import) ((?:{'|'.join(PUBLIC_MODULES)})\.\S+)", file.read_text())
    ]

    assert private == []


if __name__ == "__main__":
    sys.stdout.write(public_api())
