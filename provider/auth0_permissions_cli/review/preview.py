"""The engine's own preview of a stack, read as data: the plans that the provider leaves, and what else went wrong."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.review.stack_review import Complaint, StackReview
from auth0_permissions_cli.stacks.pulumi import run_pulumi, stack_failure
from auth0_permissions_cli.stacks.state import RESOURCE_TYPE, StackSnapshot
from pulumi_auth0_permissions.core.model import Change, without
from pulumi_auth0_permissions.core.review import Review, parse_review
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.pulumi_adapter.plan_files import PLAN_FOLDER_VARIABLE

_WRITES: Final = frozenset({"create", "update", "replace", "create-replacement"})
_NOT_LOOKED_UP: Final = (
    "by the stack's state: the resource leaves the program, and the engine asks the provider only when it is deleted; "
    "`auth0-permissions holders` tells who holds what"
)

_NO_PLAN: Final = (
    "the engine plans to change this resource, and its provider left no plan: the program runs with another version of "
    "pulumi-auth0-permissions than this command. Install the same one for both."
)


def preview_stack(stack: str, *, cwd: Path | None, environ: Mapping[str, str]) -> StackReview:
    """Run `pulumi preview` on a stack and return what a reviewer needs of it; nothing is applied."""
    with tempfile.TemporaryDirectory(prefix="auth0-permissions-plan-") as folder:  # for this user alone
        done = run_pulumi(
            stack,
            ["preview", "--json", "--show-sames", "--color=never"],
            cwd=cwd,
            environ={**environ, PLAN_FOLDER_VARIABLE: folder},
        )
        reviews = tuple(_left_in(Path(folder)))
    try:
        printed = json.loads(done.stdout)
    except (ValueError, RecursionError):
        if done.returncode != 0:
            raise stack_failure(stack, done.stderr or done.stdout) from None
        printed = None
    if not isinstance(printed, dict):
        raise CommandFailed(
            f'`pulumi preview --json` of stack "{escape(stack)}" printed no JSON object; run it to see what.'
        )
    return _review(stack, printed, reviews, has_failed=done.returncode != 0)


def review_of_destroying(snapshot: StackSnapshot) -> StackReview:
    """Return what `pulumi destroy` takes from each API, as the stack's state knows it."""
    reviews = [
        Review(
            urn=api.urn,
            identifier=api.identifier,
            api_id=api.api_id,
            api_name=api.api_name,
            tenant=api.tenant,
            changes=tuple(Change(value, text, None) for value, text in sorted(api.managed.items())),
            left_alone=tuple(without(api.effective, api.managed)),
            notes=(_NOT_LOOKED_UP,),
            leaves_api=True,
        )
        for api in snapshot.apis
    ]
    return StackReview(snapshot.name, tuple(sorted(reviews, key=lambda review: review.urgency)))


def _left_in(folder: Path) -> Iterator[Review]:
    for file in folder.glob("*.json"):
        try:
            yield parse_review(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError):
            continue  # missed below, and said


def _review(stack: str, printed: Mapping[str, Any], left: Sequence[Review], *, has_failed: bool) -> StackReview:
    steps = [step for step in printed.get("steps") or () if _is_ours(step["urn"])]
    known = {review.urn for review in left}
    reviews = [*left, *(_leaving(step) for step in steps if step["op"] == "delete" and step["urn"] not in known)]
    complaints = list(_complaints(printed.get("diagnostics") or (), reviews))
    blamed = {complaint.urn for complaint in complaints if complaint.is_error}
    unexplained = (step["urn"] for step in steps if step["op"] in _WRITES and step["urn"] not in known | blamed)
    complaints += [Complaint(urn, _NO_PLAN) for urn in unexplained]
    if has_failed and not blamed and not any(review.objections for review in reviews):
        complaints.append(Complaint("", "`pulumi preview` failed and did not say why: run it to see more."))
    untouched = sum(step["op"] == "same" and step["urn"] not in known for step in steps)
    return StackReview(
        stack, tuple(sorted(reviews, key=lambda review: review.urgency)), tuple(dict.fromkeys(complaints)), untouched
    )


def _complaints(diagnostics: Sequence[Mapping[str, Any]], reviews: Sequence[Review]) -> Iterator[Complaint]:
    """Yield errors, and warnings on our resources, but for what the reviews say already."""
    shown_texts = {review.shown.strip() for review in reviews}
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


def _leaving(step: Mapping[str, Any]) -> Review:
    """Return what a resource that leaves the program takes with it, as the state knows it."""
    outputs = (step.get("oldState") or {}).get("outputs") or {}
    going = outputs.get("permissions") or {}
    return Review(
        urn=step["urn"],
        identifier=str(outputs.get("identifier") or ""),
        api_id=str(outputs.get("api_id") or ""),
        api_name=str(outputs.get("name") or ""),
        tenant=str(outputs.get("tenant") or ""),
        changes=tuple(Change(value, text, None) for value, text in sorted(going.items())),
        left_alone=tuple(outputs.get("unmanaged_permissions") or ()),
        notes=(_NOT_LOOKED_UP,),
        leaves_api=True,
    )


def _is_ours(urn: str) -> bool:
    """Tell whether a URN is of an `ApiPermissions` resource, under whatever parents."""
    parts = urn.split("::")
    return len(parts) > 2 and parts[2].split("$")[-1] == RESOURCE_TYPE  # urn, project, type, name
