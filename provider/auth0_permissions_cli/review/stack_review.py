"""What a preview of a whole stack came to: as a value, as text, as Markdown for a comment, as JSON data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self

from auth0_permissions_cli.markdown import MAX_COMMENT_LENGTH, bounded, code, escaped, fenced
from auth0_permissions_cli.stacks.state import our_resource
from pulumi_auth0_permissions import __version__
from pulumi_auth0_permissions.core.review import FORMAT, Review, resource_name, review_data
from pulumi_auth0_permissions.core.text import (
    MAX_HOLDERS_SHOWN,
    api_title,
    change_lines,
    counted,
    escape,
    escape_line,
    headline,
    pluralize,
    quote,
    remarks_on,
)
from pulumi_auth0_permissions.pulumi_adapter.reviewed import SUBJECT, digest_of

REVISION_SHOWN = 12  # digits
_LINES_IN_A_FENCE = 40  # what does not fit is cut by the fence
_CUT = "**Cut**: {} more parts do not fit into a comment. `auth0-permissions plan --format json` has them all."
# What the engine adds to a failure that was reported already.
_ECHOES: Final = (
    "an unhandled error occurred: program exited",
    "preview failed",
    "update failed",
    "refresh failed",
)


class Verdict(StrEnum):
    """The result of a preview; the words are part of the JSON."""

    NOTHING_TO_DO = "nothing_to_do"
    CHANGES = "changes"
    REFUSED = "refused"  # a rule refuses it
    FAILED = "failed"  # the preview itself failed


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where, when and by whom something was planned or done."""

    tenant: str  # the tenant's host; empty where it is not known
    user: str  # the user by the back end; empty where it does not say
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __str__(self) -> str:
        where = f"on {escape(self.tenant)}" if self.tenant else ""
        who = f"by {escape(self.user)}" if self.user else ""
        parts = (where, f"{self.time:%Y-%m-%d %H:%M} UTC", who, f"version {__version__}")
        return ", ".join(part for part in parts if part)

    def data(self) -> dict[str, object]:
        """Return it as JSON data, with the version of this package."""
        time = self.time.isoformat(timespec="seconds")
        return {"time": time, "user": self.user or None, "version": __version__, "tenant": self.tenant or None}


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error, or what the engine reports on one of our resources."""

    urn: str  # empty where it is about the stack
    message: str
    severity: str = "error"  # or "warning", "info"

    @classmethod
    def of(cls, diagnostic: Mapping[str, Any]) -> Self | None:
        """Return what a diagnostic of the engine says; ``None`` where that is nothing new, or not of ours."""
        urn, severity = diagnostic.get("urn") or "", str(diagnostic.get("severity"))
        message = str(diagnostic.get("message") or "").strip().removeprefix(f"{severity}: ")
        if not message or diagnostic.get("ephemeral"):
            return None
        counts = not message.startswith(_ECHOES) if severity == "error" else bool(our_resource(urn))
        return cls(urn, message, severity) if counts else None

    @property
    def is_error(self) -> bool:
        """Whether it is an error."""
        return self.severity == "error"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a later stage takes its permissions from."""

    stack: str
    taken: Mapping[str, int]  # resource → how many permissions it takes
    as_if: str = ""  # the catalog that was taken in place of what the stack has applied; empty: none


def urgency(review: Review) -> tuple[int, str, str]:
    """Order for a reviewer: refused plans, then removals, then the rest; by identifier."""
    return (0 if review.objections else 1 if review.removes else 2, review.identifier, review.urn)


@dataclass(frozen=True, slots=True)
class StackReview:
    """What a preview of a stack came to."""

    stack: str  # its name
    evidence: Evidence
    reviews: tuple[Review, ...]  # what is planned, by `urgency`
    complaints: tuple[Complaint, ...] = ()  # errors and warnings of the preview that are no part of a plan
    declared: tuple[str, ...] = ()  # URNs of all our resources that the program declares
    untouched: int = 0  # how many of our resources have nothing to do
    source: Source | None = None  # None for a first stage, and for a stack that is no stage

    @property
    def verdict(self) -> Verdict:
        """The result of the preview."""
        errors = [complaint.message for complaint in self.complaints if complaint.is_error]
        if errors and not any(SUBJECT in error.partition("\n")[0] for error in errors):
            return Verdict.FAILED
        if errors or any(review.objections for review in self.reviews):
            return Verdict.REFUSED
        return Verdict.CHANGES if any(review.needs_attention for review in self.reviews) else Verdict.NOTHING_TO_DO

    @property
    def summary(self) -> str:
        """The plan in one line: ``refused: 2 to add, 1 to delete in 2 APIs; 18 untouched``."""
        changes = [change for one in self.reviews for change in one.changes]
        places = sum(bool(one.changes) for one in self.reviews)
        counts = f"{counted(changes)} in {pluralize(places, 'API')}" if changes else ""
        verdict = "" if self.verdict is Verdict.CHANGES else self.verdict.replace("_", " ")
        text = ": ".join(part for part in (verdict, counts) if part) or "known after apply"
        return f"{text}; {pluralize(self.untouched, 'API')} untouched" if self.untouched else text


def source_of(review: StackReview) -> str:
    """Return where a later stage takes its permissions from; empty for all other stacks."""
    source = review.source
    if source is None:
        return ""
    taken = ", ".join(f"{pluralize(count, 'permission')} of {escape(name)}" for name, count in source.taken.items())
    to, what = escape(review.stack), f": {taken}" if taken else ""
    if source.as_if:
        return f"{to} is planned as if it took {escape(source.as_if)}{what}."
    arrived = f" {to} already has all of it." if review.verdict is Verdict.NOTHING_TO_DO else ""
    return (
        f"{to} takes what {escape(source.stack)} has applied{what}.{arrived} --as-if permissions.yaml shows what the "
        "catalog would change here."
    )


def _title(review: Review) -> str:
    """Return the API as people know it, or the resource where the API is not known."""
    if not review.identifier:
        return escape(resource_name(review.urn))
    return api_title(review.api_name, review.identifier, review.tenant)


def _headline(review: Review) -> str:
    """Return what happens to one API, in counts."""
    if review.not_known:
        return f"known after apply: {escape_line(review.not_known)}"
    return f"leaves the stack; {headline(review)}" if review.leaves_api else headline(review)


def _remarks(review: Review, *, at_most: int = MAX_HOLDERS_SHOWN) -> list[str]:
    """Return remarks on one API, and its revisions before and after."""
    lines = remarks_on(review, at_most=at_most)
    if review.before and review.after and review.before != review.after:
        lines.append(f"revision {review.before[:REVISION_SHOWN]} => {review.after[:REVISION_SHOWN]}")
    return lines


def review_text(review: StackReview) -> str:
    """Return what a preview of a stack came to: APIs that a reviewer needs to see, complaints, then the summary."""
    lines: list[str] = []
    for one in review.reviews:
        if one.needs_attention:
            lines += [*api_lines(one), ""]
    for complaint in review.complaints:
        where = f" ({escape(resource_name(complaint.urn))})" if complaint.urn else ""
        lines += [*_indented(f"{complaint.severity}{where}", complaint.message), ""]
    lines += [source] if (source := source_of(review)) else []
    lines += [f"Planned {review.evidence}.", f"{escape(review.stack)}: {review.summary}"]
    return "\n".join(lines) + "\n"


def api_lines(one: Review) -> Iterator[str]:
    """Yield the plan of one API."""
    yield f"{_title(one)}: {_headline(one)}"
    yield from change_lines(one.changes, one)
    yield from (f"  {remark}" for remark in _remarks(one))
    for objection in one.objections:
        yield from (f"  {line}" for line in _indented("refused", objection))


def _indented(word: str, text: str) -> Iterator[str]:
    first, *rest = text.splitlines() or [""]
    yield f"{word}: {escape_line(first)}"
    yield from (f"  {escape_line(line)}" for line in rest)


def review_markdown(review: StackReview, *, at_most: int = MAX_COMMENT_LENGTH) -> str:
    """Return what a preview of a stack came to as Markdown: refusals and removals come first, and are cut last."""
    blocks = [f"### Permissions of stack {code(escape(review.stack))}", "", f"**{_capital(review.summary)}**"]
    blocks += [f"\n{escaped(source)}"] if (source := source_of(review)) else []
    for complaint in review.complaints:
        where = f" ({code(escape(resource_name(complaint.urn)))})" if complaint.urn else ""
        blocks += [f"\n{_capital(complaint.severity)}{where}:\n", *_fences(complaint.message.splitlines())]
    for one in review.reviews:
        if one.needs_attention:
            blocks += _markdown_api(one)
    blocks += ["", f"<sub>Planned {escaped(str(review.evidence))}</sub>"]
    return bounded(blocks, cut=_CUT, at_most=at_most)


def _markdown_api(one: Review) -> Iterator[str]:
    headline = code(_headline(one)) if one.not_known else _capital(_headline(one))
    yield f"\n#### {code(_title(one))}\n\n{headline}\n"
    for objection in one.objections:
        yield "**Refused:**\n"
        yield from _fences(objection.splitlines())
    changes = change_lines(one.changes, one, at_most=0)
    yield from _fences([line.removeprefix("  ") for line in changes], "diff")
    yield from _holders(one)
    if remarks := _remarks(one, at_most=0):
        yield "\n".join(f"- {code(remark)}" for remark in remarks)


def _holders(one: Review) -> Iterator[str]:
    """Yield every holder by name, folded; a block a holder, so that a cut is counted in holders."""
    impact = one.impact
    if impact is None or not (impact.holders or impact.all_scope_grants):
        return
    entries = [(quote(value), holder) for value, held in impact.holders.items() for holder in held]
    entries += [("all permissions", grant) for grant in impact.all_scope_grants]
    yield f"<details><summary>Holders: {len(entries)} by name</summary>\n"
    for what, holder in entries:
        yield f"- {code(what)}: {holder.kind} {code(f'{escape(holder.name)} ({escape(holder.id)})')}"
    yield "\n</details>\n"


def _fences(lines: Sequence[str], language: str = "text") -> Iterator[str]:
    """Yield code blocks: GitHub looks for neither markup nor mentions in them."""
    for start in range(0, len(lines), _LINES_IN_A_FENCE):
        yield fenced([escape_line(line) for line in lines[start : start + _LINES_IN_A_FENCE]], language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def stack_review_data(review: StackReview) -> dict[str, object]:
    """Return what a preview of a stack came to as plain dictionaries and lists."""
    source = review.source
    return {
        "format": FORMAT,
        "stack": review.stack,
        **review.evidence.data(),
        "source": None if source is None else {"stack": source.stack, "as_if": source.as_if or None},
        "verdict": review.verdict.value,
        "apis": [review_data(one) for one in review.reviews],
        "untouched": review.untouched,
        "complaints": [asdict(one) for one in review.complaints],
    }


def saved_plan_data(review: StackReview) -> dict[str, object]:
    """Return what previews and updates can be held to, as `ReviewedPlan` reads it."""
    content: dict[str, object] = {
        "format": FORMAT,
        "stack": review.stack,
        **review.evidence.data(),
        "declared": list(review.declared),
        "apis": [review_data(one) for one in review.reviews],
    }
    return {**content, "digest": digest_of(content)}
