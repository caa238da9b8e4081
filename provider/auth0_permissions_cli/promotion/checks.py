"""What stops a promotion before anything is previewed: the chain, the source, hotfixes in the target."""

from collections.abc import Callable, Mapping
from itertools import pairwise

from auth0_permissions_cli.failures import Refused
from auth0_permissions_cli.promotion.stages import StageStack
from pulumi_auth0_permissions.chain import Receipt, short_name
from pulumi_auth0_permissions.core.model import Api, Change, Permissions, Unmanaged
from pulumi_auth0_permissions.core.text import describe, escape, join
from pulumi_auth0_permissions.settings import PROMOTED_FROM, StageConfig

ReadStage = Callable[[str], StageConfig]
"""Returns a stack's place in the chain."""


def check_chain(source: str, target: StageStack, read_stage: ReadStage) -> None:
    """Check that the target takes its permissions from the source, directly."""
    parent = target.stage.promoted_from
    to, name = escape(target.name), escape(source)
    if parent is None:
        raise Refused(
            f"{to} is a first stage, which takes the catalog: its {PROMOTED_FROM} is not set. To make it take what "
            f"{name} has applied, run `pulumi config set --stack {to} {PROMOTED_FROM} {name}`."
        )
    if is_same_stack(parent, source):
        return
    chain = chain_from(parent, read_stage)
    place = next((index for index, stage in enumerate(chain) if is_same_stack(stage, source)), -1)
    raise Refused(
        f"{to} takes its permissions from {escape(parent)}, not from {name} ({PROMOTED_FROM} of {to}). Promote stage "
        f"by stage:\n{_steps([*chain[place:], target.name])}"
    )


def chain_from(stack: str, read_stage: ReadStage) -> list[str]:
    """Return the chain that ends with a stack, the first stage first."""
    chain = [stack]
    while (parent := read_stage(chain[0]).promoted_from) is not None:
        if any(is_same_stack(parent, stage) for stage in chain):
            cycle = " from ".join(escape(short_name(stage)) for stage in [*reversed(chain), parent])
            raise Refused(f"the stages form a cycle ({PROMOTED_FROM}): {cycle}. Correct it on one of them.")
        chain.insert(0, parent)
    return chain


def is_same_stack(one: str, other: str) -> bool:
    """Tell whether two names mean one stack: a bare name is one of this project."""
    if "/" in one and "/" in other:
        return one == other
    return short_name(one) == short_name(other)


def check_source(source: StageStack, target: StageStack) -> Receipt:
    """Check that the source has applied, as a stage and to the end, what the target asks for; return its receipt."""
    name, receipt = escape(source.name), source.receipt
    if receipt is None:
        raise Refused(f"{name} has not applied anything as a stage yet; run `pulumi up --stack {name}` first.")
    if missing := [api for api in target.stage.apis if api not in receipt]:
        raise Refused(
            f"{escape(target.name)} has {join(missing)} in its auth0-permissions:apis, but {name} has applied "
            f"nothing of that name; it has {join(sorted(receipt))}. Correct the name, or run "
            f"`pulumi up --stack {name}` first.",
        )
    managed = {state.resource_name: state.managed for state in source.snapshot.apis}
    if halves := [api for api, applied in receipt.items() if managed.get(api) != applied]:
        raise Refused(
            f"the last operation on {name} was interrupted, or its state has changed since: what it holds of "
            f"{join(halves)} is not what its receipt says. Run `pulumi up --stack {name}`, then promote.",
        )
    return receipt


def check_live_source(source: StageStack, receipt: Receipt, live: Mapping[str, Api]) -> None:
    """Check that the source's tenant holds what the source has recorded."""
    name = escape(source.name)
    modes = {api.resource_name: api.unmanaged for api in source.snapshot.apis}
    if lines := differing(receipt, live, modes):
        raise Refused(
            f"{name} differs from what it has recorded, so what would be promoted was never tried there:\n"
            + "\n".join(lines)
            + f"\nRun `pulumi up --stack {name}` to resolve this, then promote.",
        )


def differing(receipt: Receipt, live: Mapping[str, Api], modes: Mapping[str, Unmanaged]) -> list[str]:
    """Return a line on each API that differs from what the source has applied; ``modes`` by logical API name."""
    found = {
        name: how_live_differs(receipt[name], api.permissions, unmanaged=modes.get(name)) for name, api in live.items()
    }
    return [f"  {_called(name, live[name])}: {difference}" for name, difference in found.items() if difference]


def how_live_differs(recorded: Permissions, live: Permissions, *, unmanaged: Unmanaged | None) -> str:
    """Return how an API differs from what is recorded of it, in words; ``""`` where it does not."""
    missing = [value for value in recorded if value not in live]
    other = [value for value, text in recorded.items() if value in live and live[value] != text]
    added = [] if unmanaged is Unmanaged.KEEP else [value for value in live if value not in recorded]
    kinds = {"missing": missing, "described differently": other, "not recorded": added}
    return "; ".join(f"{kind}: {join(values)}" for kind, values in kinds.items() if values)


def unmanaged_on(target: StageStack, source: StageStack, api: str) -> Unmanaged:
    """Return what the target does with unmanaged permissions.

    Before its first operation only its configuration tells, or what the same program does on the source.
    """
    before, there = target.snapshot.api(api), source.snapshot.api(api)
    if before is not None:
        return before.unmanaged
    default = target.settings.unmanaged
    return there.unmanaged if default is Unmanaged.REFUSE and there is not None else default


def hotfixes(
    base: Permissions | None, source: Permissions, target: Permissions, *, unmanaged: Unmanaged
) -> dict[str, str]:
    """Return, by permission, what a promotion would undo or leave behind without the source ever having known it.

    A two-way comparison could not tell a hotfix from something that the source has changed since. A change that both
    stacks have made is no hotfix, and neither is what an interrupted promotion has done already. Each is a line that
    reads like a plan's.

    Args:
        base: what the target received last; ``None`` where it never received anything: then nobody can tell which
            of two descriptions is the newer one, and only what the source lacks altogether counts.
        source: what the source has applied.
        target: everything on the target's API now.
        unmanaged: what the target does with unmanaged permissions; under ``keep`` they belong to somebody else.
    """
    lines: dict[str, str] = {}
    received = base or {}
    for value in sorted({*received, *source, *target}):
        was, there, now = received.get(value), source.get(value), target.get(value)
        is_unknown = was is None and there is None
        if now in (was, there) or (unmanaged is Unmanaged.KEEP if is_unknown else base is None):
            continue
        says = "no longer has it" if there is None else f'says "{escape(there)}"'
        lines[value] = describe(Change(value, was, now)) + ("" if was == there else f" (the source {says})")
    return lines


def check_hotfixes(
    source: StageStack, receipt: Receipt, target: StageStack, live: Mapping[str, Api], read_stage: ReadStage
) -> None:
    """Check that the target has no manual changes that the source lacks."""
    received = target.receipt or {}
    lines: list[str] = []
    for name, api in live.items():
        base = received.get(name)
        unmanaged = unmanaged_on(target, source, name)
        if fixes := hotfixes(base, receipt[name], api.permissions, unmanaged=unmanaged):
            how = "never adopted here" if base is None else "changed by hand"
            lines += [f"  {_called(name, api)}, {how}:", *(f"    {fix}" for fix in fixes.values())]
    if not lines:
        return
    to = escape(target.name)
    chain = chain_from(target.stage.promoted_from or source.name, read_stage)
    raise Refused(
        "\n".join(
            (
                f"these changes in {to} are not in {escape(source.name)}; promoting would undo them:",
                *lines,
                "To keep them, add them to the catalog (permissions.yaml), then run",
                f"    pulumi up --stack {escape(short_name(chain[0]))}",
                _steps([*chain, target.name]),
                f"To discard them, undo them in {to}'s tenant, then promote again.",
            )
        )
    )


def _called(name: str, api: Api) -> str:
    return f"{escape(name)} ({escape(api.identifier)})"


def _steps(chain: list[str]) -> str:
    return "\n".join(
        f"    auth0-permissions promote {escape(short_name(one))} {escape(short_name(other))}"
        for one, other in pairwise(chain)
    )
