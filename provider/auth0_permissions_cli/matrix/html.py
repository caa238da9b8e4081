"""A matrix as one HTML file: it loads nothing, and is whole without JavaScript (only filtering needs it)."""

from __future__ import annotations

import base64
import hashlib

import jinja2

from auth0_permissions_cli.matrix import words
from auth0_permissions_cli.matrix.comparison import Matrix
from pulumi_auth0_permissions.core.text import escape, quote


def matrix_html(matrix: Matrix) -> str:
    """Return the matrix as a page; names are texts in it, escaped by the template."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("auth0_permissions_cli.matrix", "assets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": escape, "shown_value": quote, "digest": _digest}
    return environment.get_template("matrix.html").render(matrix=matrix, words=words)


def _digest(text: str) -> str:
    """Return the digest of a style or script as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
