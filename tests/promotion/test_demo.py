"""The story of `make demo-promotion`, told from beginning to end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.pages import ROOT
from docs.recorder import blocks
from docs.story import story_blocks, tell


@pytest.mark.long
@pytest.mark.timeout(280)
def test_the_demo_tells_its_story(tmp_path: Path) -> None:
    """A permission goes up to prod, a removal waits for approval, a hotfix is pulled back, and all stages are equal."""
    text = tell(tmp_path)

    assert "Traceback" not in text
    assert '1 removal is not approved: "delete:orders"' in text
    assert "prod has been changed by hand, and staging knows nothing of it" in text
    assert '+ audit:orders: "Read the audit trail"' in text
    assert "2 of 6 permissions differ in 3 stacks" in text
    assert "No differences: 6 permissions of 2 APIs in 3 stacks" in text
    documented = blocks((ROOT / "docs" / "how-to" / "promote.md").read_text(encoding="utf-8"))
    assert documented == story_blocks(text)  # if not: tools/run.sh python docs/record.py promotion
    page = re.search(r"file://(\S+/matrix\.html)", text)
    assert page is not None
    assert "audit:orders" in Path(page[1]).read_text(encoding="utf-8")
