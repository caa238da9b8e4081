"""The import rules refuse what they are there to refuse."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / "tools/importlinter.ini"
RULES = configparser.ConfigParser()
RULES.read(CONFIG)


def packages() -> list[str]:
    """Return the folders of all packages and layers that the rules name, outer ones first."""
    found = {name.strip() for name in RULES["importlinter"]["root_packages"].split()}
    for contract in RULES.values():
        layers = [layer for layer in re.split(r"[\s|:]+", contract.get("layers", "")) if layer]
        found |= {f"{container}/{layer}" for container in contract.get("containers", "").split() for layer in layers}
    return sorted(found)


def lint(tree: Path, importing: str | None = None, statement: str = "") -> tuple[int, str]:
    """Run the import rules over packages that are empty but for one statement in one of them."""
    for package in packages():
        (tree / package).mkdir()
        (tree / package / "__init__.py").write_text("")
    if importing is not None:
        (tree / importing / "offender.py").write_text(f"{statement}\n")
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", CONFIG, "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


def test_packages_that_keep_to_themselves_pass(tmp_path: Path) -> None:
    """Packages that import nothing break no rule."""
    status, output = lint(tmp_path)

    assert status == 0, output
    assert f"{sum(':contract:' in name for name in RULES)} kept, 0 broken" in output


@pytest.mark.parametrize(
    ("importing", "imported"),
    [
        ("pulumi_auth0_permissions/engine", "pulumi_auth0_permissions.management"),
        ("pulumi_auth0_permissions/render", "pulumi_auth0_permissions.core"),
        ("pulumi_auth0_permissions/promotion", "pulumi_auth0_permissions.resource"),
        ("auth0_permissions_cli/commands", "auth0_local_tenant"),
        ("auth0_permissions_cli/commands", "pulumi_auth0_permissions"),
    ],
)
def test_an_import_downwards_passes(tmp_path: Path, importing: str, imported: str) -> None:
    """What stands above may import what stands below."""
    status, output = lint(tmp_path, importing, f"import {imported}")

    assert status == 0, output


@pytest.mark.parametrize(
    ("importing", "imported"),
    [
        ("pulumi_auth0_permissions/core", "pulumi.runtime"),
        ("pulumi_auth0_permissions/core", "requests"),
        ("pulumi_auth0_permissions/core", "pulumi_auth0_permissions.management"),
        ("pulumi_auth0_permissions/core", "pulumi_auth0_permissions.engine"),
        ("pulumi_auth0_permissions/management", "pulumi_auth0_permissions.engine"),
        ("pulumi_auth0_permissions/reconciler", "pulumi_auth0_permissions.engine"),
        ("pulumi_auth0_permissions/access", "pulumi_auth0_permissions.impact"),
        ("pulumi_auth0_permissions/management", "pulumi_auth0_permissions.render"),
        ("pulumi_auth0_permissions/render", "pulumi_auth0_permissions.management"),
        ("auth0_local_tenant", "pulumi_auth0_permissions.core"),
        ("pulumi_auth0_permissions/engine", "auth0_local_tenant"),
        ("pulumi_auth0_permissions/engine", "auth0_permissions_cli"),
        ("auth0_local_tenant", "auth0_permissions_cli"),
    ],
)
def test_an_import_that_the_design_forbids_fails(tmp_path: Path, importing: str, imported: str) -> None:
    """An import upwards, sideways or out of the pure core breaks a rule, and is named."""
    status, output = lint(tmp_path, importing, f"import {imported}")

    assert status == 1, output
    assert f"{importing.replace('/', '.')}.offender" in output
