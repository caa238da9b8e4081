"""Which run it is, whatever the engine is called; and what happens where that cannot be recognized."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, STDOUT

import psutil
import pytest

from auth0_local_tenant import Fault, LocalTenant
from support.cases import adopt, declared
from support.environment import PIP_STAND_IN
from support.hand import Hand
from support.workspace import ORDERS, Workspace

UNSHARE = ["unshare", "--fork", "--pid", "--mount-proc"]
CAN_UNSHARE = bool(shutil.which("unshare")) and subprocess.run([*UNSHARE, "true"], check=False).returncode == 0
REMOVE = "unmanaged='remove'"
ABC = declared("a", "abc", more=REMOVE)
HIDDEN = "import psutil\ndef parents(_): raise psutil.AccessDenied()\npsutil.Process.parents = parents\n"
NOT_HERE = pytest.mark.skipif(not CAN_UNSHARE, reason="making another tree of processes is not allowed here")


@pytest.mark.parametrize("begins", ["", pytest.param(" ".join(UNSHARE), marks=NOT_HERE)], ids=["wrapped", "process 1"])
def test_an_engine_is_held_to_its_preview(shop: Workspace, tenant: LocalTenant, tmp_path: Path, begins: str) -> None:
    """Behind a wrapper, with the CLI itself renamed; or where it is the first process, as in a container."""
    cli = Path(str(shutil.which("pulumi")))
    wrapped = tmp_path / "bin"
    wrapped.mkdir()
    (wrapped / ".iac-wrapped").symlink_to(cli.resolve())
    (wrapped / "pulumi").write_text(f'#!/bin/sh\nexec {begins} "{wrapped}/.iac-wrapped" "$@"\n', encoding="utf-8")
    (wrapped / "pulumi").chmod(0o755)
    own = (str(wrapped), str(cli.parent), str(Path(sys.executable).parent), os.environ["PATH"])
    shop.environment["PATH"] = os.pathsep.join(own)
    adopt(shop, ABC)
    Hand(tenant).add(ORDERS, "hotfix")

    output = shop.up().output

    assert "- hotfix" in output
    assert "cannot be kept" not in output
    assert set(shop.scopes()) == set("abc")


def test_a_provider_ends_with_its_engine(shop: Workspace, tenant: LocalTenant) -> None:
    """When the engine is killed while the provider waits for the tenant, the provider does not stay behind."""
    shop.program(declared("a", "abc"))
    tenant.add_fault(Fault("rate_limit", path="resource-servers", times=50, retry_after_s=60))
    engine = psutil.Popen(
        ["pulumi", "up", "--yes", "--non-interactive"], cwd=shop.folder, env=shop.environ(), stdout=PIPE, stderr=STDOUT
    )
    while not any("resource-servers" in entry.path for entry in tenant.journal()):
        assert engine.poll() is None
    providers = [one for one in engine.children(recursive=True) if "pulumi.dynamic" in " ".join(one.cmdline())]

    engine.kill()

    assert providers
    _, alive = psutil.wait_procs(providers, timeout=60)
    assert alive == []
    engine.communicate()


def hidden_processes(shop: Workspace, folder: Path) -> None:
    """Make a system that does not tell of other processes: no /proc, another user's, hidden ones."""
    (folder / "sitecustomize.py").write_text(HIDDEN, encoding="utf-8")
    shop.environment["PYTHONPATH"] = os.pathsep.join((str(folder), str(PIP_STAND_IN)))


def no_folder(shop: Workspace, folder: Path) -> None:
    """Put a file in the way of the private folder."""
    (folder / "file").touch()
    shop.environment["TESTS_PRIVATE_FOLDER"] = str(folder / "file")


@pytest.mark.parametrize(
    ("take_away", "why"),
    [(hidden_processes, "cannot be identified on this system"), (no_folder, "there is no folder that only this user")],
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

    assert preview.count("this preview cannot be recorded for the update") == 1
    assert why in preview
    assert "hotfix" in shop.scopes()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
def test_another_users_run_is_warned_of(shop: Workspace) -> None:
    """Locks are of one user: an update says who else runs Pulumi on this machine, and goes through."""
    shop.program(declared("a", "abcd", more=REMOVE))
    stand_in = ["/bin/sh", "-c", "read until_it_ends", "pulumi.dynamic"]
    with subprocess.Popen(stand_in, user=65534, stdin=subprocess.PIPE, cwd="/"):
        output = shop.up("--skip-preview").output

    assert "other users also run Pulumi on this machine" in output
    assert set(shop.scopes()) == set("abcd")
