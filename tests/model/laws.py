"""What holds for every operation, by plain maps and sets and without the product; and what a preview says of it."""

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


@dataclass
class Reading:
    """The changes that messages speak of, by value."""

    deleted: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)  # old name → new name
    added: dict[str, str] = field(default_factory=dict)  # what comes → its description
    described: dict[str, str] = field(default_factory=dict)  # what is described anew → that

    @property
    def removed(self) -> set[str]:
        """Every name that is said to go."""
        return self.deleted | self.renamed.keys()

    def carried_out(self, api: Mapping[str, str]) -> dict[str, str]:
        """Return what an API holds afterwards."""
        kept = {self.renamed.get(value, value): text for value, text in api.items() if value not in self.deleted}
        return {**kept, **self.added, **self.described}


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
                reading.described[name] = rest[1]
            case _:
                reading.renamed[name] = rest[0]
                if len(rest) > 1:
                    reading.described[rest[0]] = rest[1]
    return reading


def assert_lawful(plan: Reading, world: World, ours: Collection[str], program: Program) -> None:
    """Assert that a plan that was not refused does what the program asks for, and takes nothing else away.

    Args:
        plan: the changes.
        world: what is there.
        ours: what the stack has managed until now.
        program: what it declares.
    """
    goal, declared = plan.carried_out(world.api), program.permissions
    assert declared.items() <= goal.items(), "not all that is declared is there"
    assert not goal.keys() & (set(ours) - declared.keys()), "kept what the program has dropped"
    named = program.renames.keys() if program.unmanaged != "keep" else set()
    theirs = world.api.keys() - declared.keys() - set(ours) - named
    if program.unmanaged == "keep":
        assert all(goal.get(value) == world.api[value] for value in theirs), "took what is somebody else's"
    else:  # `refuse` goes on only where there is nothing unmanaged, `remove` takes it
        assert goal == declared, "left or took what is not managed"
        assert program.unmanaged == "remove" or not theirs, "went on in spite of what is not managed"
    needs_approval = is_too_much(plan, world) or mode_refuses(plan, world, program.removal)
    assert program.approves or not needs_approval, "removed what was not approved"


def is_too_much(plan: Reading, world: World) -> bool:
    """Tell whether a plan takes so much of the API that it needs an approval."""
    gone, had = len(plan.removed), len(world.api)
    return gone > 0 and (not plan.carried_out(world.api) or (had >= FEW and gone / had > MOST))


def mode_refuses(plan: Reading, world: World, removal: str) -> bool:
    """Tell whether the mode of removals asks for an approval."""
    if removal == "refuse":
        return bool(plan.removed)
    return removal == "refuse_if_held" and any(world.holds(value) for value in plan.deleted)


def assert_done(plan: Reading, before: World, after: World, removal: str) -> None:
    """Assert that exactly the plan was carried out, and that roles and grants have what is theirs."""
    assert after.api == plan.carried_out(before.api)
    taken = plan.deleted if removal == "revoke" else set()
    from_roles = taken | plan.deleted if before.cascades else taken
    assert after.role == {plan.renamed.get(value, value) for value in before.role} - from_roles
    assert after.grant == {plan.renamed.get(value, value) for value in before.grant} - taken
    stayed = [value for value in before.api if value in after.api]
    assert [value for value in after.api if value in before.api] == stayed, "kept permissions keep their place"


def assert_not_halfway(plan: Reading, before: World, after: World) -> None:
    """Assert that the API holds the old list, the new one, or the one between; and that nobody is cut off halfway."""
    goal = plan.carried_out(before.api)
    interim = {**{value: before.api[value] for value in plan.removed}, **goal}
    assert after.api in (before.api, goal, interim if plan.renamed else goal)
    for had, has, lost in ((before.role, after.role, before.cascades), (before.grant, after.grant, False)):
        for value in had:
            if value in plan.renamed:
                assert {value, plan.renamed[value]} & has & after.api.keys(), f"cut off from {value!r}"
            elif value not in plan.deleted:
                assert value in has or (lost and value not in after.api)


def assert_respects(before: World, middle: World, after: World, plan: Reading, program: Program, *, done: bool) -> None:
    """Assert that an update has done nothing that its preview did not show, and undone nothing that came after it."""
    assert middle.api.keys() - after.api.keys() <= plan.removed, "deleted what the preview did not show"
    theirs = {v for v in before.api.keys() | middle.api.keys() if before.api.get(v) != middle.api.get(v)}
    for value in theirs:
        assert after.api.get(value) == middle.api.get(value), f"undid what somebody did to {value!r}"
    if done:
        assert all(v in theirs or after.api.get(v) == text for v, text in program.permissions.items())
    elif not program.renames:
        assert after.api == middle.api


def assert_only_own_changes(
    before: World, after: World, applied: Mapping[str, str], program: Program, *, done: bool
) -> None:
    """Assert that an update without a preview has done what the program itself has changed, and nothing else."""
    declared = program.permissions
    dropped = applied.keys() - declared.keys()
    for value in (before.api.keys() | after.api.keys()) - dropped:
        if value not in declared or applied.get(value) == declared[value]:
            assert after.api.get(value) == before.api.get(value), f"undid unseen what somebody did to {value!r}"
        else:
            assert after.api.get(value) in (before.api.get(value), declared[value])
    if not done:
        return
    assert not dropped & after.api.keys(), "kept what the program has dropped"
    # A rename of what this stack has never declared takes a name away, which waits for a preview.
    unseen = {new for old, new in program.renames.items() if old in before.api and old not in applied}
    for value in declared.keys() - applied.keys() - before.api.keys() - unseen:
        assert after.api.get(value) == declared[value], f"did not add {value!r}, which the program asks for now"
