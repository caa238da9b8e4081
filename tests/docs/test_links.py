"""Links lead somewhere, on every page that people read, on a code host and on the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.pages import PAGES, ROOT, anchors, links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file or heading of the repository leads to one that is there."""
    broken = []
    for target in links(page):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.is_file() or not file.is_relative_to(ROOT) or (anchor and anchor not in anchors(file)):
            broken.append(target)

    assert broken == []


def test_the_readme_is_short_and_leads_nowhere_that_an_index_has_not() -> None:
    """A package index shows it alone: its links are absolute."""
    readme = ROOT / "README.md"

    assert len(readme.read_text(encoding="utf-8").splitlines()) < 120
    assert [target for target in links(readme) if "://" not in target] == []
