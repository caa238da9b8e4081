"""What a user reads in a preview, taken from its text and from nothing else."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Reading:
    """The changes that a preview speaks of, by value."""

    deleted: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)  # old name → new name
    added: dict[str, str] = field(default_factory=dict)  # what comes → its description
    described: dict[str, tuple[str | None, str]] = field(default_factory=dict)  # old one (None: not shown), and new

    @property
    def removed(self) -> set[str]:
        """Every name that is said to go."""
        return self.deleted | self.renamed.keys()


def read(messages: Iterable[str]) -> Reading:
    """Return what the messages speak of; names are in quotation marks where their ends could not be seen otherwise."""
    reading = Reading()
    for line in re.findall(r"^  [-+~>] .*$", "\n".join(messages), re.MULTILINE):
        mark, *words = (word for word in shlex.split(line) if word != "=>")
        name, *rest = (word.removesuffix(":") for word in words)
        match mark:
            case "-":
                reading.deleted.add(name)
            case "+":
                reading.added[name] = rest[0] if rest else ""
            case "~":
                reading.described[name] = (rest[0], rest[1])
            case _:
                reading.renamed[name] = rest[0]
                if rest[1:]:
                    reading.described[rest[0]] = (None, rest[1])
    return reading
