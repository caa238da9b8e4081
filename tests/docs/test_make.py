"""What the pages say of make, run as it stands there, in this repository."""

from __future__ import annotations

import json
from pathlib import Path

from docs.pages import ROOT
from docs.typed import run_block
from support.environment import make_environ


def test_the_way_to_a_first_change_is_green(tmp_path: Path) -> None:
    """Both files are there to be edited; the checks pass, and so do the tests of the rules (here one file of them)."""
    environ = make_environ(tmp_path) | {"EDITOR": "wc -l", "PYTEST_ADDOPTS": "-p no:cacheprovider -k test_text"}

    typed = run_block("first-change", cwd=ROOT, environ=environ)

    assert typed.codes == (0, 0, 0), typed.output
    assert typed.output.count("ok      types\n") == 2  # both of make's commands check first
    assert "\ntests/core/test_text.py ." in typed.output
    assert " passed, " in typed.output


def test_the_benchmark_measures(tmp_path: Path) -> None:
    """It runs the product beside the provider that does nothing, here with one permission, and writes what it found."""
    environ = make_environ(tmp_path, "--least", "--out", str(tmp_path / "bench.json"))

    typed = run_block("bench", cwd=ROOT, environ=environ)

    assert typed.codes == (0,), typed.output
    (row,) = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["rows"]
    assert (row["name"], row["requests"], row["reads"]) == ("preview, unchanged", 2, 1)
    assert row["noop_wall_s"] > 0
    assert "counts: as they should be\n" in typed.output
