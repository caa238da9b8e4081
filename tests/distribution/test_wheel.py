"""The built wheel in an environment that has nothing else, installed as the tutorial says.

What is done with it there, by the real CLI, is in `test_template.py`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from pulumi_auth0_permissions.version import VERSION


def test_the_tutorial_has_the_command_that_it_goes_on_with(installed: Path) -> None:
    """The command line is there, of this version."""
    command = [str(installed / "bin" / "auth0-permissions"), "--version"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, f"auth0-permissions {VERSION}\n")


def test_a_command_says_which_extra_it_needs(bare: Path) -> None:
    """Without the extra the command line is one sentence on what to install."""
    command = [str(bare / "bin" / "auth0-permissions"), "tenant"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert run.returncode != 0
    assert "pulumi-auth0-permissions[" in run.stderr
    assert "Traceback" not in run.stderr
