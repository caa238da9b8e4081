"""JSON as the product prints it: the same bytes for the same value, in ASCII, so that any tool reads it."""

from __future__ import annotations

import json

__all__ = ["json_text"]


def json_text(value: object) -> str:
    """Return the value as indented JSON with a line break at the end; keys keep the order they were given in."""
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
