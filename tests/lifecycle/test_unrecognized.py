"""Where a run cannot be told, or leaves no record, each preview says so, and the update removes nothing unseen."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import adopt, declared
from support.environment import PIP_STAND_IN
from support.hand import Hand
from support.workspace import ORDERS, Workspace

REMOVE = "unmanaged='remove'"
ABC = declared("a", "abc", more=REMOVE)
HIDDEN = "import psutil\ndef parents(_): raise psutil.AccessDenied()\npsutil.Process.parents = parents\n"


def hidden_processes(shop: Workspace, folder: Path) -> None:
    """Make a system that does not tell of other processes: no /proc, another user's, hidden ones."""
    (folder / "sitecustomize.py").write_text(HIDDEN, encoding="utf-8")
    shop.environment["PYTHONPATH"] = os.pathsep.join((str(folder), str(PIP_STAND_IN)))


def no_folder(shop: Workspace, folder: Path) -> None:
    """Put files in the way of the private folders."""
    (folder / "pulumi-auth0-permissions").touch()
    folder.chmod(0o700)
    shop.environment |= {"XDG_RUNTIME_DIR": str(folder), "XDG_CACHE_HOME": str(folder)}


@pytest.mark.parametrize(
    ("take_away", "why"),
    [(hidden_processes, "is not recognized on this system"), (no_folder, "there is no folder that only this user")],
)
def test_each_preview_says_so_and_drift_stays(
    shop: Workspace, tenant: LocalTenant, tmp_path: Path, take_away: Callable[[Workspace, Path], None], why: str
) -> None:
    """One line in each preview; a hotfix that the preview showed as going is not removed all the same."""
    adopt(shop, ABC)
    (tmp_path / "taken").mkdir()
    take_away(shop, tmp_path / "taken")
    Hand(tenant).add(ORDERS, "hotfix")
    shop.program(declared("a", "abd", more=REMOVE))

    preview = shop.up(ok=None).output.partition("Updating (")[0].partition("Diagnostics:")[2]

    assert preview.count("what this preview shows cannot be kept for the update") == 1
    assert why in preview
    assert "hotfix" in shop.scopes()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
def test_another_users_run_is_warned_of(shop: Workspace) -> None:
    """Locks are of one user: an update says who else runs Pulumi on this machine, and goes through."""
    shop.program(declared("a", "abcd", more=REMOVE))
    stand_in = ["/bin/sh", "-c", "read until_it_ends", "pulumi.dynamic"]
    with subprocess.Popen(stand_in, user=65534, stdin=subprocess.PIPE, cwd="/"):
        output = shop.up("--skip-preview").output

    assert "runs Pulumi on this machine too, as another user" in output
    assert set(shop.scopes()) == set("abcd")
