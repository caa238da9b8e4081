"""A headless Chromium, driven by Playwright, and what its pages are watched for and judged by."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Request, sync_playwright

Open = Callable[..., Page]

# Ratio of contrast by WCAG 2.1 between the focus ring and the colour that is really behind the focused element; null
# where nothing has the focus.
_FOCUS_RING = """() => {
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const light = colour => numbers(colour).slice(0, 3).map(c => c / 255)
  .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const ground = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (numbers(colour)[3] !== 0) return colour;
  }
  return 'rgb(255, 255, 255)';
};
const element = document.activeElement, style = getComputedStyle(element);
if (element === document.body) return null;
return {what: element.outerHTML, width: parseFloat(style.outlineWidth), style: style.outlineStyle,
        contrast: ratio(style.outlineColor, ground(element.parentElement))};
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser with an empty profile; CHROMIUM names one that is not on PATH under its usual name."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    assert found, "there is no Chromium on PATH: run `make test`, which brings one as root on Debian, or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=os.getuid() != 0)
        yield browser
        browser.close()


@contextmanager
def quiet_pages(browser: Browser, site: str) -> Iterator[Open]:
    """Give what opens an address in a page with a profile of its own, without ``scripts`` or ``dark`` where asked.

    Args:
        browser: the browser.
        site: scheme, host and port that the pages may ask.

    Raises:
        AssertionError: at the end, if a page ran a script, met an error or asked anybody but the site.
    """
    heard: list[str] = []
    pages: list[Page] = []

    def open_page(address: str, *, scripts: bool = True, dark: bool = False) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            viewport={"width": 1200, "height": 900},
        )
        pages.append(context.new_page())
        watch(pages[-1], site, heard)
        pages[-1].goto(address)
        return pages[-1]

    yield open_page
    for page in pages:
        page.evaluate("0")  # an answer comes after all events that happened before it
        page.context.close()
    assert heard == []


def watch(page: Page, site: str, heard: list[str]) -> None:
    """Note what a page does behind a person's back: scripts that ran or tried to, errors, requests to other sites."""

    def on_message(message: ConsoleMessage) -> None:
        # The content security policy's refusals come here; and the browser's remark on a status such as 404, which a
        # page may well be answered with.
        if not message.text.startswith("Failed to load resource: the server responded"):
            heard.append(f"console: {message.text}")

    def on_dialog(dialog: Dialog) -> None:
        heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith(f"{site}/"):
            heard.append(f"request: {request.url}")

    page.on("console", on_message)
    page.on("dialog", on_dialog)
    page.on("pageerror", lambda error: heard.append(f"exception: {error}"))
    page.on("request", on_request)


def axe_findings(page: Page) -> list[str]:
    """Return what axe-core objects to on the page, a line each: rule, what it says, where.

    It is run from outside the page, which itself allows no script.
    """
    page.evaluate((resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
    # Without preload: axe would fetch the style sheet, which the page's policy forbids.
    options = "{preload: false, resultTypes: ['violations']}"
    found = page.evaluate(f"axe.run(document, {options}).then(r => r.violations)")
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]]


def focus_rings(page: Page) -> list[dict[str, object]]:
    """Return how the focus is shown wherever Tab comes to: where, width in CSS pixels, style, and contrast."""
    page.keyboard.press("Tab")
    rings: list[dict[str, object]] = []
    while (ring := page.evaluate(_FOCUS_RING)) and len(rings) < 100:
        rings.append(ring)
        page.keyboard.press("Tab")
    return rings


def tab_to(page: Page, wanted: Locator, *, at_most: int = 60) -> None:
    """Press Tab until something has the focus."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never comes to {wanted}")
