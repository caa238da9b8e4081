"""Reports and files: the options of commands that print one, and where it goes; no work is overwritten unasked."""

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from auth0_permissions_cli.failures import CommandFailed, Refused

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a formula begins with, in one spreadsheet or another


def project_option(command: _Command) -> _Command:
    """Add the option ``--cwd``."""
    return click.option(
        "--cwd",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder of the Pulumi project; by default the current one.",
    )(command)


def format_option(*formats: str, about: str) -> Callable[[_Command], _Command]:
    """Return a decorator that adds the option ``--format``, by default ``terminal``."""
    choice = click.Choice(["terminal", *formats])
    return click.option("--format", "form", type=choice, default="terminal", show_default=True, help=about)


def report_options(*formats: str, about: str) -> Callable[[_Command], _Command]:
    """Return a decorator that adds the options ``--format``, ``--output`` and ``--max-length``."""

    def add(command: _Command) -> _Command:
        command = click.option(
            "--max-length",
            metavar="N",
            type=click.IntRange(min=1000),
            default=65_536,
            show_default=True,
            help="Maximum length of Markdown, in characters; the rest is cut, with a note. GitHub takes 65536.",
        )(command)
        about_output = "Write to this file instead of standard output."
        command = click.option("--output", metavar="FILE", type=FILE, help=about_output)(command)
        return format_option(*formats, about=about)(command)

    return add


def deliver(form: str, renderings: Mapping[str, Callable[[], str]], output: Path | None = None) -> None:
    """Render a report in the format that was asked for; write it to a file, or print it."""
    text = renderings[form]()
    if output is not None:
        write_report(output, text)
        click.echo(f"Wrote {output}.", err=True)
    elif form == "terminal":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        print_as_it_is(text)


def print_as_it_is(text: str) -> None:
    """Print the text of a file in UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def write_text(path: Path, text: str, *, force: bool) -> str:
    """Write a file, unless that would overwrite different content unasked; return what was done.

    Raises:
        Refused: it exists with different content.
    """
    try:
        existing = path.read_bytes() if path.exists() else None
    except OSError as error:
        raise CommandFailed(f"{path} could not be read: {error.strerror}. Choose another path.") from None
    if existing == text.encode("utf-8"):
        return f"{path} is up to date."
    if existing is not None and not force:
        raise Refused(f"{path} exists with different content; --force overwrites it, including comments.")
    write_report(path, text)
    return f"Wrote {path}."


def write_report(path: Path, text: str) -> None:
    """Write a file in UTF-8; one that is there is replaced, and whoever reads it sees the old content or the new."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
    except OSError as error:
        raise CommandFailed(f"{path} could not be written: {error.strerror}. Choose another path.") from None
    finally:
        new.unlink(missing_ok=True)


def json_text(value: object) -> str:
    """Return the value as indented ASCII JSON with a line break at the end: the same bytes for the same value."""
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def csv_text(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return comma-separated values. A text that a spreadsheet would take for a formula begins with an apostrophe."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(titles)
    for row in rows:
        writer.writerow(f"'{one}" if str(one).startswith(_FORMULA) else one for one in row)
    return lines.getvalue()
