"""What a page must not do behind a person's back, as the browser tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from browser.chromium import Chromium
from browser.tab import Tab


@contextmanager
def quiet_tabs(chromium: Chromium, site: str) -> Iterator[Callable[..., Tab]]:
    """Yield what opens tabs (with the settings of `Chromium.tab`); close them at the end.

    Raises:
        AssertionError: at the end, if a page of theirs ran a script, met an error or asked anybody but the site.
    """
    tabs: list[Tab] = []

    def open_tab(**settings: Any) -> Tab:  # noqa: ANN401 - those of Chromium.tab
        tabs.append(chromium.tab(**settings))
        return tabs[-1]

    yield open_tab
    heard = [noise for tab in tabs for noise in noises(tab, site)]
    for tab in tabs:
        tab.close()
    assert heard == []


def noises(tab: Tab, site: str) -> list[str]:
    """Return what a tab has heard from its pages: scripts that ran or tried to, errors, requests to other sites.

    Args:
        tab: the tab.
        site: scheme, host and port that its pages may ask.
    """
    heard = [f"console: {event.params['args']}" for event in tab.events("Runtime.consoleAPICalled")]
    heard += [f"exception: {event.params['exceptionDetails']}" for event in tab.events("Runtime.exceptionThrown")]
    heard += [f"dialog: {event.params['message']}" for event in tab.events("Page.javascriptDialogOpening")]
    # Where the content security policy stops a script, style or picture, that is such an entry.
    entries = [event.params["entry"] for event in tab.events("Log.entryAdded")]
    heard += [f"log: {entry['text']}" for entry in entries if not _is_plain_refusal(entry)]
    asked = [event.params["request"]["url"] for event in tab.events("Network.requestWillBeSent")]
    heard += [f"request: {url}" for url in asked if not url.startswith(f"{site}/")]
    return heard


def _is_plain_refusal(entry: dict[str, str]) -> bool:
    """Tell the browser's remark on a status such as 404, which a page may well be answered with."""
    return entry["source"] == "network" and entry["text"].startswith("Failed to load resource: the server responded")
