"""Bring docs/reference/errors.md up to date: make the product say every message, and write the page.

Usage: tools/run.sh python docs/errors.py

The catalogue is docs/reference/errors.toml; how each message is produced is in tests/messages.
"""

# ruff: noqa: INP001 - a program, not a package

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from messages.catalogue import sections  # noqa: E402 - found through the line above
from messages.page import PAGE, page  # noqa: E402
from messages.produced import say_all  # noqa: E402


def main() -> int:
    """Write the page; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        said = say_all(Path(folder))
    if said.failures:
        sys.stderr.write("\n".join(f"{slug}: {why}" for slug, why in said.failures.items()))
        return 1
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    after = page(sections(), said.texts)
    if after != before:
        PAGE.write_text(after, encoding="utf-8")
        sys.stdout.write(f"{PAGE.relative_to(ROOT)}: brought up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
