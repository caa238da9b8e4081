"""The root project and the README's two commands, as a newcomer runs them."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from docs.typed import run_block
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

    result = shop.up("--stack", "dev", AUTH0_CLIENT_SECRET="local-secret")

    assert shop.scopes("https://billing.dev.example.com") == {
        "read:invoices": "Read invoices",
        "approve:refunds": "Approve refunds",
    }
    assert '+ approve:refunds: "Approve refunds"' in result


@pytest.mark.long
@pytest.mark.timeout(120)
def test_the_two_commands_tell_a_story_and_test(tmp_path: Path) -> None:
    """The demo shows each PATCH with all that stays, and ends with the commands for an own tenant; the tests pass."""
    typed = run_block("two-commands", cwd=ROOT, environ=make_environ(tmp_path, "tests/docs/test_links.py"))

    assert typed.codes == (0, 0), typed.output
    story, checks, tests = typed.output.partition("\nok      format\n")
    assert story.count("PATCH /api/v2/resource-servers/") == 2
    assert 'left alone, not managed here: "moderate:posts"' in story
    assert "    pulumi preview\nset-up: " in story
    assert checks
    assert "tests/docs/test_links.py ...." in tests
    assert " passed in " in tests
