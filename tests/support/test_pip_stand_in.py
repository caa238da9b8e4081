"""What stands in for pip says what pip says."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from support.commands import run
from support.environment import PIP_STAND_IN


def installed(environ: dict[str, str]) -> set[tuple[str, str, str]]:
    """Return name, version and location of what is installed, asked as the CLI's language host asks."""
    ran = run([sys.executable, "-m", "pip", "list", "-v", "--format", "json"], cwd=Path.cwd(), environ=environ)
    assert ran.code == 0, ran.output
    return {
        (re.sub(r"[-_.]+", "-", one["name"]).lower(), one["version"], os.path.realpath(one["location"]))
        for one in ran.data()
    }


def test_the_stand_in_answers_as_pip_does() -> None:
    """Name, version and place of everything that is installed are pip's own."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    assert installed(own | {"PYTHONPATH": str(PIP_STAND_IN)}) == installed(own) != set()
