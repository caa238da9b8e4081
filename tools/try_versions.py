#!/usr/bin/env python3
"""Try the built wheel on the Pythons that are here, with the oldest and the newest SDK of Pulumi (make try-versions).

Each pair gets an environment with the wheel and nothing of this tree, in which a part of the tests runs: the rules, the
hooks, and stories with the real Pulumi command line. Takes about a minute a pair. Standard library only, so that it
also runs on a machine with nothing but the Python to try and a `pulumi` on PATH:

    tools/try_versions.py [PYTHON]...

Without arguments, every python3.N on PATH from requires-python on. Prints a table, which CONTRIBUTING.md has a copy of.

Exit status: 0 all passed; 1 something did not; 2 nothing to try.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[1]
NEWEST_MINOR_TO_LOOK_FOR = 19
TESTS = (
    "tests/core",
    "tests/reconcile",
    "tests/pulumi_adapter",
    "tests/stories/test_changes.py",
    "tests/cli/test_access.py",
)
TEST_TOOLS = ("pytest", "pytest-timeout", "hypothesis")


def main(arguments: Sequence[str]) -> int:
    """Run the script; see the module's docstring."""
    found = _interpreters(arguments)
    if not found:
        sys.stderr.write("no Python to try; name one: tools/try_versions.py /path/to/python3.13\n")
        return 2
    rows, passed = [], True
    with tempfile.TemporaryDirectory(prefix="try-versions-") as folder:
        wheel = _wheel(found[0], Path(folder))
        for python in found:
            for sdk in (_oldest_sdk(), "") if python in (found[0], found[-1]) else ("",):
                sys.stdout.write(f"{python} with pulumi {sdk or 'newest'} ...\n")
                version, result = _tried(python, sdk, wheel, Path(tempfile.mkdtemp(dir=folder)))
                passed = passed and result.endswith(" passed")
                rows.append(f"| {_version(python)} | {version} | {result} |\n")
    sys.stdout.write("".join(["\n| Python | pulumi (SDK) | result |\n| --- | --- | --- |\n", *rows]))
    return 0 if passed else 1


def _interpreters(named: Sequence[str]) -> list[str]:
    """Return the Pythons named, or those on PATH that the package allows, oldest first."""
    oldest = int(_project()["requires-python"].removeprefix(">=").split(".")[1])
    candidates = named or [f"python3.{minor}" for minor in range(oldest, NEWEST_MINOR_TO_LOOK_FOR)]
    usable = [candidate for candidate in candidates if shutil.which(candidate) and _version(candidate)]
    if named and (missing := [candidate for candidate in candidates if candidate not in usable]):
        raise SystemExit(f"{missing[0]} is no Python with its venv module")
    return usable


def _version(python: str) -> str:
    command = [python, "-c", "import platform, venv, ensurepip; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _oldest_sdk() -> str:
    [entry] = [entry for entry in _project()["dependencies"] if entry.startswith("pulumi>=")]
    return str(entry.removeprefix("pulumi>=").partition(",")[0])


def _wheel(python: str, folder: Path) -> Path:
    _run([python, "-m", "venv", str(folder / "build")])
    _run([str(folder / "build/bin/pip"), "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    (wheel,) = folder.glob("*.whl")
    return wheel


def _tried(python: str, sdk: str, wheel: Path, folder: Path) -> tuple[str, str]:
    """Return the SDK's version, and the last line of the tests or of what failed before them."""
    pip, own_python = str(folder / "bin/pip"), str(folder / "bin/python")
    try:
        _run([python, "-m", "venv", str(folder)])
        _run([pip, "install", "--quiet", f"{wheel}[tenant]", f"pulumi=={sdk}" if sdk else "pulumi", *TEST_TOOLS])
        version = _run([own_python, "-c", "from importlib.metadata import version; print(version('pulumi'))"]).strip()
    except subprocess.CalledProcessError as error:
        return sdk or "newest", _last_line(error.stdout)
    path = os.pathsep.join([str(ROOT / ".tools" / "bin"), os.environ["PATH"]])
    run = subprocess.run(
        [own_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        sys.stdout.write(run.stdout)
    return version, _last_line(run.stdout)


def _run(command: Sequence[str]) -> str:
    return subprocess.run(
        command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    ).stdout


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r" in [\d.]+s.*", "", lines[-1]).strip("= ") if lines else "nothing said"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
