"""One promotion, from the first check to the receipt: check, preview, ask, check again, apply, verify."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from auth0_permissions_cli.access import connect, new_reader
from auth0_permissions_cli.failures import CommandFailed, ExitCode, Refused
from auth0_permissions_cli.promotion.checks import (
    ReadStage,
    check_chain,
    check_hotfixes,
    check_live_source,
    check_source,
    differing,
    unmanaged_on,
)
from auth0_permissions_cli.promotion.report import ApiPlan, PromotionPlan
from auth0_permissions_cli.promotion.stages import Operation, StageStack, read_stage_stack, receipt_in, update
from auth0_permissions_cli.review.preview import preview_stack
from auth0_permissions_cli.review.stack_review import StackReview, Verdict, review_text
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.stacks.state import read_stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.chain import Receipt
from pulumi_auth0_permissions.core.conflicts import CONFLICT
from pulumi_auth0_permissions.core.model import Api, revision_of
from pulumi_auth0_permissions.core.review import Review, resource_name
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.pulumi_adapter.reviewed import REVIEWED_PLAN_VARIABLE
from pulumi_auth0_permissions.pulumi_adapter.run import RUN_VARIABLE
from pulumi_auth0_permissions.settings import StageConfig

_AGAIN = "Promote again to see the current state."


@contextmanager
def open_promotion(
    source: str, target: str, *, cwd: Path, environ: Mapping[str, str], line: Progress, plan: Path | None = None
) -> Iterator["Promotion"]:
    """Read both stacks, check that one can be promoted to the other, and yield the promotion.

    With a reviewed ``plan``, preview and update are held to it.
    """
    environ = {**environ, RUN_VARIABLE: str(os.getpid())}  # which makes all of this one run with the update
    if plan is not None:
        environ[REVIEWED_PLAN_VARIABLE] = str(plan.absolute())

    def read_stage(stack: str) -> StageConfig:
        return StageConfig.read(Stack.of(stack, cwd, environ).config().get)

    line(f"reading the stacks {source} and {target}")
    with ThreadPoolExecutor(2) as pool:
        theirs, ours = pool.map(read_stage_stack, [Stack.of(name, cwd, environ) for name in (source, target)])
    check_chain(source, ours, read_stage)
    receipt = check_source(theirs, ours)
    with connect(theirs.settings, line) as there, connect(ours.settings, line) as here:
        yield Promotion(theirs, ours, receipt, there, here, read_stage, line)


@dataclass(frozen=True, slots=True, repr=False)
class Promotion:
    """A promotion from one stack to the next: `plan`, then `apply` what was planned."""

    source: StageStack
    target: StageStack
    receipt: Receipt  # what the source has applied
    source_tenant: ManagementClient
    target_tenant: ManagementClient
    read_stage: ReadStage  # for the way from the catalog to the target
    line: Progress

    def plan(self) -> PromotionPlan:
        """Check what the tenants hold, preview all APIs and return what would be done; writes nothing."""
        source, target = self.source, self.target
        self._check_live_source()
        live = self._read_target()
        check_hotfixes(source, self.receipt, target, live, self.read_stage)
        review = preview_stack(target.stack, self.line)
        ended = {Verdict.REFUSED: ("was refused", ExitCode.REFUSED), Verdict.FAILED: ("failed", ExitCode.FAILED)}
        if review.verdict in ended:
            how, code = ended[review.verdict]
            what = f"the preview of {escape(target.name)} {how}; nothing was changed"
            raise CommandFailed(f"{what}:\n{review_text(review)}", code)
        return PromotionPlan(
            source.name,
            target.name,
            self.source_tenant.host,
            review.evidence,
            self._planned(review, live),
            tuple(name for name in self.receipt if name not in target.stage.apis),
            target.receipt == {name: self.receipt[name] for name in live},
        )

    def _planned(self, review: StackReview, live: Mapping[str, Api]) -> tuple[ApiPlan, ...]:
        planned = {resource_name(one.urn): one for one in review.reviews if not one.leaves_api}
        apis = []
        for name, api in live.items():
            revision = revision_of(api.permissions)
            same = Review("", api.identifier, api.id, api.name, review.evidence.tenant, after=revision)
            one = replace(planned.get(name, same), before=revision)
            apis.append(ApiPlan(name, one, revision_of(self.receipt[name])))
        return (*apis, *(ApiPlan(resource_name(one.urn), one, None) for one in review.reviews if one.leaves_api))

    def apply(self, plan: PromotionPlan) -> dict[str, str]:
        """Apply what was planned and verify it; return the revision of each API afterwards.

        Raises:
            CommandFailed: something has changed since the plan, or it failed; the message says what was done.
            PermissionsError: a tenant cannot be read.
        """
        self.line("checking for changes since the preview")
        if self._source_has_changed():  # the expected revisions see to what is left of the time
            raise Refused(
                f"the source has changed since the preview: {escape(self.source.name)} has applied something else. "
                f"Nothing was done. {_AGAIN}",
            )
        self._check_live_source()
        before = {api.name: api.review.before for api in plan.apis}
        live = self._read_target()
        if moved := sorted(name for name, api in live.items() if revision_of(api.permissions) != before[name]):
            raise Refused(
                f"{escape(self.target.name)} has changed since the preview: somebody has changed {join(moved)} in its "
                f"tenant. Nothing was done. {_AGAIN}",
            )
        self.line(f"updating {plan.target}")
        done = update(self.target.stack, self.receipt, self.line)
        if done.failed:
            raise self._failure(plan, done)
        self.line("verifying the result")
        live = self._read_target()
        self._verify(live)
        return {name: revision_of(api.permissions) for name, api in live.items()}

    def _source_has_changed(self) -> bool:
        return receipt_in(read_stack(self.source.stack)) != self.receipt

    def _check_live_source(self) -> None:
        """Read the source's APIs and check that they are as recorded."""
        applied = {state.resource_name: state.api_id for state in self.source.snapshot.apis}
        apis = {name: applied[name] for name in self.target.stage.apis}
        check_live_source(self.source, self.receipt, self._read(self.source, self.source_tenant, apis))

    def _read_target(self) -> dict[str, Api]:
        return self._read(self.target, self.target_tenant, self.target.stage.apis)

    def _read(self, stack: StageStack, management: ManagementClient, apis: Mapping[str, str]) -> dict[str, Api]:
        self.line(f"reading the tenant of {stack.name}")
        reader = new_reader(management, len(apis))
        with operation(stack.settings.operation_minutes):  # a separate one: an answer may be awaited in between
            return {name: reader.get(api) for name, api in apis.items()}

    def _verify(self, live: Mapping[str, Api]) -> None:
        """Check that the target's tenant and receipt have what the source has applied."""
        lines = differing(self.receipt, live, {name: unmanaged_on(self.target, self.source, name) for name in live})
        recorded = receipt_in(read_stack(self.target.stack)) or {}
        if any(recorded.get(name) != self.receipt[name] for name in live):
            lines.append("  its receipt has other permissions")
        if lines:
            raise CommandFailed(
                f"{escape(self.target.name)} was updated, but still differs from {escape(self.source.name)}:\n"
                + "\n".join(lines)
                + f"\nSomebody else may have changed it at the same time. {_AGAIN}"
            )

    def _failure(self, plan: PromotionPlan, done: Operation) -> CommandFailed:
        """Return the error of an update that failed: why, and how far it got."""
        message = self.target.stack.advised(done.message())
        if self._source_has_changed():
            return Refused(message)
        changed = sorted(done.done.intersection(api.name for api in plan.apis if api.review.changes))
        is_conflict_alone = not changed and all(CONFLICT in one.message.partition("\n")[0] for one in done.errors)
        so_far = " (nothing was changed)" if is_conflict_alone else ""
        if changed:
            so_far = f" (changed so far: {join(changed)})"
        return CommandFailed(
            f"the update of {escape(plan.target)} failed{so_far}:\n{message}\nPromote again to finish.",
            ExitCode.REFUSED if is_conflict_alone else ExitCode.FAILED,
        )
