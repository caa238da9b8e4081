"""HTML that is safe by construction: texts are escaped where they enter, and one page is one file.

A page loads nothing: its style and script stand in it, and its content security policy allows these two by their
digests and nothing else, so that markup which slipped in would still not run.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable
from importlib.resources import files

__all__ = ["Markup", "asset", "element", "page"]

_VOID = frozenset({"br", "input", "link", "meta"})  # elements that have no end
_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


class Markup(str):
    """Text that is HTML already; made by `element` only."""

    __slots__ = ()


def element(tag: str, /, *children: str | Iterable[str], **attributes: str | bool | None) -> Markup:
    """Return an element; a child that is no `Markup` is a text and is escaped.

    Args:
        tag: name of the element.
        children: texts, markup, or several of them.
        attributes: ``True`` stands for one without a value, ``None`` and ``False`` for none; a trailing underscore
            is dropped, others become hyphens.
    """
    written = []
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if value is True:
            written.append(f" {attribute}")
        elif value is not None and value is not False:
            written.append(f' {attribute}="{html.escape(value)}"')
    start = f"<{tag}{''.join(written)}>"
    if tag in _VOID:
        return Markup(start)
    inner = "".join(_escaped(part) for child in children for part in ([child] if isinstance(child, str) else child))
    return Markup(f"{start}{inner}</{tag}>")


def asset(name: str) -> str:
    """Return a file of this package's ``assets``."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def page(title: str, *, style: str, script: str, body: Iterable[str]) -> str:
    """Return a whole page in one file.

    Args:
        title: of the page.
        style: CSS; it stands in the page as it is.
        script: JavaScript; likewise. The page has to be of use without it.
        body: what the page shows.
    """
    policy = _POLICY.format(style=_digest(style), script=_digest(script))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(style)),
    )
    content = element("body", body, element("script", Markup(script)))
    return f"<!doctype html>\n{element('html', head, content, lang='en')}\n"


def _escaped(text: str) -> str:
    return text if isinstance(text, Markup) else html.escape(text)


def _digest(text: str) -> str:
    """Return the digest of a style or script as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
