"""Wheels of what this environment has installed: a package index in a folder, for a pip that reaches no other.

What is installed from them is what the tests run with, file by file: nothing depends on a network, nor on what has been
published since.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def pack_requirements(distribution: str, extra: str, folder: Path) -> None:
    """Put the wheels of all that a distribution needs with an extra into a folder, its own apart."""
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [(distribution, frozenset({extra}))]
    while todo:
        name, extras = todo.pop()
        if (name, extras) not in seen:
            seen.add((name, extras))
            todo += _needed(metadata.distribution(name), extras)
    for name in {name for name, _ in seen} - {distribution}:
        _pack(metadata.distribution(name), folder)


def _needed(installed: metadata.Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what a distribution needs here: names and their extras."""
    for text in installed.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def _pack(installed: metadata.Distribution, folder: Path) -> None:
    """Write a wheel of a distribution: its files in the folder for packages; its commands are made by pip anew."""
    kind = installed.read_text("WHEEL") or ""
    (tag, *_) = [line.removeprefix("Tag: ") for line in kind.splitlines() if line.startswith("Tag: ")]
    name = canonicalize_name(installed.name).replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-{installed.version}-{tag}.whl", "w") as wheel:
        for file in installed.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(file.locate(), str(file))
