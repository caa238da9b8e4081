"""Files that commands write: all or nothing, and never over somebody's work unasked."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from auth0_permissions_cli.failures import CommandFailed, Refused
from pulumi_auth0_permissions.catalog import SCHEMA_FILE_NAME, schema_text


def write_text(path: Path, text: str, *, force: bool) -> str:
    """Write a file, unless that would replace other content unasked; return what was done."""
    try:
        existing = path.read_bytes() if path.exists() else None
    except OSError as error:
        raise CommandFailed(f"{path} could not be read: {error.strerror}. Choose another place.") from None
    if existing == text.encode("utf-8"):
        return f"{path} is up to date."
    if existing is not None and not force:
        raise Refused(f"{path} exists and has other content; --force replaces it, comments included.")
    write_report(path, text)
    return f"Wrote {path}."


def write_schema(catalog: Path) -> list[str]:
    """Write the schema that a catalog refers to beside it; return what was done, a sentence each."""
    schema = catalog.with_name(SCHEMA_FILE_NAME)
    if not _is_ours(schema):
        return [f"{schema} is something else and was left as it is."]
    if schema.exists() and schema.read_text(encoding="utf-8") == schema_text():
        return []
    write_report(schema, schema_text())
    return [f"Wrote {schema}, with which editors check it."]


def write_report(path: Path, text: str) -> None:
    """Write a report in UTF-8; one that is there is replaced."""
    try:
        _write(path, text)
    except OSError as error:
        raise CommandFailed(f"{path} could not be written: {error.strerror}. Choose another place.") from None


def _is_ours(schema: Path) -> bool:
    """Tell whether a schema file may be written: there is none, or it is an earlier one of this package."""
    if not schema.exists():
        return True
    try:
        there = json.loads(schema.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    own = json.loads(schema_text())["$id"]
    return isinstance(there, dict) and str(there.get("$id", "")).rpartition(":")[0] == own.rpartition(":")[0]


def _write(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old content or the new, also when this is interrupted.

    Raises:
        OSError: under the file's own name, where it is the temporary one beside it that cannot be written.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        new.unlink(missing_ok=True)
