"""The JSON Schema of catalog files, with which editors complete and check them while they are written."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SCHEMA_FILE_NAME: Final = "permissions.schema.json"


def schema_text() -> str:
    """Return the schema (JSON Schema, draft 2020-12) as the text of a JSON file."""
    return files(__package__).joinpath(SCHEMA_FILE_NAME).read_text(encoding="utf-8")
