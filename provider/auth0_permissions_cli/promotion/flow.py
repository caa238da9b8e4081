"""One promotion, from the first look to the receipt: check, preview, ask, look again, apply, verify."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from auth0_permissions_cli.access import connect
from auth0_permissions_cli.failures import CommandFailed, ExitCode, Refused
from auth0_permissions_cli.promotion.checks import (
    ReadStage,
    check_chain,
    check_hotfixes,
    check_live_source,
    check_source,
    how_live_differs,
    unmanaged_on,
)
from auth0_permissions_cli.promotion.report import ApiPlan, PromotionPlan
from auth0_permissions_cli.promotion.sides import Operation, Side, look_at, read_receipt, read_side, update
from auth0_permissions_cli.review.preview import preview_stack
from auth0_permissions_cli.review.rendering import review_text
from auth0_permissions_cli.review.stack_review import StackReview, Verdict
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Api, revision_of
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.pulumi_adapter.reviewed import REVIEWED_PLAN_VARIABLE, ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.run import RUN_VARIABLE
from pulumi_auth0_permissions.receipt import Receipt
from pulumi_auth0_permissions.stage_config import StageConfig, short_name


@contextmanager
def open_promotion(
    source: str, target: str, *, cwd: Path, environ: Mapping[str, str], line: Progress, plan: Path | None = None
) -> Iterator[Promotion]:
    """Read both stacks, check that one can be promoted to the other, and give the promotion while it is under way.

    With a reviewed ``plan``, preview and update are held to it.
    """
    environ = {**environ, RUN_VARIABLE: str(os.getpid())}  # for all that is one run with the update
    if plan is not None:
        environ[REVIEWED_PLAN_VARIABLE] = str(plan.absolute())
    line(f"reading the stacks {source} and {target}")
    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read_side, Stack.of(name, cwd, environ)) for name in (source, target)]

    def read_stage(stack: str) -> StageConfig:
        return StageConfig.read(Stack.of(stack, cwd, environ).config().get)

    ours = reading[1].result()
    check_chain(source, ours, read_stage)
    _check_reviewed_plan(ours)
    theirs = reading[0].result()
    receipt = check_source(theirs, ours)
    with connect(theirs.settings, line.waiting) as there, connect(ours.settings, line.waiting) as here:
        yield Promotion(theirs, ours, receipt, there, here, read_stage, line)


@dataclass(frozen=True, slots=True, repr=False)
class Promotion:
    """A promotion from one stack to the next: `plan`, then `apply` what was planned."""

    source: Side
    target: Side
    receipt: Receipt  # what the source has applied
    source_tenant: ManagementClient
    target_tenant: ManagementClient
    read_stage: ReadStage  # for the way from the catalog to the target
    line: Progress

    def plan(self) -> PromotionPlan:
        """Check what the tenants hold, preview all APIs and return what would be done; writes nothing."""
        source, target = self.source, self.target
        self._look_at_source()
        live = self._look_at_target()
        check_hotfixes(source, self.receipt, target, live, self.read_stage)
        review = preview_stack(target.stack, self.line)
        if review.verdict in (Verdict.REFUSED, Verdict.FAILED):
            raise CommandFailed(
                f"the preview of {escape(target.name)} was refused; nothing was changed:\n{review_text(review)}",
                ExitCode.REFUSED if review.verdict is Verdict.REFUSED else ExitCode.FAILED,
            )
        return self._planned(review, live)

    def apply(self, plan: PromotionPlan) -> dict[str, str]:
        """Do what was planned, and look whether it is done; return the revision of each API afterwards.

        Raises:
            CommandFailed: something moved since the plan, or it failed; the words say what is done and what is not.
            PermissionsError: a tenant cannot be read.
        """
        self.line("looking whether anything has moved meanwhile")
        if read_receipt(self.source) != self.receipt:  # the expected revisions see to what is left of the time
            raise Refused(
                f"the source moved since the preview: {escape(self.source.name)} has applied something else meanwhile. "
                "Nothing was done. Promote again to see what is there now.",
            )
        self._look_at_source()
        if moved := _moved(plan, self._look_at_target()):
            raise Refused(
                f"{escape(self.target.name)} has moved since the preview: somebody has changed {join(sorted(moved))} "
                "in its tenant. Nothing was done. Promote again to see what is there now.",
            )
        self.line(f"updating {plan.target}")
        done = update(self.target.stack, self.receipt.revisions, self.line)
        if done.failed:
            raise self._failure(plan, done)
        self.line("looking whether it is all there")
        live = self._look_at_target()
        self._verify(live)
        return {name: revision_of(api.permissions) for name, api in live.items()}

    def _planned(self, review: StackReview, live: Mapping[str, Api]) -> PromotionPlan:
        source, target = self.source, self.target
        planned = {one.resource: one for one in review.reviews if not one.leaves_api}
        apis = []
        for name, api in live.items():
            revision = revision_of(api.permissions)
            same = Review("", api.identifier, api.id, api.name, review.evidence.tenant, before=revision, after=revision)
            one = replace(planned.get(name, same), before=revision)
            apis.append(ApiPlan(name, one, self.receipt.apis[name].revision))
        apis += [ApiPlan(one.resource, one, None) for one in review.reviews if one.leaves_api]
        left_out = [name for name in self.receipt.apis if name not in target.stage.apis]
        return PromotionPlan(
            source.name,
            target.name,
            self.source_tenant.host,
            review.evidence,
            tuple(apis),
            tuple(left_out),
            self._is_recorded(live),
        )

    def _is_recorded(self, live: Mapping[str, Api]) -> bool:
        """Tell whether the target's receipt says what it would say after this promotion."""
        ours = self.target.receipt
        if ours is None or set(ours.apis) != set(self.target.stage.apis):
            return False
        return all(
            applied.revision == self.receipt.apis[name].revision
            and applied.effective_revision == revision_of(live[name].permissions)
            for name, applied in ours.apis.items()
        )

    def _look_at_source(self) -> None:
        """Look at the source's APIs and check that they are as recorded."""
        self.line(f"looking at the tenant of {self.source.name}")
        apis = {name: self.receipt.apis[name].api_id for name in self.target.stage.apis}
        with operation(self.source.settings.operation_minutes):
            live = look_at(self.source_tenant, apis)
        check_live_source(self.source, self.receipt, live)

    def _look_at_target(self) -> dict[str, Api]:
        self.line(f"looking at the tenant of {self.target.name}")
        with operation(self.target.settings.operation_minutes):
            return look_at(self.target_tenant, self.target.stage.apis)

    def _verify(self, live: Mapping[str, Api]) -> None:
        """Check that the target's tenant holds what the source has applied."""
        recorded = read_receipt(self.target)
        lines = []
        for name, api in live.items():
            unmanaged = unmanaged_on(self.target, self.source, name)
            wanted = self.receipt.apis[name].permissions
            if difference := how_live_differs(wanted, api.permissions, unmanaged=unmanaged):
                lines.append(f"  {escape(name)} ({escape(api.identifier)}): {difference}")
            elif recorded is None or recorded.revisions.get(name) != revision_of(wanted):
                lines.append(f"  {escape(name)} ({escape(api.identifier)}): its receipt has another revision")
        if lines:
            raise CommandFailed(
                f"{escape(self.target.name)} was updated, and is not equal to {escape(self.source.name)} now:\n"
                + "\n".join(lines)
                + "\nSomebody else may have changed it at the same moment. Promote again to see what is there now."
            )

    def _failure(self, plan: PromotionPlan, done: Operation) -> CommandFailed:
        """Return what is to be said of an update that failed: why, and how far it got."""
        # The provider knows no stack, and what it advises would go to the one that happens to be selected.
        message = done.message().replace("pulumi config set ", f"pulumi config set --stack {self.target.name} ")
        if read_receipt(self.source) != self.receipt:
            return Refused(message)
        ours = {api.name for api in plan.apis if api.review.changes} & done.begun & _moved(plan, self._look_at_target())
        changed = ours & done.done
        # What has failed may have written something, as far as it got; where there is a conflict, it has not.
        unsure = ours - done.done - done.conflicting
        so_far = [f"changed so far: {join(sorted(changed))}"] if changed else []
        so_far += [f"changed by this or by somebody else: {join(sorted(unsure))}"] if unsure else []
        is_conflict = done.failing <= done.conflicting - {""} and not changed
        return CommandFailed(
            f"the update of {escape(plan.target)} failed ({'; '.join(so_far) or 'nothing was changed'}):\n{message}\n"
            "Promote again: it goes on with what is missing.",
            ExitCode.REFUSED if is_conflict else ExitCode.FAILED,
        )


def _check_reviewed_plan(target: Side) -> None:
    """Check that the reviewed plan, where there is one, is of this stack and tenant, and not too old."""
    try:
        plan = ReviewedPlan.read(target.stack.environ, datetime.now(UTC))
    except InvalidInputs as error:
        raise Refused(str(error)) from None
    host = target.settings.host
    if plan is not None and (found := plan.problems(f"urn:pulumi:{short_name(target.name)}::", host)):
        raise Refused("\n".join(map(str, found)))


def _moved(plan: PromotionPlan, live: Mapping[str, Api]) -> set[str]:
    """Return the APIs that hold something else than when the plan was made."""
    before = {api.name: api.review.before for api in plan.apis}
    return {name for name, api in live.items() if revision_of(api.permissions) != before[name]}
