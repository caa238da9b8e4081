"""The development environment is recorded whole: tools/constraints.txt names every package, in the version used."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_RECORDED = {"pip", "setuptools", "pulumi-auth0-permissions"}
"""What Python's venv module brings, and this project itself."""


def canonical(name: str) -> str:
    """Return a package's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_is_installed_is_what_is_recorded() -> None:
    """An environment made by the set-up has no package, and no version, that is not in the record."""
    lines = (ROOT / "tools" / "constraints.txt").read_text().splitlines()
    recorded = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    installed = {canonical(found.name): found.version for found in distributions()}

    assert {name: version for name, version in installed.items() if name not in NOT_RECORDED} == {
        canonical(name): version for name, version in recorded.items()
    }
