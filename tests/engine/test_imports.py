"""The provider's process loads what its run needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS

WRITING = ("access", "impact", "reconciler", "rivals", "engine.token_file", "engine.telling", "render")

_PROGRAM = """
import sys
from pulumi_auth0_permissions.engine.context import CONTEXT_INPUT, Context
from pulumi_auth0_permissions.engine.hooks import Hooks
from pulumi_auth0_permissions.engine.session import Session

hooks = Hooks(Session(lambda key: None))
api, context = sys.argv[1], Context("urn", is_preview=True).to_input()
inputs = {"api": api, "permissions": {}, "unmanaged": "keep", "removal": "warn"}
hooks.read(api, inputs)
hooks.check(inputs, {**inputs, CONTEXT_INPUT: context})
print(*(name.removeprefix("pulumi_auth0_permissions.") for name in sys.modules))
"""


@pytest.fixture
def loaded(tenant: LocalTenant, tmp_path: Path) -> set[str]:
    """Return the modules that a process has loaded which has read an API and previewed no change of it."""
    client_id, client_secret = tenant.issue_client(["read:resource_servers", "update:resource_servers"])
    environ = {
        **os.environ,
        "AUTH0_DOMAIN": tenant.domain,
        "AUTH0_CLIENT_ID": client_id,
        "AUTH0_CLIENT_SECRET": client_secret,
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    command = [sys.executable, "-c", _PROGRAM, ORDERS]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_a_preview_loads_nothing_that_only_a_write_needs(loaded: set[str]) -> None:
    """Who holds what, how access moves and who else writes are loaded once there is something to remove or write."""
    assert {"engine.hooks", "assessment", "management.client"} <= loaded
    assert loaded.isdisjoint(WRITING)


def test_a_run_loads_neither_catalogs_nor_commands(loaded: set[str]) -> None:
    """What belongs to programs and to the command line stays away from the provider's process."""
    assert not {
        name
        for name in loaded
        if name.startswith(("catalog", "promotion", "stacks", "auth0_permissions_cli", "click", "rich"))
    }
