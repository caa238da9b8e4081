"""Files that commands write: all or nothing, and never over somebody's work unasked."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from auth0_permissions_cli.failures import CommandFailed, Refused
from pulumi_auth0_permissions.catalog import SCHEMA_FILE_NAME, schema_text


def write_catalog(path: Path, text: str, *, force: bool) -> list[str]:
    """Write a catalog file, and the schema that it refers to beside it; return what was done, a sentence each."""
    try:
        there = path.read_bytes() if path.exists() else None
        if there == text.encode("utf-8"):
            said = [f"{path} is as it should be."]
        elif there is not None and not force:
            raise Refused(f"{path} exists and has other content; --force replaces it, comments included.")
        else:
            _write(path, text)
            said = [f"Wrote {path}."]
        schema = path.with_name(SCHEMA_FILE_NAME)
        if _is_ours(schema):
            if not schema.exists() or schema.read_text(encoding="utf-8") != schema_text():
                _write(schema, schema_text())
                said.append(f"Wrote {schema}, with which editors check it.")
        else:
            said.append(f"{schema} is something else and was left as it is.")
    except OSError as error:
        raise CommandFailed(
            f"{error.filename or path} could not be written: {error.strerror}. Choose another place."
        ) from None
    return said


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
