"""The built wheel in an environment that has nothing else, as a user installs it."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS, ORDERS_SEED, Workspace

ROOT = Path(__file__).resolve().parents[2]
SIX_LINES = f"""import pulumi_auth0_permissions as auth0_permissions

auth0_permissions.ApiPermissions(
    "orders", api="{ORDERS}", unmanaged="keep",
    permissions={{"read:orders": "Read orders", "new": "New"}},
)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with the wheel, without extras, and what it depends on."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    command = [str(folder / "bin" / "pip"), "install", "--quiet", str(wheel)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "bin"


def test_the_wheel_holds_the_packages_and_their_data(wheel: Path) -> None:
    """The three packages are in, typed, with the data that they read; tests and tools are not."""
    names = zipfile.ZipFile(wheel).namelist()

    for package in ("pulumi_auth0_permissions", "auth0_local_tenant", "auth0_permissions_cli"):
        assert f"{package}/py.typed" in names
    assert "pulumi_auth0_permissions/pulumi-plugin.json" in names
    assert any(name.endswith(".schema.json") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {
        "pulumi_auth0_permissions",
        "auth0_local_tenant",
        "auth0_permissions_cli",
    }


def test_six_lines_work_with_the_installed_wheel(installed: Path, tmp_path: Path, pulumi_home: Path) -> None:
    """A program that imports the installed package previews and applies, and no plugin is looked for."""
    with LocalTenant(seed=ORDERS_SEED) as tenant:
        shop = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
        shop.environment["PATH"] = os.pathsep.join([str(installed), os.environ["PATH"]])
        shop.environment["PYTHONPATH"] = ""  # without the stand-in: pip itself finds what is installed
        shop.init()
        shop.write("__main__.py", SIX_LINES)

        shop.up()

        assert shop.scopes()["new"] == "New"
        assert "auth0-permissions" not in shop.pulumi("about").output.partition("Plugins")[2].partition("Host")[0]


def test_a_command_says_which_extra_it_needs(installed: Path) -> None:
    """Without the extra the command line is one sentence on what to install."""
    run = subprocess.run([str(installed / "auth0-permissions"), "tenant"], capture_output=True, text=True, check=False)

    assert run.returncode != 0
    assert "pulumi-auth0-permissions[" in run.stderr
    assert "Traceback" not in run.stderr
