"""The watch over pages hears what it is there to hear."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from auth0_local_tenant import LocalTenant
from browser.chromium import Chromium
from browser.quiet import noises
from browser.tab import Tab


@pytest.fixture
def stray(chromium: Chromium) -> Iterator[Tab]:
    """A tab that may make noise."""
    opened = chromium.tab()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("markup", "noise"),
    [
        ("<script>console.log('here')</script>", "console: "),
        ("<script>nonsense()</script>", "exception: "),
        ("<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><script>1</script>", "log: "),
        ("<img src='http://127.0.0.1:9/pixel.png'>", "request: http://127.0.0.1:9/pixel.png"),
    ],
    ids=["a script that runs", "a script that fails", "a script that is forbidden", "a picture from elsewhere"],
)
def test_noise_is_heard(stray: Tab, markup: str, noise: str) -> None:
    """A page with a script or a request of its own is noticed, also where the browser stops it."""
    stray.open("data:text/html," + quote(markup))

    assert any(heard.startswith(noise) for heard in noises(stray, "data:text"))


def test_the_tenants_page_is_silent(stray: Tab, tenant: LocalTenant) -> None:
    """The tenant's first page runs nothing and asks for nothing but its own style and icon."""
    stray.open(f"{tenant.domain}/")

    assert noises(stray, tenant.domain) == []


def test_scripts_are_off_where_a_test_asks_for_it(chromium: Chromium) -> None:
    """A tab without JavaScript runs no page's script."""
    off = chromium.tab(scripts=False)

    off.open("data:text/html," + quote("<title>off</title><script>document.title = 'on'</script>"))
    title = off.title
    off.close()

    assert title == "off"
