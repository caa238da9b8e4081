"""The README's two commands, and the story of `make demo-promotion`, told from beginning to end."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from docs.pages import ROOT, commands_to_type, recorded
from docs.story import story_blocks, tell
from support.commands import run
from support.environment import make_environ


@pytest.mark.long
@pytest.mark.timeout(280)
def test_the_demo_tells_its_story(tmp_path: Path) -> None:
    """A permission goes up to prod, a removal waits for approval, a hotfix is pulled back, and all stages are equal."""
    text = tell(tmp_path)

    assert "Traceback" not in text
    assert '1 removal is not approved: "delete:orders"' in text
    assert "these changes in prod are not in staging; promoting would undo them:" in text
    assert '+ audit:orders: "Read the audit trail"' in text
    assert "2 of 6 permissions differ in 3 stacks" in text
    assert "No differences: 6 permissions in 3 stacks" in text
    told = story_blocks(text)
    assert {name: recorded(name) for name in told} == told  # if not: tools/run.sh python docs/record.py promotion
    page = re.search(r"file://(\S+/matrix\.html)", text)
    assert page is not None
    assert "audit:orders" in Path(page[1]).read_text(encoding="utf-8")


def test_the_first_command_tells_a_story(tmp_path: Path) -> None:
    """The demo shows each PATCH with all that stays, and ends with the commands for an own tenant.

    The second command is that which runs these tests.
    """
    demo, test = (shlex.split(command, comments=True) for command in commands_to_type("two-commands"))
    environ = make_environ(tmp_path)
    assert test == ["make", "test"]
    assert "python examples/demo/demo.py" in run([*demo, "--dry-run"], cwd=ROOT, environ=environ)

    story = run([sys.executable, "examples/demo/demo.py"], cwd=ROOT, environ=environ, together=True)

    assert story.code == 0, story.output
    assert story.out.count("PATCH /api/v2/resource-servers/") == 2
    assert 'left alone, not managed here: "moderate:posts"' in story
    assert story.out.endswith("    pulumi preview\n")
