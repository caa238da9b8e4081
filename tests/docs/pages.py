"""The pages of the documentation."""

from __future__ import annotations

from pathlib import Path

__all__ = ["PAGES", "ROOT"]

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
