"""What stops a promotion before anything is previewed: the chain, the source, hotfixes in the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from auth0_permissions_cli.catalog_text import yaml_text
from auth0_permissions_cli.failures import Refused
from auth0_permissions_cli.promotion.sides import Side
from pulumi_auth0_permissions.core.model import Api, Permissions, Unmanaged
from pulumi_auth0_permissions.core.text import escape, join, quote
from pulumi_auth0_permissions.receipt import Receipt
from pulumi_auth0_permissions.stage_config import PROMOTED_FROM, StageConfig, short_name

ReadStage = Callable[[str], StageConfig]
"""Returns a stack's place in the chain."""


def check_chain(source: str, target: Side, read_stage: ReadStage) -> None:
    """Check that the target takes its permissions from the source, directly."""
    parent = target.stage.promoted_from
    if parent is not None and is_same_stack(parent, source):
        return
    to = escape(target.name)
    if parent is None:
        reason = (
            f"{to} is a first stage, which takes the catalog: its {PROMOTED_FROM} is not set. If it is to take what "
            f"{escape(source)} has applied, run `pulumi config set --stack {to} {PROMOTED_FROM} {escape(source)}`."
        )
        raise Refused(reason)
    chain = [*chain_from(parent, read_stage), target.name]
    place = next((index for index, stage in enumerate(chain) if is_same_stack(stage, source)), None)
    if place is None:
        reason = (
            f"{to} takes its permissions from {escape(parent)}, not from {escape(source)} ({PROMOTED_FROM} of {to}): "
            f"promote {escape(short_name(parent))} to {to}."
        )
        raise Refused(reason)
    skipped = [short_name(stage) for stage in chain[place + 1 : -1]]
    reason = (
        f"{join(skipped, quoted=False)} would be skipped: {to} takes its permissions from {escape(parent)}. "
        f"Promote stage by stage:\n{_steps(chain[place:])}"
    )
    raise Refused(reason)


def chain_from(stack: str, read_stage: ReadStage) -> list[str]:
    """Return the chain that ends with a stack, the first stage first."""
    chain = [stack]
    while (parent := read_stage(chain[0]).promoted_from) is not None:
        if any(is_same_stack(parent, stage) for stage in chain):
            circle = " from ".join(escape(short_name(stage)) for stage in [*reversed(chain), parent])
            raise Refused(
                f"the chain leads round in a circle ({PROMOTED_FROM}): {circle}. Correct it on one of them.",
            )
        chain.insert(0, parent)
    return chain


def is_same_stack(one: str, other: str) -> bool:
    """Tell whether two names mean one stack: a bare name is one of this project."""
    if "/" in one and "/" in other:
        return one == other
    return short_name(one) == short_name(other)


def check_source(source: Side, target: Side) -> Receipt:
    """Check that the source has applied, as a stage and to the end, what the target asks for; return its receipt."""
    name, receipt = escape(source.name), source.receipt
    if receipt is None:
        raise Refused(f"{name} has not applied anything as a stage yet; run `pulumi up --stack {name}` first.")
    if missing := [api for api in target.stage.apis if api not in receipt.apis]:
        raise Refused(
            f"{escape(target.name)} has {join(missing)} among its auth0-permissions:apis, and {name} has applied "
            f"nothing of that name; it has {join(sorted(receipt.apis))}. Correct the name, or run "
            f"`pulumi up --stack {name}` first.",
        )
    managed = {state.resource_name: state.managed for state in source.snapshot.apis}
    halves = [api for api, applied in receipt.apis.items() if managed.get(api) != applied.permissions]
    if halves:
        raise Refused(
            f"the last operation on {name} did not come to its end, or its state was moved since: what it holds of "
            f"{join(halves)} is not what its receipt says. Run `pulumi up --stack {name}`, then promote.",
        )
    return receipt


def how_live_differs(recorded: Permissions, live: Permissions, *, unmanaged: Unmanaged) -> str | None:
    """Tell how an API differs from what is recorded of it, in words, or return ``None`` where it does not."""
    missing = [value for value in recorded if value not in live]
    other = [value for value, text in recorded.items() if value in live and live[value] != text]
    added = [] if unmanaged is Unmanaged.KEEP else [value for value in live if value not in recorded]
    kinds = {"missing": missing, "described differently": other, "not recorded": added}
    return "; ".join(f"{kind}: {join(values)}" for kind, values in kinds.items() if values) or None


def check_live_source(source: Side, receipt: Receipt, live: Mapping[str, Api]) -> None:
    """Check that the source's tenant holds what the source has recorded."""
    name, lines = escape(source.name), []
    for api, observed in live.items():
        state = source.snapshot.api(api)
        unmanaged = state.unmanaged if state else Unmanaged.REFUSE
        recorded = receipt.apis[api].permissions
        if difference := how_live_differs(recorded, observed.permissions, unmanaged=unmanaged):
            lines.append(f"  {escape(api)} ({escape(observed.identifier)}): {difference}")
    if lines:
        raise Refused(
            f"{name} holds something else than it has recorded, so what would be promoted was never tried there:\n"
            + "\n".join(lines)
            + f"\nRun `pulumi up --stack {name}` to settle it, then promote.",
        )


def unmanaged_on(target: Side, source: Side, api: str) -> Unmanaged:
    """Return what the target does with permissions that are nobody's.

    Before its first operation only its configuration tells, or what the same program has told on the source.
    """
    before, there = target.snapshot.api(api), source.snapshot.api(api)
    if before is not None:
        return before.unmanaged
    default = target.settings.unmanaged
    return there.unmanaged if default is Unmanaged.REFUSE and there is not None else default


@dataclass(frozen=True, slots=True)
class Hotfix:
    """One permission that the target has otherwise than it received it, and otherwise than the source has it.

    ``None`` stands for where it does not exist.
    """

    value: str  # the permission's value
    base: str | None  # its description as the target received it last
    source: str | None  # its description in the source
    target: str | None  # its description in the target now

    def __str__(self) -> str:
        """Return it as one line, as a plan would show what was done by hand."""
        value, text, there = quote(self.value), escape(self.target or ""), self.source
        says = f'the source says "{escape(there)}"' if there is not None else "the source no longer has it"
        if self.target is None:
            return f"- {value}"
        if self.base is not None:
            return f'~ {value}: "{text}" ({says})'
        return (f'+ {value}: "{text}"' if text else f"+ {value}") + (f" ({says})" if there is not None else "")


def hotfixes(
    base: Permissions | None, source: Permissions, target: Permissions, *, unmanaged: Unmanaged
) -> tuple[Hotfix, ...]:
    """Return what a promotion would undo or leave behind without the source ever having known it, by value.

    A two-way comparison could not tell a hotfix from something that the source has changed since. What both sides have
    done alike is no hotfix, and neither is what a promotion that was cut short has done already.

    Args:
        base: what the target received last; ``None`` where it never received anything: then nobody can tell which
            of two descriptions is the newer one, and only what the source lacks altogether counts.
        source: what the source has applied.
        target: everything on the target's API now.
        unmanaged: what the target does with unmanaged permissions; under ``keep`` they are somebody else's business.
    """

    def is_hotfix(fix: Hotfix) -> bool:
        if fix.target in (fix.source, fix.base):
            return False
        if fix.base is None and fix.source is None:
            return unmanaged is not Unmanaged.KEEP
        return base is not None

    before = base or {}
    values = sorted({*before, *source, *target})
    return tuple(filter(is_hotfix, (Hotfix(one, before.get(one), source.get(one), target.get(one)) for one in values)))


def check_hotfixes(
    source: Side, receipt: Receipt, target: Side, live: Mapping[str, Api], read_stage: ReadStage
) -> None:
    """Check that nothing was done in the target by hand that the source does not have."""
    found: dict[str, tuple[Hotfix, ...]] = {}
    bases = {name: applied.permissions for name, applied in (target.receipt.apis if target.receipt else {}).items()}
    for name, api in live.items():
        unmanaged = unmanaged_on(target, source, name)
        fixes = hotfixes(bases.get(name), receipt.apis[name].permissions, api.permissions, unmanaged=unmanaged)
        if fixes:
            found[name] = fixes
    if not found:
        return
    chain = chain_from(target.stage.promoted_from or source.name, read_stage)
    to, lines = escape(target.name), []
    by_hand = (
        f"{to} has been changed by hand, and {escape(source.name)} knows nothing of it; promoting would lose that:"
    )
    never = f"{to} has never received this, and {escape(source.name)} does not have it; nobody has adopted it here:"
    for heading, names in ((by_hand, found.keys() & bases), (never, found.keys() - bases)):
        lines += [heading] if names else []
        for name in sorted(names):
            lines.append(f"  {escape(name)} ({escape(live[name].identifier)}):")
            lines += [f"    {fix}" for fix in found[name]]
    lines.append("To keep it, pull it back: in the catalog (permissions.yaml),")
    for name, fixes in found.items():
        lines += [f"    apis.{escape(name)}.permissions: {_catalog_edit(fix)}" for fix in fixes]
    lines += ["then", f"    pulumi up --stack {escape(short_name(chain[0]))}", _steps([*chain, target.name])]
    lines.append(f"To do without it, change it back in {to}'s tenant, then promote again.")
    raise Refused("\n".join(lines))


def _catalog_edit(fix: Hotfix) -> str:
    if fix.target is None:
        return f"take out {yaml_text(fix.value)}"
    what = "add" if fix.base is None and fix.source is None else "write"
    return f"{what} {yaml_text(fix.value)}: {yaml_text(fix.target)}"


def _steps(chain: list[str]) -> str:
    return "\n".join(
        f"    auth0-permissions promote {escape(short_name(one))} {escape(short_name(other))}"
        for one, other in pairwise(chain)
    )
