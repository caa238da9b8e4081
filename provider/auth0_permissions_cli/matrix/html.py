"""A matrix as one HTML file: it loads nothing, and is whole without JavaScript (only filtering needs it)."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

import jinja2

from auth0_permissions_cli.matrix import words
from auth0_permissions_cli.matrix.comparison import Matrix
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.core.text import quote as quoted
from pulumi_auth0_permissions.version import VERSION


def matrix_html(matrix: Matrix, *, only_differences: bool = False) -> str:
    """Return the matrix as a page; names are texts in it, escaped by the template.

    Everything is in it; ``only_differences`` is how its switch stands at first.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("auth0_permissions_cli.matrix", "assets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": escape, "shown_value": quoted, "digest": _digest}
    return environment.get_template("matrix.html").render(
        matrix=matrix, words=words, only_differences=only_differences, link=dashboard_link, version=VERSION
    )


def dashboard_link(tenant: str, api_id: str) -> str:
    """Return where the vendor's dashboard shows an API's permissions; empty for what is no tenant of the vendor's."""
    match tenant.removesuffix(".auth0.com").split("."):
        case [name] if tenant.endswith(".auth0.com"):
            place = f"us/{name}"
        case [name, region] if tenant.endswith(".auth0.com"):
            place = f"{region}/{name}"
        case _:
            return ""
    return f"https://manage.auth0.com/dashboard/{quote(place)}/apis/{quote(api_id, safe='')}/permissions"


def _digest(text: str) -> str:
    """Return the digest of a style or script as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
