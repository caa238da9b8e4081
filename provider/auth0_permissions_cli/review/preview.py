"""The engine's own preview of a stack, read as data: the plans that the provider leaves, and what else went wrong."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from auth0_permissions_cli.access import connect, settings_of
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.review.leaving import Leaving, review_leaving
from auth0_permissions_cli.review.stack_review import Complaint, Evidence, Source, StackReview, Verdict
from auth0_permissions_cli.stacks.pulumi import Stack, stack_failure
from auth0_permissions_cli.stacks.state import RESOURCE_TYPE
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.core.review import Review, parse_review
from pulumi_auth0_permissions.core.text import escape, plan_text
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup
from pulumi_auth0_permissions.promotion.config import AS_IF_NOTE, AS_IF_VARIABLE, PROMOTED_FROM
from pulumi_auth0_permissions.pulumi_adapter.run import who_runs

_WRITES: Final = frozenset({"create", "update", "replace", "create-replacement"})
_LIVING: Final = _WRITES | {"same"}
_NO_PLAN: Final = (
    "the engine plans to change this resource, and its provider left no plan: the program runs with another version of "
    "pulumi-auth0-permissions than this command. Install the same one for both."
)


def preview_stack(stack: Stack, line: Progress, *, destroy: bool = False, as_if: Path | None = None) -> StackReview:
    """Preview `pulumi up` of a stack, or `pulumi destroy`, and return what a reviewer needs of it; applies nothing.

    Args:
        stack: the stack.
        line: is shown what the provider is about.
        destroy: whether the stack would be destroyed.
        as_if: a catalog that the program is to take in place of what the stage before has applied.
    """
    command = ["destroy", "--preview-only"] if destroy else ["preview"]
    line(f"pulumi {' '.join(command)} --stack {escape(stack.name)}")
    with tempfile.TemporaryDirectory(prefix="auth0-permissions-plan-") as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)  # for this user alone
        asked = {AS_IF_VARIABLE: str(as_if.absolute())} if as_if else {}
        user = pool.submit(who_runs, cwd=stack.cwd, environ=stack.environ)
        configured = pool.submit(stack.config)
        options = ("--json", "--show-sames", "--color=never")
        done = stack.run_engine(*command, *options, folder=folder, line=line, environment=asked)
        left = tuple(_left_in(folder))
        has_taken = (folder / AS_IF_NOTE).exists()
    printed = _printed(stack.name, done.stdout, done.stderr, has_failed=done.returncode != 0)
    config = configured.result()
    steps = [step for step in printed.get("steps") or () if _is_ours(step["urn"])]
    found = _review(stack.name, printed, steps, left, has_failed=done.returncode != 0)
    if as_if is not None and not has_taken and found.verdict is not Verdict.FAILED:
        raise CommandFailed(
            f"the program of {escape(stack.name)} took nothing from {as_if}: --as-if is for programs that take their "
            "permissions by `Stage` or `promoted_from`."
        )
    leaving = [
        Leaving(step["urn"], old.get("outputs") or {})
        for step in steps
        if step["op"] == "delete" and step["urn"] not in {review.urn for review in left}
        if not (old := step.get("oldState") or {}).get("retainOnDelete")  # then the provider is not called
    ]
    try:
        settings = settings_of(stack, config)
    except CommandFailed:
        if leaving:
            raise
        return replace(found, evidence=Evidence("", user.result()))  # the provider says what is wrong
    if leaving:
        with connect(settings, line.waiting) as management, operation(settings.operation_minutes):
            lookup = HolderLookup(management, on_progress=line, max_applications_named=ALL_APPLICATIONS)
            left += tuple(review_leaving(leaving, _staying(steps), settings, management, lookup))
    reviews = sorted((_advising(review, stack.name) for review in left), key=lambda review: review.urgency)
    return replace(
        found,
        reviews=tuple(reviews),
        evidence=Evidence(settings.host, user.result()),
        declared=tuple(step["urn"] for step in steps if step["op"] in _LIVING),
        source=None if destroy else _source(config, steps, "" if as_if is None else str(as_if)),
    )


def _left_in(folder: Path) -> Iterator[Review]:
    for file in folder.glob("*.json"):
        try:
            yield parse_review(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError):
            continue  # missed below, and said


def _printed(stack: str, stdout: str, stderr: str, *, has_failed: bool) -> Mapping[str, Any]:
    try:
        printed = json.loads(stdout)
    except (ValueError, RecursionError):
        if has_failed:
            raise stack_failure(stack, stderr or stdout) from None
        printed = None
    if not isinstance(printed, dict):
        raise CommandFailed(
            f'`pulumi preview --json` of stack "{escape(stack)}" printed no JSON object; run it to see what.'
        )
    return printed


def _review(
    stack: str,
    printed: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    left: Sequence[Review],
    *,
    has_failed: bool,
) -> StackReview:
    known = {review.urn for review in left}
    complaints = list(_complaints(printed.get("diagnostics") or (), left))
    blamed = {complaint.urn for complaint in complaints if complaint.is_error}
    unexplained = (step["urn"] for step in steps if step["op"] in _WRITES and step["urn"] not in known | blamed)
    complaints += [Complaint(urn, _NO_PLAN) for urn in unexplained]
    if has_failed and not blamed and not any(review.objections for review in left):
        complaints.append(Complaint("", "`pulumi preview` failed and did not say why: run it to see more."))
    # A preview that failed has ended wherever it was by then, so that what it came to is no count.
    untouched = 0 if has_failed else sum(step["op"] == "same" and step["urn"] not in known for step in steps)
    return StackReview(stack, Evidence("", ""), tuple(left), tuple(dict.fromkeys(complaints)), untouched=untouched)


def _complaints(diagnostics: Sequence[Mapping[str, Any]], reviews: Sequence[Review]) -> Iterator[Complaint]:
    """Yield errors, and warnings on our resources, but for what the reviews say already."""
    shown_texts = {plan_text(review) for review in reviews}
    objections = [objection for review in reviews for objection in review.objections]
    for diagnostic in diagnostics:
        urn, severity = diagnostic.get("urn") or "", diagnostic.get("severity")
        message = str(diagnostic.get("message") or "").strip().removeprefix(f"{severity}: ")
        is_error = severity == "error"
        if not (is_error or (severity == "warning" and _is_ours(urn))) or message in shown_texts:
            continue
        if any(objection in message for objection in objections):
            continue
        yield Complaint(urn, message, is_error)


def _declared(steps: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Yield what each resource of the program declares: its name, its API's id, and the permissions."""
    for step in steps:
        inputs = (step.get("newState") or {}).get("inputs") or {}
        permissions = inputs.get("permissions")
        if step["op"] in _LIVING and isinstance(permissions, Mapping):
            yield step["urn"].split("::", 3)[-1], str(inputs.get("api_id")), permissions


def _staying(steps: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return an API's id → permission → the resource of the program that declares it."""
    staying: dict[str, dict[str, str]] = {}
    for name, api_id, permissions in _declared(steps):
        staying.setdefault(api_id, {}).update(dict.fromkeys(permissions, name))
    return staying


def _source(config: Mapping[str, str], steps: Sequence[Mapping[str, Any]], as_if: str) -> Source | None:
    stack = config.get(PROMOTED_FROM, "").strip()
    taken = {name: len(permissions) for name, _, permissions in sorted(_declared(steps), key=lambda one: one[0])}
    return Source(stack, taken, as_if) if stack else None


def _advising(review: Review, stack: str) -> Review:
    """Name the stack in what the provider advises: it knows none, and the selected one may be another."""
    advised = f"pulumi config set --stack {escape(stack)} "
    return replace(review, objections=tuple(one.replace("pulumi config set ", advised) for one in review.objections))


def _is_ours(urn: str) -> bool:
    """Tell whether a URN is of an `ApiPermissions` resource, under whatever parents."""
    parts = urn.split("::")
    return len(parts) > 2 and parts[2].split("$")[-1] == RESOURCE_TYPE  # urn, project, type, name
