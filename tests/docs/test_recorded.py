"""The outputs in the documentation are what the real commands say now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.pages import PAGES, ROOT, fences
from docs.recorder import blocks
from docs.scenes import GENERATED, SCENES, STORY


def recorded_blocks() -> dict[str, str]:
    """Return all recorded blocks of all pages."""
    return {name: text for page in PAGES for name, text in blocks(page.read_text(encoding="utf-8")).items()}


@pytest.mark.parametrize("name", SCENES)
def test_a_page_says_what_the_commands_say(name: str, tmp_path: Path, pulumi_home: Path) -> None:
    """Each block is, byte by byte, what its scene gives; if not: tools/run.sh python docs/record.py, and look at it."""
    told = SCENES[name].record(tmp_path, pulumi_home)

    in_pages = recorded_blocks()
    assert {block: in_pages[block] for block in told.blocks} == dict(told.blocks)
    assert set(told.blocks) == SCENES[name].blocks
    assert told.used == SCENES[name].uses


@pytest.mark.parametrize("name", GENERATED)
def test_the_reference_is_made_from_the_code(name: str) -> None:
    """Help and tables are, byte by byte, what the code gives; if not: tools/run.sh python docs/record.py."""
    assert recorded_blocks()[name] == GENERATED[name]()


def test_every_block_has_its_scene() -> None:
    """No page has a block that nothing records, and nothing is recorded that no page shows."""
    of_scenes = [block for scene in SCENES.values() for block in scene.blocks]

    assert sorted(recorded_blocks()) == sorted([*of_scenes, *GENERATED, *STORY])


def test_every_program_on_a_page_is_run() -> None:
    """Each block that is marked as used is used by a scene or another test, and each is there once."""
    marked = [fence.argument for page in PAGES for fence in fences(page) if fence.kind == "used"]
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))

    taken = {name for scene in SCENES.values() for name in scene.uses} | set(re.findall(r'\bused\("([\w-]+)"\)', tests))
    assert sorted(marked) == sorted(taken)


def test_no_block_is_on_two_pages() -> None:
    """A name stands for one block in all of the documentation."""
    names = [name for page in PAGES for name in blocks(page.read_text(encoding="utf-8"))]

    assert len(names) == len(set(names))
