"""The outputs in the documentation are what the real commands say now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.pages import PAGES, ROOT, fences
from docs.recorder import recorded_blocks
from docs.scenes import SCENES, helps
from docs.story import STORY


@pytest.mark.parametrize("name", SCENES)
def test_a_page_says_what_the_commands_say(name: str, tmp_path: Path, pulumi_home: Path) -> None:
    """Each block is, byte by byte, what its scene gives; if not: tools/run.sh python docs/record.py, and look at it."""
    played = SCENES[name](tmp_path, pulumi_home)

    in_pages = recorded_blocks()
    assert played == {block: in_pages[block] for block in played}


def test_the_reference_is_what_the_commands_print_under_help() -> None:
    """Each help is, byte by byte, what the command prints; if not: tools/run.sh python docs/record.py."""
    in_pages = recorded_blocks()

    assert helps() == {block: in_pages[block] for block in helps()}


def test_every_block_and_every_program_has_its_scene() -> None:
    """Nothing on a page is held by no scene or test, and nothing is recorded that no page shows."""
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))
    calls = re.findall(r'\b(?:shop|auditors)\.(?:type\w*\(|blocks\[)("[^)\]]*)', tests)
    recorded = {name for call in calls for name in re.findall(r'"([\w-]+)"', call)}
    used = re.findall(r'\b(?:used|shop\.change)\("([\w-]+)"\)', tests)

    assert set(recorded_blocks()) == recorded | {*helps(), *STORY}
    assert {fence.argument for page in PAGES for fence in fences(page) if fence.kind == "used"} == set(used)
