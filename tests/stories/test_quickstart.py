"""The root project, as a newcomer runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stories.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def test_the_root_project_runs_as_it_is(shop: Workspace) -> None:
    """`pulumi up` on the root project brings the quickstart's permissions to the local tenant."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, shop.folder)
    shutil.copytree(ROOT / "examples" / "quickstart", shop.folder / "examples" / "quickstart")
    (shop.folder / ".venv").symlink_to(sys.prefix)  # where the project says that its Python is
    shop.tenant.reset()
    shop.client_id, shop.client_secret = shop.tenant.client_id, shop.tenant.client_secret
    shop.tenant.seed(json.loads((ROOT / "examples" / "quickstart" / "tenant.json").read_text()))
    shop.pulumi("stack", "init", "dev")

    result = shop.up("--stack", "dev")

    assert shop.scopes() == {"read:orders": "Read orders", "write:orders": "Create and change orders"}
    assert '+ write:orders: "Create and change orders"' in result


@pytest.mark.timeout(120)
def test_the_demo_tells_its_story(pulumi_home: Path) -> None:
    """The demo runs through, shows each PATCH with all that stays, and ends with the commands for an own tenant."""
    run = subprocess.run(
        ["python", "examples/demo/demo.py"],
        cwd=ROOT,
        env=os.environ | {"PULUMI_HOME": str(pulumi_home)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("PATCH /api/v2/resource-servers/") == 2
    assert 'left alone (unmanaged="keep"), not declared here: "moderate:posts"' in run.stdout
    assert run.stdout.rstrip().endswith("pulumi preview")
