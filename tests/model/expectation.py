"""What must come out of an operation, worked out without the product; and what a preview says of it.

The first by plain maps and sets, and few rules. Where the outcome hangs on more than that (a rename whose new name is
on the API already), nothing is expected of it but the laws that hold for everything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from faults.scene import Held

MOST = 0.5  # removing more than this share of an API at once needs an approval
FEW = 4  # of an API with fewer permissions, all but one may go


@dataclass(frozen=True)
class Program:
    """What a stack's program and configuration say."""

    permissions: Mapping[str, str]  # declared, with their descriptions, in order
    renames: Mapping[str, str] = field(default_factory=dict)  # old name → new name
    unmanaged: str = "refuse"  # the mode of that name
    removal: str = "warn"  # the mode of that name
    approves: bool = False  # whether the stack's configuration approves every removal


@dataclass(frozen=True)
class World(Held):
    """What is there, and how the vendor is."""

    grants_all: bool = False  # whether there is a client grant that follows the API's list
    cascades: bool = False  # whether the vendor takes a deleted permission from roles

    def holds(self, value: str) -> bool:
        """Tell whether anybody holds a permission."""
        return self.grants_all or value in self.role or value in self.grant


@dataclass(frozen=True)
class Expectation:
    """What must come out."""

    goal: World  # what is there in the end
    interim: World | None  # what is there between the two writes of a rename; None where there is one write
    deleted: frozenset[str]  # what goes
    renamed: Mapping[str, str]  # what goes under that name and stays under another
    is_refused: bool  # whether the operation must be refused, with the world as it is
    is_open: bool = False  # whether it may be refused or not, by facts that are not looked at here

    @property
    def removed(self) -> frozenset[str]:
        """Every name that is not on the API any more."""
        return self.deleted | frozenset(self.renamed)


def expected(world: World, ours: Collection[str], program: Program) -> Expectation:
    """Work out what an `up` must come to.

    Args:
        world: what is there.
        ours: what the stack has managed until now.
        program: what it declares.
    """
    wanted = program.permissions
    renamed = {
        old: new
        for old, new in program.renames.items()
        if old in world.api
        and old not in wanted
        and not (new in ours and old not in ours)
        and not (program.unmanaged == "keep" and old not in ours)  # then it is somebody else's
    }
    rest = [value for value in world.api if value not in wanted and value not in renamed]
    owns_all = program.unmanaged == "remove"
    deleted = frozenset(value for value in rest if owns_all or value in ours)
    strangers = [value for value in rest if value not in deleted]

    result: dict[str, str] = {}
    for value, text in world.api.items():
        if value in renamed:
            result[renamed[value]] = wanted[renamed[value]]
        elif value in wanted:
            result.setdefault(value, wanted[value])
        elif value not in deleted:
            result[value] = text
    for value, text in wanted.items():
        result.setdefault(value, text)

    is_refused = (program.unmanaged == "refuse" and bool(strangers)) or _refuses(
        world, program, deleted, frozenset(renamed), len(result)
    )
    goal = _held(world, program, result, deleted, renamed)
    interim = _between_writes(world, result, deleted, renamed) if renamed else None
    is_open = any(new in world.api for new in renamed.values())
    return Expectation(goal, interim, deleted, renamed, is_refused, is_open)


def expected_of_leaving(world: World, ours: Collection[str], program: Program) -> Expectation:
    """Work out what a `destroy` must come to: ours goes, which is approval enough to empty the API."""
    deleted = frozenset(value for value in world.api if value in ours)
    result = {value: text for value, text in world.api.items() if value not in deleted}
    goal = _held(world, program, result, deleted, {})
    return Expectation(goal, None, deleted, {}, _mode_refuses(world, program, deleted, frozenset()))


def _refuses(world: World, program: Program, deleted: frozenset[str], renamed: frozenset[str], left: int) -> bool:
    gone, had = len(deleted | renamed), len(world.api)
    too_much = gone > 0 and (left == 0 or (had >= FEW and gone / had > MOST))
    return (too_much and not program.approves) or _mode_refuses(world, program, deleted, renamed)


def _mode_refuses(world: World, program: Program, deleted: frozenset[str], renamed: frozenset[str]) -> bool:
    if program.approves:
        return False
    if program.removal == "refuse":
        return bool(deleted | renamed)
    return program.removal == "refuse_if_held" and any(world.holds(value) for value in deleted)


def _held(
    world: World, program: Program, api: Mapping[str, str], deleted: frozenset[str], renamed: Mapping[str, str]
) -> World:
    """Return the world with that API, and with access handed over and taken as it has to be."""
    taken = deleted if program.removal == "revoke" else frozenset()
    from_roles = taken | deleted if world.cascades else taken
    return World(
        api,
        frozenset(renamed.get(value, value) for value in world.role) - from_roles,
        frozenset(renamed.get(value, value) for value in world.grant) - taken,
        world.grants_all,
        world.cascades,
    )


def _between_writes(
    world: World, result: Mapping[str, str], deleted: frozenset[str], renamed: Mapping[str, str]
) -> World:
    """Return the world with the API after a rename's first write: all that is new, and all that goes."""
    api = {**result, **{value: world.api[value] for value in (*deleted, *renamed)}}
    return World(api, world.role, world.grant, world.grants_all, world.cascades)


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
