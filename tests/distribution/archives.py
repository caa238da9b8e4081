"""The archives of the distribution, built from a source tree."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Archives:
    """What is published.

    Attributes:
        sdist: the source archive.
        wheel: the wheel.
    """

    sdist: Path
    wheel: Path


def build(source: Path, folder: Path, *kinds: str, **environment: str) -> None:
    """Build the archives of a source tree into a folder; without kinds, the wheel from the source archive."""
    command = [sys.executable, "-m", "build", "--no-isolation", *kinds, "--outdir", str(folder), str(source)]
    run = subprocess.run(command, env=environment or None, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def archives_in(folder: Path) -> Archives:
    """Return the archives that a folder holds."""
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Archives(sdist, wheel)
