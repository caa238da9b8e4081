"""The engine's own preview of a stack, read as data: the plans that the provider writes, and other errors."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from auth0_permissions_cli.access import connect, settings_of
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.review.stack_review import Complaint, Evidence, Source, StackReview, Verdict, urgency
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.stacks.state import our_resource
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.chain import AS_IF_NOTE, AS_IF_VARIABLE
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.core.review import Review, parse_review
from pulumi_auth0_permissions.core.text import escape, plan_text
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup
from pulumi_auth0_permissions.pulumi_adapter import intents
from pulumi_auth0_permissions.pulumi_adapter.preview import review_of
from pulumi_auth0_permissions.pulumi_adapter.resources import Resources
from pulumi_auth0_permissions.pulumi_adapter.run import who_runs
from pulumi_auth0_permissions.reconcile import assess
from pulumi_auth0_permissions.settings import PROMOTED_FROM, Settings

_WRITES: Final = frozenset({"create", "update", "replace", "create-replacement"})
_LIVING: Final = _WRITES | {"same"}
_NO_PLAN: Final = (
    "the engine plans to change this resource, but its provider wrote no plan: the program uses a different version of "
    "pulumi-auth0-permissions than this command. Install the same version for both."
)


def preview_stack(stack: Stack, line: Progress, *, destroy: bool = False, as_if: Path | None = None) -> StackReview:
    """Preview `pulumi up` of a stack, or `pulumi destroy`, and return what a reviewer needs of it; applies nothing.

    ``as_if`` is a catalog that the program is to take in place of what the stage before has applied.
    """
    command = ["destroy", "--preview-only"] if destroy else ["preview"]
    options = ("--json", "--show-sames", "--color=never")
    line(f"pulumi {' '.join(command)} --stack {escape(stack.name)}")
    with tempfile.TemporaryDirectory(prefix="auth0-permissions-plan-") as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)  # for this user alone
        user = pool.submit(who_runs, cwd=stack.cwd, environ=stack.environ)
        configured = pool.submit(stack.config)
        asked = {AS_IF_VARIABLE: str(as_if.absolute())} if as_if else {}
        done = stack.run_engine(*command, *options, folder=folder, line=line, environment=asked)
        left = list(_left_in(folder))
        has_taken = (folder / AS_IF_NOTE).exists()
    has_failed = done.returncode != 0
    if has_failed and not done.stdout.startswith("{"):
        raise stack.failure(done.stderr or done.stdout)
    printed = stack.parsed(done.stdout, *command, "--json")
    config = configured.result()
    steps = [step for step in printed.get("steps") or () if our_resource(step["urn"])]
    written = {step["urn"] for step in steps if step["op"] in _WRITES}
    planned = [one for one in left if one.needs_attention or (one.urn in written and not one.leaves_api)]
    complaints = _complaints(printed.get("diagnostics") or (), steps, planned, has_failed=has_failed)
    known = {review.urn for review in planned}
    leaving = [step for step in steps if step["op"] == "delete" and step["urn"] not in known]
    tenant = ""
    try:
        settings = settings_of(stack, config)
        tenant = settings.host
    except CommandFailed:  # the preview's own errors say more
        if leaving:
            raise
    if leaving:
        with connect(settings, line) as management:
            planned += _review_leaving(leaving, _declared(steps), settings, management, line)
    reviews = (replace(one, objections=tuple(map(stack.advised, one.objections))) for one in planned)
    review = StackReview(
        stack.name,
        Evidence(tenant, user.result()),
        tuple(sorted(reviews, key=urgency)),
        complaints,
        declared=tuple(step["urn"] for step in steps if step["op"] in _LIVING),
        # A preview that failed has ended wherever it was by then, so that what it came to is no count.
        untouched=0 if has_failed else sum(step["op"] == "same" and step["urn"] not in known for step in steps),
        source=None if destroy else _source(config, [] if has_failed else steps, str(as_if or "")),
    )
    if as_if is not None and not has_taken and review.verdict is not Verdict.FAILED:
        raise CommandFailed(
            f"the program of {escape(stack.name)} took nothing from {as_if}: --as-if works only with programs that "
            "take their permissions from `Stage` or `promoted_from`."
        )
    return review


def _left_in(folder: Path) -> Iterator[Review]:
    for file in folder.glob("*.json"):
        try:
            yield parse_review(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError):
            continue  # its absence is reported below


def _complaints(
    diagnostics: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    reviews: Sequence[Review],
    *,
    has_failed: bool,
) -> tuple[Complaint, ...]:
    """Return errors, and warnings on our resources, except what the reviews say already; and plans that are missing."""
    shown = {plan_text(review) for review in reviews}
    objections = [objection for review in reviews for objection in review.objections]
    complaints = [
        one
        for one in map(Complaint.of, diagnostics)
        if one and one.severity != "info" and one.message not in shown and not any(o in one.message for o in objections)
    ]
    blamed = {complaint.urn for complaint in complaints if complaint.is_error}
    explained = blamed | {review.urn for review in reviews}
    unplanned = [step["urn"] for step in steps if step["op"] in _WRITES and step["urn"] not in explained]
    complaints += [Complaint(urn, _NO_PLAN) for urn in unplanned]
    if has_failed and not blamed and not objections:
        complaints.append(Complaint("", "`pulumi preview` failed without a reason: run it to see more."))
    return tuple(dict.fromkeys(complaints))


def _declared(steps: Sequence[Mapping[str, Any]]) -> list[Declaration]:
    """Return what each resource of the program declares, by name."""
    declared = []
    for step in steps:
        inputs = (step.get("newState") or {}).get("inputs") or {}
        if step["op"] in _LIVING and isinstance(inputs.get("permissions"), Mapping):
            api_id, values = str(inputs.get("api_id")), frozenset(inputs["permissions"])
            declared.append(Declaration(our_resource(step["urn"]), api_id, values))
    return sorted(declared, key=lambda one: one.name)


def _review_leaving(
    leaving: Sequence[Mapping[str, Any]],
    declared: Sequence[Declaration],
    settings: Settings,
    management: ManagementClient,
    line: Progress,
) -> Iterator[Review]:
    """Yield what the deletion of each leaving resource removes from its API: the engine asks for that only later."""
    lookup = HolderLookup(management, on_progress=line, max_applications_named=ALL_APPLICATIONS)
    resources = Resources()  # with what others have removed, which the guards count
    for step in leaving:
        before = step.get("oldState") or {}
        if before.get("retainOnDelete"):
            continue  # the engine does not call the provider, and the API stays as it is
        outputs = before.get("outputs") or {}
        api_id = str(outputs.get("api_id"))
        try:
            api = management.get_api(api_id)
        except NotFound:
            if outputs.get("tenant") in (None, management.host):
                continue  # the API is gone, and its permissions with it
            raise
        intent = intents.removing(outputs, settings, resources, api_id, declared)
        assessment = assess(management, lookup, intent, api, None, with_impact=settings.impact)
        resources.note_removals(api_id, step["urn"], assessment.plan.removes)
        yield review_of(step["urn"], intent, assessment, management.host)


def _source(config: Mapping[str, str], steps: Sequence[Mapping[str, Any]], as_if: str) -> Source | None:
    stack = config.get(PROMOTED_FROM, "").strip()
    taken = {one.name: len(one.values) for one in _declared(steps)}
    return Source(stack, taken, as_if) if stack else None
