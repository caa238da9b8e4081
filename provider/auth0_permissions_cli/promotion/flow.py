"""One promotion, from the first look to the receipt: check, preview, ask, look again, apply, verify."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auth0_permissions_cli.access import connect
from auth0_permissions_cli.exit_codes import ExitCode
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.promotion.checks import (
    check_chain,
    check_hotfixes,
    check_live_source,
    check_source,
    unmanaged_on,
)
from auth0_permissions_cli.promotion.departures import departures
from auth0_permissions_cli.promotion.engine import Engine, Operation
from auth0_permissions_cli.promotion.plans import ApiPlan, Promoted, PromotionPlan
from auth0_permissions_cli.promotion.sides import look, read_receipt, read_side, read_stage
from pulumi_auth0_permissions.core.promotion import how_live_differs
from pulumi_auth0_permissions.core.wording import listed, shown

if TYPE_CHECKING:
    from pathlib import Path

    from auth0_permissions_cli.promotion.checks import ReadStage
    from auth0_permissions_cli.promotion.sides import Side
    from auth0_permissions_cli.terminal import Progress
    from pulumi_auth0_permissions.management.client import ManagementClient
    from pulumi_auth0_permissions.management.models import Api
    from pulumi_auth0_permissions.promotion.config import StageConfig
    from pulumi_auth0_permissions.promotion.receipt import Receipt

__all__ = ["OpenSide", "Promotion", "open_promotion"]


@dataclass(frozen=True, slots=True, repr=False)
class OpenSide:
    """One side of a promotion with its tenant; holds secrets, so it has no ``repr``."""

    side: Side
    tenant: ManagementClient


@contextmanager
def open_promotion(
    source: str, target: str, *, cwd: Path, environ: Mapping[str, str], line: Progress
) -> Iterator[Promotion]:
    """Read both stacks, check that one can be promoted to the other, and give the promotion while it is under way.

    Args:
        source: the stack to take from.
        target: the stack to change.
        cwd: folder of their project.
        environ: the process's environment.
        line: is told what is going on.

    Raises:
        CommandFailed: something stands against it.
        PermissionsError: a stack cannot be read.
    """
    line(f"reading the stacks {source} and {target}")
    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read_side, name, cwd, environ) for name in (source, target)]

    def read(stack: str) -> StageConfig:
        return read_stage(stack, cwd, environ)

    ours = reading[1].result()
    check_chain(source, ours, read)
    theirs = reading[0].result()
    receipt = check_source(theirs, ours)
    with connect(theirs.settings, line.waiting) as there, connect(ours.settings, line.waiting) as here:
        yield Promotion(
            OpenSide(theirs, there),
            OpenSide(ours, here),
            receipt,
            engine=Engine(target, cwd, ours.environ),
            cwd=cwd,
            read_stage=read,
            line=line,
        )


class Promotion:
    """A promotion from one stack to the next: `plan`, then `apply` what was planned.

    Args:
        source: the stack to take from.
        target: the stack to change.
        receipt: what the source has applied.
        engine: works on the target.
        cwd: folder of their project.
        read_stage: for the way from the catalog to the target.
        line: is told what is going on.
    """

    def __init__(
        self,
        source: OpenSide,
        target: OpenSide,
        receipt: Receipt,
        *,
        engine: Engine,
        cwd: Path,
        read_stage: ReadStage,
        line: Progress,
    ) -> None:
        self._source, self._source_tenant = source.side, source.tenant
        self._target, self._target_tenant = target.side, target.tenant
        self._receipt = receipt
        self._engine = engine
        self._cwd = cwd
        self._read_stage = read_stage
        self._line = line

    def plan(self) -> PromotionPlan:
        """Check what the tenants hold, preview all APIs and return what would be done; writes nothing.

        Raises:
            CommandFailed: something stands against it.
            PermissionsError: a tenant cannot be read.
        """
        source, target = self._source, self._target
        self._look_at_source()
        live = self._look_at_target()
        check_hotfixes(source, self._receipt, target, live, self._read_stage)
        self._line(f"previewing {target.name}")
        preview = self._engine.preview()
        if preview.failed:
            raise CommandFailed(
                f"the preview of {shown(target.name)} says no; nothing was done:\n{self._told(preview)}",
                ExitCode.REFUSED if preview.is_refusal else ExitCode.FAILED,
            )
        return self._planned(preview, live)

    def apply(self, plan: PromotionPlan) -> Promoted:
        """Do what was planned, and look whether it is done.

        Raises:
            CommandFailed: something moved since the plan, or it failed; the words say what is done and what is not.
            PermissionsError: a tenant cannot be read.
        """
        self._line("looking whether anything has moved meanwhile")
        self._check_source_stands_still()
        self._look_at_source()
        self._check_target_stands_still(plan)
        self._line(f"updating {plan.target}")
        done = self._engine.apply(self._receipt.revisions)
        if done.failed:
            raise self._failure(plan, done)
        self._line("looking whether it is all there")
        live = self._look_at_target()
        self._verify(live)
        return Promoted(plan, {name: api.permissions.revision for name, api in live.items()})

    def _planned(self, preview: Operation, live: Mapping[str, Api]) -> PromotionPlan:
        source, target = self._source, self._target
        apis = []
        for name, api in live.items():
            step = preview.steps.get(name)
            apis.append(
                ApiPlan(
                    name=name,
                    identifier=api.identifier,
                    changes=(step.changes or ()) if step else (),
                    text="\n".join(step.said) if step else "",
                    before=api.permissions.revision,
                    source=self._receipt.apis[name].revision,
                )
            )
        apis += departures(target, self._target_tenant, self._line)
        left_out = [name for name in self._receipt.apis if name not in target.stage.apis]
        return PromotionPlan(
            source.name,
            target.name,
            self._source_tenant.host,
            self._target_tenant.host,
            tuple(apis),
            tuple(left_out),
            self._is_recorded(live),
        )

    def _is_recorded(self, live: Mapping[str, Api]) -> bool:
        """Tell whether the target's receipt says what it would say after this promotion."""
        ours = self._target.receipt
        if ours is None or set(ours.apis) != set(self._target.stage.apis):
            return False
        return all(
            applied.source_revision == applied.revision == self._receipt.apis[name].revision
            and applied.effective_revision == live[name].permissions.revision
            for name, applied in ours.apis.items()
        )

    def _look_at_source(self) -> None:
        """Look at the source's APIs and check that they are as recorded."""
        self._line(f"looking at the tenant of {self._source.name}")
        live = look(self._source_tenant, {name: self._receipt.apis[name].api_id for name in self._target.stage.apis})
        check_live_source(self._source, self._receipt, live)

    def _look_at_target(self) -> dict[str, Api]:
        self._line(f"looking at the tenant of {self._target.name}")
        return look(self._target_tenant, self._target.stage.apis)

    def _check_source_stands_still(self) -> None:
        """Check that the source has applied nothing since; the pins see to what is left of the time."""
        if read_receipt(self._source, self._cwd) != self._receipt:
            raise CommandFailed(
                f"the source moved since the preview: {shown(self._source.name)} has applied something else meanwhile. "
                "Nothing was done. Promote again to see what is there now.",
                ExitCode.REFUSED,
            )

    def _check_target_stands_still(self, plan: PromotionPlan) -> None:
        """Check that the target's APIs are as they were when the plan was made."""
        moved = _moved(plan, self._look_at_target())
        if moved:
            raise CommandFailed(
                f"{shown(self._target.name)} has moved since the preview: somebody has changed {listed(moved)} in its "
                "tenant. Nothing was done. Promote again to see what is there now.",
                ExitCode.REFUSED,
            )

    def _verify(self, live: Mapping[str, Api]) -> None:
        """Check that the target's tenant holds what the source has applied."""
        recorded = read_receipt(self._target, self._cwd)
        lines = []
        for name, api in live.items():
            unmanaged = unmanaged_on(self._target, self._source, name)
            wanted = self._receipt.apis[name].permissions
            if difference := how_live_differs(wanted, api.permissions, unmanaged=unmanaged):
                lines.append(f"  {shown(name)} ({shown(api.identifier)}): {difference}")
            elif recorded is None or recorded.revisions.get(name) != wanted.revision:
                lines.append(f"  {shown(name)} ({shown(api.identifier)}): its receipt has another revision")
        if lines:
            raise CommandFailed(
                f"{shown(self._target.name)} was updated, and is not equal to {shown(self._source.name)} now:\n"
                + "\n".join(lines)
                + "\nSomebody else may have changed it at the same moment. Promote again to see what is there now."
            )

    def _failure(self, plan: PromotionPlan, done: Operation) -> CommandFailed:
        """Return what is to be said of an update that failed: why, and how far it got."""
        if read_receipt(self._source, self._cwd) != self._receipt:
            return CommandFailed(self._told(done), ExitCode.REFUSED)
        moved = _moved(plan, self._look_at_target())
        # Where there is a conflict, what moved is what somebody else did.
        changed = [name for name in moved if name not in done.steps or not done.steps[name].is_conflict]
        so_far = f"changed so far: {listed(changed)}" if changed else "nothing was changed"
        return CommandFailed(
            f"the update of {shown(plan.target)} failed ({so_far}):\n{self._told(done)}\n"
            "Promote again: it goes on with what is missing.",
            ExitCode.REFUSED if done.is_conflict and not changed else ExitCode.FAILED,
        )

    def _told(self, operation: Operation) -> str:
        """Return why an operation failed, with the plan and who is hit where one was shown."""
        message = operation.message() or "the engine does not say why; `pulumi preview` shows more"
        # The provider knows no stack, and what it advises would go to the one that happens to be selected.
        return message.replace("pulumi config set ", f"pulumi config set --stack {self._target.name} ")


def _moved(plan: PromotionPlan, live: Mapping[str, Api]) -> list[str]:
    """Return the APIs that hold something else than when the plan was made."""
    return [api.name for api in plan.apis if api.name in live and live[api.name].permissions.revision != api.before]
