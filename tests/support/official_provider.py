"""Put the stand-ins for the official provider where programs and the engine look for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from support.workspace import Workspace

PLUGIN = Path(__file__).parent / "auth0_plugin.py"
SDK = Path(__file__).parent / "official_sdk"


def use_official_provider(shop: Workspace, folder: Path) -> None:
    """Make the workspace's programs find the SDK, and the engine the plugin, which is put into that folder."""
    plugin = folder / "pulumi-resource-auth0"
    folder.mkdir()
    plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PLUGIN}" "$@"\n', encoding="utf-8")
    plugin.chmod(0o755)
    shop.environment["PATH"] = os.pathsep.join((str(folder), str(Path(sys.executable).parent), os.environ["PATH"]))
    shop.environment["PYTHONPATH"] = str(SDK)
