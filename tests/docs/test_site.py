"""The documentation as a site, built by Sphinx."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.pages import PAGES, ROOT

LIMIT_S = 240
DOCS = ROOT / "docs"
SITE_PAGES = {page.relative_to(DOCS).with_suffix("").as_posix() for page in PAGES if page.is_relative_to(DOCS)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning fails the build, as in `make docs`."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"]
    run = subprocess.run(
        [*command, "-d", str(folder / "doctrees"), "docs", str(folder / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, ""), run.stdout + run.stderr
    return folder / "html"


def linked(site: Path, page: str) -> set[str]:
    """Return the pages that the text of a page links to, its table of contents at the side apart."""
    article = (site / f"{page}.html").read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
    hrefs = re.findall(r'href="([^"#:]+)\.html', article)
    return {((site / page).parent / href).resolve().relative_to(site).as_posix() for href in hrefs}


def test_every_page_is_two_clicks_away(site: Path) -> None:
    """From the first page everything is reached by two links of the text."""
    first = linked(site, "index")
    second = {page for name in first for page in linked(site, name)}

    assert SITE_PAGES - first - second - {"index"} == set()


def test_docstrings_are_on_the_site(site: Path) -> None:
    """The reference says of each argument and output what the docstrings say."""
    text = (site / "reference" / "resource.html").read_text(encoding="utf-8")

    for part in ("ApiPermissions.effective_permissions", "Stage.declare", "promoted_from", "deletes them."):
        assert part in text
    assert "<!-- site" not in text
