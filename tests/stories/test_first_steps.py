"""The root project and the README's two commands, as a newcomer runs them."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path

from docs.pages import commands_to_type
from support.commands import run
from support.environment import make_environ
from support.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def test_the_root_project_runs_as_it_is(shop: Workspace) -> None:
    """`pulumi up` on the root project's first stage brings the catalog's permissions to the local tenant."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "permissions.yaml"):
        shutil.copy(ROOT / name, shop.folder)
    (shop.folder / ".venv").symlink_to(sys.prefix)  # where the project says that its Python is
    shop.tenant.reset()
    shop.tenant.seed(json.loads((ROOT / "examples" / "promotion" / "tenants" / "dev.json").read_text()))
    shop.pulumi("stack", "init", "dev")
    shop.config("auth0:domain", shop.tenant.domain)  # in place of the port of `make dev`

    result = shop.up("--skip-preview", "--stack", "dev", AUTH0_CLIENT_SECRET="local-secret")

    assert shop.scopes("https://billing.dev.example.com") == {
        "read:invoices": "Read invoices",
        "approve:refunds": "Approve refunds",
    }
    assert '+ approve:refunds: "Approve refunds"' in result


def test_the_first_command_tells_a_story(tmp_path: Path) -> None:
    """The demo shows each PATCH with all that stays, and ends with the commands for an own tenant.

    The second command is that which runs these tests.
    """
    demo, test = (shlex.split(command, comments=True) for command in commands_to_type("two-commands"))
    environ = make_environ(tmp_path)
    assert test == ["make", "test"]
    assert "python examples/demo/demo.py" in run([*demo, "--dry-run"], cwd=ROOT, environ=environ)

    story = run([sys.executable, "examples/demo/demo.py"], cwd=ROOT, environ=environ, together=True)

    assert story.code == 0, story.output
    assert story.out.count("PATCH /api/v2/resource-servers/") == 2
    assert 'left alone, not managed here: "moderate:posts"' in story
    assert story.out.endswith("    pulumi preview\n")
