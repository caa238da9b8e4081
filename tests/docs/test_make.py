"""What the pages say of make, in this repository."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from docs.pages import ROOT
from docs.typed import commands_to_type, run_block
from support.commands import run
from support.environment import make_environ


def test_the_way_to_a_first_change_is_there(tmp_path: Path) -> None:
    """The files are there to be edited, and make knows both commands; what those do, this run of the tests shows."""
    check, edit, test = (shlex.split(command, comments=True) for command in commands_to_type("first-change"))

    assert [name for name in edit[1:] if not (ROOT / name).is_file()] == []
    for command, part in ((check, "tools/check.sh"), (test, "pytest")):
        done = run([*command, "--dry-run"], cwd=ROOT, environ=make_environ(tmp_path), together=True)
        assert (done.code, part in done) == (0, True), done.output


@pytest.mark.nightly
def test_the_benchmark_measures(tmp_path: Path) -> None:
    """It runs the product beside the provider that does nothing, here with one permission, and writes what it found."""
    environ = make_environ(tmp_path, "--least", "--out", str(tmp_path / "bench.json"))

    typed = run_block("bench", cwd=ROOT, environ=environ)

    assert typed.codes == (0,), typed.output
    (row,) = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["rows"]
    assert (row["name"], row["requests"], row["reads"]) == ("preview, unchanged", 2, 1)
    assert row["noop_wall_s"] > 0
    assert "counts: as they should be\n" in typed.output
