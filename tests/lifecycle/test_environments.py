"""Python environments in which the provider of dynamic resources is found, as the documentation says."""

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from docs.pages import used
from support.cases import declared
from support.workspace import Workspace

ROOT = Path(__file__).parents[2]


def test_no_plugin_is_looked_for() -> None:
    """Where the CLI looks for it, also for an editable installation, a file says that there is none."""
    where = distribution("pulumi-auth0-permissions").locate_file("pulumi_auth0_permissions/pulumi-plugin.json")

    assert Path(str(where)).read_text(encoding="utf-8").strip() == '{"resource": false}'


@pytest.mark.parametrize("way", ["an absolute path", "a link"])
def test_a_program_in_a_subfolder_finds_its_environment(shop: Workspace, way: str) -> None:
    """A relative path does not work there, which is the CLI's; these do."""
    shop.program(declared("a", "abc"))
    folder = shop.folder / "program"
    folder.mkdir()
    (shop.folder / "__main__.py").rename(folder / "__main__.py")
    (shop.folder / ".venv").symlink_to(sys.prefix)
    (folder / ".venv").symlink_to(shop.folder / ".venv")
    virtualenv = ".venv" if way == "a link" else sys.prefix
    options = f"runtime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n"
    shop.write("Pulumi.yaml", f"name: shop\nmain: program\n{options}")

    assert "no changes" in shop.preview(PATH=_path_without_the_environment()).output


def test_the_example_of_the_automation_api_finds_its_environment(shop: Workspace, tenant: LocalTenant) -> None:
    """Also where the program's own environment is not on PATH."""
    environ = shop.environ() | {"PATH": _path_without_the_environment()}

    done = subprocess.run(
        [sys.executable, "-c", used("automation")],
        env=environ,
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "+ read:orders" in done.stdout


def _path_without_the_environment() -> str:
    own = Path(sys.prefix)
    return os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not Path(part).is_relative_to(own))
