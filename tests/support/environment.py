"""The environment of the commands that tests run: nothing of the developer's own set-up reaches them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["PIP_STAND_IN", "pulumi_environ", "runtime_folder"]

PIP_STAND_IN = Path(__file__).with_name("pip_stand_in")


def pulumi_environ(folder: Path, home: Path) -> dict[str, str]:
    """Return the environment for the Pulumi CLI in a project's folder.

    Args:
        folder: the project's; its state is in ``state``, and what processes of a machine share in ``runtime`` beside
            it.
        home: the CLI's own folder.
    """
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(PIP_STAND_IN),
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime_folder(folder)),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "made-up for the test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def runtime_folder(folder: Path) -> Path:
    """Return the folder for what processes of a machine share, made for the user alone."""
    runtime = folder.parent / f"{folder.name}-runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return runtime
