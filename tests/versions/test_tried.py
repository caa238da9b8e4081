"""What the package says it runs on was tried: classifiers, the record in CONTRIBUTING.md, and the tool agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from pulumi_auth0_permissions.pulumi_adapter.provider import OLDEST_SDK

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (3\.\d+)\.\d+ \| ([\d.]+) \| (.+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str]]:
    """The table of what was tried: Python, SDK, result."""
    found = ROW.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert found, "CONTRIBUTING.md has no table of what was tried"
    return found


def test_every_classified_python_was_tried_with_success(rows: list[tuple[str, str, str]]) -> None:
    """Each Python of the classifiers has a row in which all tests passed, and no row has failures."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    classified = {entry.rpartition(" ")[2] for entry in project["classifiers"] if ":: Python :: 3." in entry}

    assert {python for python, _, result in rows if re.fullmatch(r"\d+ passed", result)} == classified
    assert not [result for _, _, result in rows if "failed" in result or "error" in result]


def test_the_oldest_sdk_was_tried_on_the_oldest_and_the_newest_python(rows: list[tuple[str, str, str]]) -> None:
    """The lower end of the range was tried at both ends of the Pythons."""
    pythons = sorted({python for python, _, _ in rows}, key=lambda python: int(python.split(".")[1]))

    with_oldest = {python for python, sdk, result in rows if sdk == OLDEST_SDK and result.endswith(" passed")}

    assert {pythons[0], pythons[-1]} <= with_oldest
