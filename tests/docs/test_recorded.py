"""The outputs in the documentation are what the real commands say now."""

from pathlib import Path

import pytest

from docs.pages import recorded
from docs.scenes import SCENES, helps


@pytest.mark.parametrize("name", SCENES)
def test_a_page_says_what_the_commands_say(name: str, tmp_path: Path, pulumi_home: Path) -> None:
    """Each block is, byte by byte, what its scene gives; if not: tools/run.sh python docs/record.py, and look at it."""
    played = SCENES[name](tmp_path, pulumi_home)

    assert played == {block: recorded(block) for block in played}


def test_the_reference_is_what_the_commands_print_under_help() -> None:
    """Each help is, byte by byte, what the command prints; if not: tools/run.sh python docs/record.py."""
    assert helps() == {block: recorded(block) for block in helps()}
