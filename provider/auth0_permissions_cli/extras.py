"""Which parts of the distribution are installed, told without importing them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

__all__ = ["missing_extra"]

_DISTRIBUTION: Final = "pulumi-auth0-permissions"
_PACKAGES: Final = {"cli": ("click", "jinja2", "rich"), "tenant": ("flask", "cryptography", "jwt")}


def missing_extra(extra: str) -> str | None:
    """Return one sentence on what to install, or ``None`` where the extra's packages are there."""
    absent = [package for package in _PACKAGES[extra] if find_spec(package) is None]
    if not absent:
        return None
    return (
        f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed: "
        f"install {_DISTRIBUTION}[{extra}], for instance with: pip install '{_DISTRIBUTION}[{extra}]'"
    )
