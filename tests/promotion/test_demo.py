"""The story of `make demo-promotion`, told from beginning to end."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from promotion.chain import ROOT


@pytest.mark.timeout(280)
def test_the_demo_tells_its_story(pulumi_home: Path, tmp_path: Path) -> None:
    """A permission goes up to prod, a removal waits for approval, a hotfix is pulled back, and all stages are equal."""
    run = subprocess.run(
        ["python", "examples/promotion/demo.py"],
        cwd=ROOT,
        env=os.environ | {"PULUMI_HOME": str(pulumi_home), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    text = run.stdout + run.stderr
    assert run.returncode == 0, text
    assert "Traceback" not in text
    assert '1 removal is not approved: "delete:orders"' in text
    assert "prod has been changed by hand, and staging knows nothing of it" in text
    assert '+ audit:orders: "Read the audit trail"' in text
    assert "2 of 6 permissions differ in 3 stacks" in text
    assert "No differences: 6 permissions of 2 APIs in 3 stacks" in text
    assert [block for block in _documented() if block not in _masked(text)] == []
    page = re.search(r"file://(\S+/matrix\.html)", text)
    assert page is not None
    assert "audit:orders" in Path(page[1]).read_text(encoding="utf-8")


def _documented() -> list[str]:
    """Return the outputs that the page on promotion shows, without the commands and the answer that the demo lacks."""
    page = (ROOT / "docs" / "promoting.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n\$ [^\n]*\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    return [_masked(re.sub(r"Apply this to .*: y\n\n", "", block)) for block in blocks]


def _masked(text: str) -> str:
    """Return a text without the ids and times that differ from run to run."""
    return re.sub(r"(rol|cgr)_\w{16}|\d{4}-\d\d-\d\d \d\d:\d\d UTC", "*", text)
