"""What a preview shows, left as data for whoever asked for it: one file a resource, in a folder that they made.

The engine's own output carries the plan as text. A command that reviews it names a folder in the environment and
reads the files after the preview; it takes a file that is not there for a failure.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, write_atomically

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.review import Review

__all__ = ["PLAN_FOLDER_VARIABLE", "PROGRESS_FILE", "is_asked_for", "leave_plan", "leave_progress", "note_use"]

PLAN_FOLDER_VARIABLE = "AUTH0_PERMISSIONS_PLAN_DIR"
"""Names the folder; without it nothing is written."""

PROGRESS_FILE = "progress"
"""The file in it with what is going on."""


def leave_plan(review: Review, environ: Mapping[str, str] = os.environ) -> None:
    """Write what is planned for one resource, where somebody asked for it."""
    folder = environ.get(PLAN_FOLDER_VARIABLE)
    if not folder:
        return
    # Imported where they are needed: few previews are asked for it.
    from pulumi_auth0_permissions.core.review import json_text, review_data

    name = file_name_for(f"{review.leaves_api} {review.urn}")
    try:
        write_atomically(Path(folder) / f"{name}.json", json_text(review_data(review)))
    except OSError:
        return  # a preview does not fail for it; whoever waits for the file does


def is_asked_for(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether somebody asked for the plan, and so for every name in it."""
    return bool(environ.get(PLAN_FOLDER_VARIABLE))


def leave_progress(message: str, environ: Mapping[str, str] = os.environ) -> None:
    """Leave what is going on beside the plans, in place of what was: the engine passes no such lines on as data."""
    if folder := environ.get(PLAN_FOLDER_VARIABLE):
        with suppress(OSError):
            write_atomically(Path(folder) / PROGRESS_FILE, message)


def note_use(name: str, environ: Mapping[str, str] = os.environ) -> None:
    """Leave an empty file of that name beside the plans: the program has done what it was asked for."""
    if folder := environ.get(PLAN_FOLDER_VARIABLE):
        with suppress(OSError):  # whoever waits for the file fails
            (Path(folder) / name).touch()
