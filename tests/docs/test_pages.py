"""What stands on the pages is so: tests and files that they name, code blocks and settings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from docs.pages import PAGES, ROOT, Fence, fences
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.promotion.config import StageConfig
from pulumi_auth0_permissions.settings import Settings

COLLECT_LIMIT_S = 240
PROMISES = 13
TAKING_A_BLOCK = {"run_block", "commands_to_type"}


def promises() -> list[tuple[str, list[str]]]:
    """Return the promises of the page on them: number and tests."""
    page = (ROOT / "docs" / "explanation" / "promises.md").read_text(encoding="utf-8")
    found: list[tuple[str, list[str]]] = []
    for line in page.splitlines():
        if promise := re.match(r"(\d+)\. \*\*", line):
            found.append((promise[1], []))
        elif test := re.match(r" +- `(tests/[^`]+)`", line):
            found[-1][1].append(test[1])
    return found


def test_every_promise_has_its_tests() -> None:
    """The page has all promises, in order, and each names at least one test."""
    known = promises()

    assert [number for number, _ in known] == [str(number) for number in range(PROMISES + 1)]
    assert all(tests for _, tests in known)


def test_the_named_tests_exist() -> None:
    """The test runner itself finds every test that the page names."""
    tests = sorted({test for _, tests in promises() for test in tests})
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


def _blocks() -> list[Fence]:
    return [fence for page in PAGES for fence in fences(page)]


def _taken() -> Iterator[str]:
    """Yield the names of the blocks that tests run."""
    for file in sorted((ROOT / "tests").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if any(name in text for name in TAKING_A_BLOCK):
            for node in ast.walk(ast.parse(text)):
                match node:
                    case ast.Call(func=ast.Name(id=function), args=[ast.Constant(value=str(name)), *_]):
                        if function in TAKING_A_BLOCK:
                            yield name


def test_every_code_block_is_held_against_something_real() -> None:
    """Each code block says what it is and how it is checked."""
    assert [str(fence) for fence in _blocks() if not fence.kind or not fence.language] == []


def test_every_block_to_run_is_run() -> None:
    """Each block of commands alone is taken by a test that runs it, and none that is taken is missing."""
    marked = [fence.argument for fence in _blocks() if fence.kind == "run"]

    assert sorted(marked) == sorted(set(_taken()))


def test_files_on_pages_are_those_of_the_repository() -> None:
    """A block that shows a file shows all of it, as it is."""
    shown = [fence for fence in _blocks() if fence.kind == "file"]

    assert shown
    for fence in shown:
        assert fence.text == (ROOT / fence.argument).read_text(encoding="utf-8"), str(fence)


def test_settings_are_all_documented() -> None:
    """The page on configuration has every key that is read, and no other."""
    asked: set[str] = set()

    def config(key: str) -> str | None:
        asked.add(key)
        return None

    for reads in (lambda: Settings.read(config, {}), lambda: StageConfig.read(config)):
        with pytest.raises(InvalidInputs):
            reads()
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    keys = re.findall(r"^\| `(auth0:\w+|\w+)` \|", page, re.MULTILINE)

    assert {key if ":" in key else f"auth0-permissions:{key}" for key in keys} == asked
