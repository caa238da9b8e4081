"""What a platform lacks costs no import, and no name of a file means something to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest

from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords
from pulumi_auth0_permissions.pulumi_adapter.run import this_process

# Windows has neither of these modules, nor these functions of `os`.
IMPORT_ALL = """
import importlib, os, pkgutil, sys
import platformdirs, psutil  # which have modules for each platform

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
for name in ("O_CLOEXEC", "O_NOFOLLOW", "fchmod", "getuid", "geteuid", "killpg"):
    delattr(os, name)
for package in map(importlib.import_module, sys.argv[1:]):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


@pytest.mark.parametrize("package", ["pulumi_auth0_permissions", "auth0_permissions_cli", "auth0_local_tenant"])
def test_every_module_can_be_imported_on_a_platform_without_posix(package: str) -> None:
    """Also where a library would have to do without."""
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, package], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_names_of_files_are_plain_on_every_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URN or an identifier would not do: it has colons and slashes."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    records = PreviewRecords(this_process())
    records.save("urn:pulumi:dev::shop::a$b::c/d", Review("urn", "id"))

    names = [path.name for path in tmp_path.rglob("*")] + [file_name_for("https://orders.example.com/")]

    assert len(names) == 5
    for name in names:
        assert not PureWindowsPath(name).is_reserved()
        assert not set(name) & set('<>:"/\\|?*')
