"""The environment of the commands that tests run: nothing of the developer's own set-up reaches them."""

import os
import sys
from pathlib import Path

from support.vault import vault_environ

NO_COLLECTOR = {"GOGC": "off"}
"""Go programs collect no garbage: the CLI ends before memory runs out, and takes a twentieth less CPU time."""
PIP_STAND_IN = Path(__file__).with_name("pip_stand_in")
WITH_OFFICIAL_SDK = os.pathsep.join((str(PIP_STAND_IN), str(Path(__file__).with_name("official_sdk"))))
"""PYTHONPATH of programs that use the official provider, which a stand-in takes the place of."""

_SET_UP = Path(__file__).resolve().parents[2] / ".venv" / ".set-up"
# What the tests' own `make test` has handed down: its arguments would win over those of the test.
_OF_THIS_RUN = ("PYTEST_", "MAKE", "MFLAGS", "ARGS", "WORKERS", "COLUMNS")


def pulumi_environ(folder: Path, home: Path) -> dict[str, str]:
    """Return the environment for the Pulumi CLI in a project's folder.

    Args:
        folder: the project's; its state is in ``state``, and what processes of a machine share in ``runtime`` beside
            it.
        home: the CLI's own folder.
    """
    runtime = folder.parent / f"{folder.name}-runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        **private_environ(runtime),
        "HOME": str(folder),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "made-up for the test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        **vault_environ(),
        **NO_COLLECTOR,
    }


def private_environ(folder: Path) -> dict[str, str]:
    """Return the environment of processes that share this folder as their user's private one."""
    return {"PYTHONPATH": str(PIP_STAND_IN), "TESTS_PRIVATE_FOLDER": str(folder)}


def make_environ(folder: Path, *arguments: str) -> dict[str, str]:
    """Return the environment for make in this repository, as a shell has it that nobody's `make test` runs in.

    Args:
        folder: for temporary files.
        arguments: what the targets hand on to what they run, where the command line has no ``ARGS``.
    """
    assert _SET_UP.exists(), "the tests do not set the repository up: run `make test`, which does"
    own = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THIS_RUN)}
    return {
        **own,
        **NO_COLLECTOR,
        "PYTHONPATH": str(PIP_STAND_IN),
        "TMPDIR": str(folder),
        "ARGS": " ".join(arguments),
        "WORKERS": "0",
    }
