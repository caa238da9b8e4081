"""Outputs in the documentation: marked blocks, what is cut from an output, and what is made the same in every run.

A block stands between two comments, which no reader sees:

    <!-- recorded: NAME -->
    ```console
    $ pulumi preview
    ...
    ```
    <!-- end of recorded -->
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from docs.pages import PAGES

_BLOCK = re.compile(
    r"(?P<head><!-- recorded: (?P<name>[a-z-]+) -->\n(?P<fence>`{3,})(?:console|text)\n)"
    r"(?P<text>.*?)\n?"
    r"(?P<foot>(?P=fence)\n<!-- end of recorded -->)",
    re.DOTALL,
)
_MARK = "<!-- recorded:"

# What differs from run to run, and what stands in its place. The tenant's port is the system's choice; times are now.
_STEADY = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8080"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "2026-12-01 09:30 UTC"),
    (re.compile(r"\b\d\d:\d\d:\d\d UTC"), "09:30:00 UTC"),
    (re.compile(r", by \S+, version "), ", by anne, version "),
)

# A section of the CLI's output begins with its title at the margin, and what is said of a resource with its type.
_RESOURCE = re.compile(r"^  [a-z][^ ]* \(.*\):$")
_SECTION = re.compile(r"^(?P<title>[A-Z][a-z]+)[^:]*:")


def blocks(markdown: str) -> dict[str, str]:
    """Return the recorded blocks of a page: name → text.

    Raises:
        ValueError: if a mark opens no block.
    """
    found = [(match["name"], match["text"]) for match in _BLOCK.finditer(markdown)]
    if len(found) != markdown.count(_MARK):
        raise ValueError(f"{markdown.count(_MARK)} marks, and {len(found)} blocks that are whole")
    return dict(found)


def recorded_blocks() -> dict[str, str]:
    """Return all recorded blocks of all pages: name → text.

    Raises:
        ValueError: if a name comes twice.
    """
    found = [item for page in PAGES for item in blocks(page.read_text(encoding="utf-8")).items()]
    if len(dict(found)) != len(found):
        raise ValueError("a block is there twice")
    return dict(found)


def with_blocks(markdown: str, recorded: Mapping[str, str]) -> str:
    """Return a page with the text of its blocks replaced by what was recorded under their names."""
    return _BLOCK.sub(lambda match: f"{match['head']}{recorded[match['name']]}\n{match['foot']}", markdown)


def steps(text: str) -> list[tuple[str, bool]]:
    """Return the commands of a block, without their prompts, each with whether the section ``Resources`` is shown."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], "\nResources:" in part) for part in parts]


def changed(text: str, diff: str) -> str:
    """Return a text with a diff applied: lines with ``-`` and a space are replaced by those with ``+`` and a space.

    Raises:
        ValueError: if what the diff changes is not there exactly once.
    """
    lines = diff.splitlines(keepends=True)
    if strange := [line for line in lines if line[0] not in "+- "]:
        raise ValueError(f"no line of a diff: {strange[0]!r}")
    old = "".join(line[1:] for line in lines if line[0] != "+")
    new = "".join(line[1:] for line in lines if line[0] != "-")
    if not old or text.count(old) != 1:
        raise ValueError(f"there {text.count(old)} times, not once:\n{old}")
    return text.replace(old, new)


def steady(text: str) -> str:
    """Replace what differs from run to run."""
    for pattern, replacement in _STEADY:
        text = pattern.sub(replacement, text)
    return text


def cut(output: str, *sections: str) -> str:
    """Return the last occurrence of each of some sections of the CLI's output, such as ``Diagnostics``, in order.

    ``Diagnostics`` is left out where there are none and another section is asked for.

    The lines on progress before them come in another number and order each time. So do the resources under
    ``Diagnostics``; they are put in the order of their types.

    Raises:
        ValueError: if a section is not there.
    """
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in output.splitlines():
        if section := _SECTION.match(line):
            current = parts[section["title"]] = []
        current.append(line.rstrip())
    wanted = [section for section in sections if section in parts or section != "Diagnostics" or len(sections) == 1]
    missing = [section for section in wanted if section not in parts]
    if missing:
        raise ValueError(f"no section {missing} in:\n{output}")
    return "\n".join("\n".join(_sorted(parts[section])) for section in wanted)


def errors_of(diagnostics: str) -> str:
    """Return the section ``Diagnostics`` without the messages that come before a resource's error."""
    title, *lines = diagnostics.splitlines()
    kept = [title]
    failed = False
    for line in lines:
        if _RESOURCE.match(line):
            failed = False
            kept.append(line)
        failed = failed or line.startswith("    error: ")
        if failed:
            kept.append(line)
    return "\n".join(kept)


def _sorted(section: list[str]) -> list[str]:
    """Return the lines of a section, without blank ones, with its resources sorted."""
    groups: list[list[str]] = [[]]
    for line in section:
        if _RESOURCE.match(line):
            groups.append([])
        if line:
            groups[-1].append(line)
    return [line for group in (groups[0], *sorted(groups[1:])) for line in group]
