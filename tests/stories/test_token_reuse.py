"""Runs that share a token."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from support.workspace import Workspace

TOKEN = re.compile(rb"eyJ[\w-]+\.eyJ[\w-]+\.")  # what every token of the tenant looks like


def test_runs_share_a_token_where_the_stack_says_so(shop: Workspace) -> None:
    """With `reuseToken`, preview, update and the next run ask for one token, in one owner-only file."""
    shop.config("auth0-permissions:reuseToken", "on")
    shop.declare({"read:orders": "Read orders", "new": "New"}, arguments="unmanaged='keep'")
    shop.tenant.clear_journal()

    said = [shop.up().output]
    assert shop.scopes()["new"] == "New"
    assert [entry.path for entry in shop.tenant.journal()].count("/oauth/token") == 1
    shop.tenant.clear_journal()
    said += [shop.preview("--refresh").output, shop.pulumi("stack", "export").output]

    assert [(entry.method, entry.path.rpartition("/")[0]) for entry in shop.tenant.journal()] == [
        ("GET", "/api/v2/resource-servers")
    ]
    assert TOKEN.search("".join(said).encode()) is None
    folders = (shop.folder, Path(shop.environment["XDG_RUNTIME_DIR"]))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    holding = [path for path in files if TOKEN.search(path.read_bytes())]
    assert [(path.parent.name, stat.S_IMODE(path.stat().st_mode)) for path in holding] == [("tokens", 0o600)]
