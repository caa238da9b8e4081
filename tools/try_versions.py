#!/usr/bin/env python3
"""Try the built wheel on the Pythons that are here, with the oldest and the newest SDK of Pulumi (make try-versions).

For each pair an environment is made that has the wheel and nothing of this tree, and a part of the tests is run by it:
the rules, the hooks, and stories with the real Pulumi command line. Takes about a minute a pair. Standard library only,
so that it also runs on a machine with nothing but the Python to try and a `pulumi` on PATH:

    tools/try_versions.py [PYTHON]...

Without arguments, every python3.N on PATH from requires-python on. Prints a table, which CONTRIBUTING.md has a copy of.

Exit status: 0 all passed; 1 something did not; 2 nothing to try.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Result", "interpreters", "main", "oldest_sdk", "table"]

ROOT = Path(__file__).resolve().parents[1]
NEWEST_MINOR_TO_LOOK_FOR = 19
TESTS = (
    "tests/core",
    "tests/engine_units",
    "tests/versions/test_sdk.py",
    "tests/stories/test_changes.py",
    "tests/cli/test_export_then_up.py",
)
TEST_TOOLS = ("pytest", "pytest-timeout", "hypothesis")
TOO_OLD_SDK = "3.235.0"
"""The last one before the oldest that will do."""


class Interpreter(NamedTuple):
    """A Python to try."""

    version: str
    path: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one pair.

    Attributes:
        python: the Python's version.
        sdk: the version of Pulumi's SDK.
        word: the last line of the tests, or what went wrong before them.
        passed: whether all is well.
    """

    python: str
    sdk: str
    word: str
    passed: bool


def main(arguments: Sequence[str]) -> int:
    """Run the script; see the module's docstring."""
    found = interpreters(arguments)
    if not found:
        sys.stderr.write("no Python to try; name one: tools/try_versions.py /path/to/python3.13\n")
        return 2
    results = []
    with tempfile.TemporaryDirectory(prefix="try-versions-") as folder:
        wheel = _wheel(found[0], Path(folder))
        for python, sdk in _pairs(found):
            _say(f"Python {python.version} with pulumi {sdk or 'newest'} ...")
            results.append(_tried(python, sdk, wheel, Path(folder) / f"{python.version}-{sdk or 'newest'}"))
            _say(f"    {results[-1].word}")
    _say(f"\nPulumi command line: {_cli_version()}\n\n{table(results)}")
    return 0 if all(result.passed for result in results) else 1


def interpreters(named: Sequence[str] = ()) -> list[Interpreter]:
    """Return the Pythons named, or those on PATH that the package allows, oldest first, one of each minor version."""
    lower = _project()["requires-python"].removeprefix(">=")
    oldest = int(lower.split(".")[1])
    candidates = named or [f"python3.{minor}" for minor in range(oldest, NEWEST_MINOR_TO_LOOK_FOR)]
    by_minor = {}
    for candidate in candidates:
        path = shutil.which(candidate)
        answer = path and subprocess.run(
            [path, "-c", "import platform, venv, ensurepip; print(platform.python_version())"],
            capture_output=True,
            text=True,
            check=False,
        )
        if path and answer and answer.returncode == 0:
            version = answer.stdout.strip()
            by_minor[_numbers(version)[:2]] = Interpreter(version, path)
        elif named:
            raise SystemExit(f"{candidate} is no Python with its venv module")
    return [by_minor[minor] for minor in sorted(by_minor) if minor >= (3, oldest)]


def oldest_sdk() -> str:
    """Return the oldest version of Pulumi's SDK that the package asks for."""
    [entry] = [entry for entry in _project()["dependencies"] if entry.startswith("pulumi>=")]
    return str(entry.removeprefix("pulumi>=").partition(",")[0])


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table."""
    rows = [f"| {result.python} | {result.sdk} | {result.word} |" for result in results]
    return "\n".join(["| Python | pulumi (SDK) | result |", "| --- | --- | --- |", *rows])


def _pairs(found: Sequence[Interpreter]) -> Iterator[tuple[Interpreter, str | None]]:
    """Every Python with the newest SDK, and the oldest and the newest of them with the oldest SDK and one too old."""
    for python in found:
        if python in (found[0], found[-1]):
            yield python, TOO_OLD_SDK
            yield python, oldest_sdk()
        yield python, None


def _wheel(python: Interpreter, folder: Path) -> Path:
    _run([python.path, "-m", "venv", str(folder / "build")])
    _run([str(folder / "build/bin/pip"), "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    (wheel,) = folder.glob("*.whl")
    return wheel


def _tried(python: Interpreter, sdk: str | None, wheel: Path, folder: Path) -> Result:
    pip, own_python = str(folder / "bin/pip"), str(folder / "bin/python")
    try:
        _run([python.path, "-m", "venv", str(folder)])
        # In two steps: with one that is too old, pip would not install the wheel.
        _run([pip, "install", "--quiet", f"{wheel}[tenant]", *TEST_TOOLS])
        if sdk is not None:
            _run([pip, "install", "--quiet", f"pulumi=={sdk}"])
        installed = json.loads(_run([pip, "list", "--format", "json"]))
        version = next(str(entry["version"]) for entry in installed if entry["name"] == "pulumi")
        if sdk == TOO_OLD_SDK:
            return _told(python, version, own_python)
    except subprocess.CalledProcessError as error:
        return Result(python.version, sdk or "newest", _last_line(error.stdout), passed=False)
    run = subprocess.run(
        [own_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        _say(run.stdout)
    return Result(python.version, version, _last_line(run.stdout), passed=run.returncode == 0)


def _told(python: Interpreter, version: str, own_python: str) -> Result:
    """Import the package with an SDK that is too old: one sentence says so."""
    program = (
        "import pulumi, pulumi_auth0_permissions as package\n"
        "try:\n"
        "    package.ApiPermissions\n"
        "except pulumi.RunError as error:\n"
        "    print(error)\n"
    )
    said = _last_line(_run([own_python, "-c", program]))
    expected = f"Pulumi's SDK for Python is {version} here, and pulumi-auth0-permissions needs {oldest_sdk()} or newer"
    passed = said.startswith(expected)
    return Result(python.version, version, "told to be too old" if passed else f"not told: {said}", passed=passed)


def _run(command: Sequence[str]) -> str:
    return subprocess.run(
        command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    ).stdout


def _environment() -> dict[str, str]:
    """Return the environment of the tests: with the Pulumi command line that the set-up may have brought."""
    path = os.pathsep.join([str(ROOT / ".tools" / "bin"), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _cli_version() -> str:
    program = shutil.which("pulumi", path=_environment()["PATH"])
    return _run([program, "version"]).strip() if program else "none"


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r" in [\d.]+s.*", "", lines[-1]).strip("= ") if lines else "nothing said"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
