"""Links lead somewhere, on every page that people read, on a code host and on the site."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from docs.pages import PAGES, ROOT, anchors, links

LISTED = Path(__file__).parent / "external-links.txt"


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


def test_links_to_other_sites_are_known() -> None:
    """Each is in the list beside this test, by https and without credentials: there is no network to try them here."""
    found = {target for page in PAGES for target in links(page) if "://" in target}

    assert sorted(found) == LISTED.read_text(encoding="utf-8").split()
    for target in found:
        parts = urlsplit(target)
        assert (parts.scheme, parts.username, parts.port) == ("https", None, None), target
        assert "." in (parts.hostname or ""), target
