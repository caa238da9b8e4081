"""The types that a user's type checker sees, in the installed wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("user_program.py")


@pytest.fixture(scope="module")
def checked(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What mypy says of the program, in a folder of its own and with nothing but the wheel in reach."""
    folder = tmp_path_factory.mktemp("typed")
    program = folder / "__main__.py"
    program.write_text(PROGRAM.read_text() + "\nreveal_type(orders.revision)\n")
    python = str(installed / "bin" / "python")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-executable",
        python,
        "--config-file",
        "",
        str(program),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_users_program_passes_the_strict_check(checked: subprocess.CompletedProcess[str]) -> None:
    """Right uses pass and wrong ones are errors, each of the kind that is expected there."""
    *said, end = checked.stdout.splitlines()

    assert (checked.returncode, end) == (0, "Success: no issues found in 1 source file"), checked.stdout
    assert len(said) == 1
