"""Which stacks there are, which tenant each of them works on, and which of them this machine takes."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # comes with pulumi
from pulumi.automation import LocalWorkspace

__all__ = ["FleetStack", "NoSuchStack", "Shard", "config_file_of", "discover", "matching", "sources_among"]

_DOMAIN = "auth0:domain"
_BUDGET = "auth0-permissions:requestsPerSecond"
_SOURCE = "auth0-permissions:promotedFrom"
_ENDINGS = (".yaml", ".yml", ".json")  # of the files that the CLI looks for, in its order
_SHARD = re.compile(r"([1-9]\d*)/([1-9]\d*)", re.ASCII)


class NoSuchStack(Exception):
    """Raised when a name or a pattern fits no stack of the project."""


@dataclass(frozen=True, slots=True)
class FleetStack:
    """One stack.

    Attributes:
        name: as for ``pulumi --stack``.
        tenant: what the stacks of one tenant have in common: its domain, in lower case and without a scheme; the
            stack's own name where no domain is set, so that nobody waits for it.
        config_file: its configuration file; ``None`` if it has none.
        promoted_from: the stack that it takes its permissions from, as its configuration names it.
        requests_per_second: the cap that its configuration sets.
    """

    name: str
    tenant: str
    config_file: Path | None = None
    promoted_from: str | None = None
    requests_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """One machine's share of a fleet: number ``index`` (from 1 on) of ``count``.

    A tenant belongs to one share as a whole: what its stacks may ask of it together can be kept on one machine only.
    Which one is a matter of the tenant's name alone, so machines that see different lists of stacks still agree.
    """

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``3/10``.

        Raises:
            ValueError: it is something else.
        """
        found = _SHARD.fullmatch(text)
        if found is None or int(found[1]) > int(found[2]):
            raise ValueError(f"{text!r} is no share such as 3/10, the third of ten")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def has(self, tenant: str) -> bool:
        """Tell whether this share has the stacks of a tenant."""
        digest = hashlib.sha256(tenant.encode()).digest()
        return int.from_bytes(digest[:8]) % self.count == self.index - 1


def matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the names that fit one of the patterns (all of them, if there is no pattern), sorted.

    Raises:
        NoSuchStack: a pattern fits none.
    """
    fitting = {pattern: fnmatch.filter(names, pattern) for pattern in patterns}
    if missing := [pattern for pattern, found in fitting.items() if not found]:
        raise NoSuchStack(f"no stack of this project is or fits {', '.join(missing)}")
    return sorted({name for found in fitting.values() for name in found} if patterns else names)


def discover(workspace: LocalWorkspace, patterns: Sequence[str], environ: Mapping[str, str]) -> list[FleetStack]:
    """Return the stacks of a project that fit one of the patterns, or all of them.

    A stack's file is read where it says all that is asked; only else, a process of the CLI for each.

    Args:
        workspace: the project; nothing of it is changed.
        patterns: names or patterns (``*-prod``).
        environ: the environment, for a tenant that stands there.

    Raises:
        NoSuchStack: a pattern fits none.
        CommandError: the CLI could not list the stacks or read a configuration.
    """
    names = matching([stack.name for stack in workspace.list_stacks()], patterns)
    return [_read(workspace, name, environ) for name in names]


def _read(workspace: LocalWorkspace, name: str, environ: Mapping[str, str]) -> FleetStack:
    file = config_file_of(Path(workspace.work_dir), name)
    settings = _parse(file) if file else {}
    config = settings.get("config") or {}
    # Without a file it may be kept by the back end; an environment of Pulumi's adds to it; a secret is encrypted.
    if file is None or "environment" in settings or isinstance(config.get(_DOMAIN), Mapping):
        config = {key: entry.value for key, entry in workspace.get_all_config(name).items()}
    tenant = str(config.get(_DOMAIN) or environ.get("AUTH0_DOMAIN") or "").strip().lower()
    return FleetStack(
        name,
        tenant.removeprefix("https://").removeprefix("http://").rstrip("/") or f"(no tenant: {name})",
        file,
        str(config.get(_SOURCE) or "") or None,
        _number(config.get(_BUDGET)),
    )


def config_file_of(folder: Path, stack: str) -> Path | None:
    """Return a stack's configuration file, where the CLI looks for it, or ``None`` if it has none."""
    project = next((file for ending in _ENDINGS if (file := folder / f"Pulumi{ending}").exists()), None)
    settings = _parse(project) if project else {}
    files = (folder / str(settings.get("stackConfigDir") or ".") / f"Pulumi.{short_name(stack)}{e}" for e in _ENDINGS)
    return next((file for file in files if file.exists()), None)


def short_name(stack: str) -> str:
    """Return the last part of a stack's name, which back ends with organizations put others in front of."""
    return stack.rpartition("/")[2]


def sources_among(stacks: Sequence[FleetStack]) -> Iterator[tuple[str, str]]:
    """Yield the stacks that take their permissions from another one of them, and from which."""
    names = {short_name(stack.name) for stack in stacks}
    for stack in stacks:
        if stack.promoted_from and short_name(stack.promoted_from) in names:
            yield stack.name, short_name(stack.promoted_from)


def _parse(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    settings = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    return settings if isinstance(settings, dict) else {}


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None  # the provider says what is wrong with it
