"""What the documentation points at is there: tests, headings and files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.pages import PAGES, ROOT

COLLECT_LIMIT_S = 240
PROMISES = 13
_LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")


def promise_rows() -> list[tuple[str, list[str]]]:
    """Return the rows of the table of promises: number and tests."""
    page = (ROOT / "docs" / "deleting-safely.md").read_text(encoding="utf-8")
    table = page.partition("<!-- promises -->")[2].partition("<!-- end of promises -->")[0]
    rows = [line.strip("|").split("|") for line in table.strip().splitlines()[2:]]
    return [(row[0].strip(), re.findall(r"`([^`]+)`", row[-1])) for row in rows]


def test_every_promise_has_its_tests() -> None:
    """The table has all promises, in order, and each names at least one test."""
    rows = promise_rows()

    assert [number for number, _ in rows] == [str(number) for number in range(1, PROMISES + 1)]
    assert all(tests for _, tests in rows)


def test_the_named_tests_exist() -> None:
    """The test runner itself finds every test that the table names."""
    tests = sorted({test for _, tests in promise_rows() for test in tests})
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=COLLECT_LIMIT_S,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    found = {line.partition("[")[0] for line in run.stdout.splitlines() if "::" in line}
    assert found == set(tests)


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file or heading of the repository leads to one that is there."""
    broken = []
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)

    assert broken == []
