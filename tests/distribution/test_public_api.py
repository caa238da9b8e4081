"""The public names are pinned, and every module says which names are its own to give away."""

from __future__ import annotations

import ast
from pathlib import Path

from distribution.archives import ROOT
from distribution.public_api import PUBLIC_MODULES, public_api

PINNED = Path(__file__).with_name("public_api.txt")


def test_the_public_api_is_the_pinned_one() -> None:
    """Names, signatures and types are those written down.

    After a wanted change: tools/run.sh python tests/distribution/public_api.py >tests/distribution/public_api.txt, and
    an entry in CHANGELOG.md.
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
