"""What a user reads in a preview, taken from its text and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = r'(?:"([^"]*)"|([^\s"](?:.*?[^\s"])?))'  # in quotation marks where its ends could not be seen otherwise
_TEXT = r'"([^"]*)"'
_LINES = {
    "deleted": re.compile(rf"  - {_NAME}"),
    "renamed": re.compile(rf"  > {_NAME} => {_NAME}(?:: {_TEXT})?"),
    "added": re.compile(rf"  \+ {_NAME}(?:: {_TEXT})?"),
    "described": re.compile(rf"  ~ {_NAME}: {_TEXT} => {_TEXT}"),
}


@dataclass(frozen=True)
class Reading:
    """The changes that a preview speaks of, by value.

    Attributes:
        deleted: what goes.
        renamed: old name → new name.
        added: what comes → its description.
        described: what stays, or comes by a rename, and is described anew → old description (``None`` for a
            rename, which does not show it) and new.
    """

    deleted: frozenset[str]
    renamed: dict[str, str]
    added: dict[str, str]
    described: dict[str, tuple[str | None, str]]

    @property
    def removed(self) -> frozenset[str]:
        """Every name that is said to go."""
        return self.deleted | frozenset(self.renamed)


def read(messages: Iterable[str]) -> Reading:
    """Return what the messages speak of."""
    reading = Reading(frozenset(), {}, {}, {})
    for line in "\n".join(messages).splitlines():
        for kind, pattern in _LINES.items():
            if (found := pattern.fullmatch(line)) is None:
                continue
            groups = found.groups()
            name = groups[0] if groups[0] is not None else groups[1]
            match kind:
                case "deleted":
                    reading = Reading(reading.deleted | {name}, reading.renamed, reading.added, reading.described)
                case "renamed":
                    new = groups[2] if groups[2] is not None else groups[3]
                    reading.renamed[name] = new
                    if groups[4] is not None:
                        reading.described[new] = (None, groups[4])
                case "added":
                    reading.added[name] = groups[2] or ""
                case _:
                    reading.described[name] = (groups[2], groups[3])
            break
    return reading
