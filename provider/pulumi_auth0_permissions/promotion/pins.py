"""Pins: the revisions of the source that a preview was made of, which the operation after it has to find again.

They travel in the environment, since a Pulumi program learns nothing else of who runs it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pulumi_auth0_permissions.core.errors import Conflict
from pulumi_auth0_permissions.core.text import escape, join

__all__ = ["PINS_VARIABLE", "check_pins", "pins_text"]

PINS_VARIABLE = "AUTH0_PERMISSIONS_PINS"


def pins_text(revisions: Mapping[str, str]) -> str:
    """Return the value of the environment variable for the source's revisions, by logical API name."""
    return json.dumps(dict(revisions), sort_keys=True)


def check_pins(revisions: Mapping[str, str], environ: Mapping[str, str], *, source: str) -> None:
    """Check that the source is what the preview showed; without pins there is nothing to check.

    Args:
        revisions: logical API name → revision, as the source has them now.
        environ: the environment.
        source: the stack that they are from.

    Raises:
        Conflict: the source has moved, or the pins cannot be read.
    """
    text = environ.get(PINS_VARIABLE)
    if not text:
        return
    try:
        pins = json.loads(text)
    except (ValueError, RecursionError):
        pins = None
    if not isinstance(pins, Mapping):
        raise Conflict(
            f"{PINS_VARIABLE} in the environment is no JSON object from API to revision; nothing was done. Unset it."
        )
    moved = sorted(name for name in {*pins, *revisions} if pins.get(name) != revisions.get(name))
    if moved:
        raise Conflict(
            f'the source moved since the preview: stack "{escape(source)}" has applied something else to '
            f"{join(moved)} meanwhile. Nothing was written. Run the promotion again to see what is there now."
        )
