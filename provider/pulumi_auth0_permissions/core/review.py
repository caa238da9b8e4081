"""What a preview shows of one API, as a value for reviewers and as JSON data, written and parsed.

The one codec of a change, a holder and an API: for the records of previews, saved plans and every JSON output. What
is printed is described by docs/reference/json.md, and keys are only ever added. Texts are as they are in program and
tenant: whoever shows them has to escape them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_auth0_permissions.core.model import Change, Holder, HolderKind, Impact, Removal

FORMAT = 1  # goes up when a key changes its meaning or goes away

# Fields of `Review` whose key in JSON has the same name, and those of them that are tuples here and lists there.
_LISTS = ("adopted", "left_alone", "objections", "notes", "approved")
_SAME_NAMES = ("tenant", "unchanged", "not_known", *_LISTS)


@dataclass(frozen=True, slots=True)
class Review:
    """What is planned for one API by one resource."""

    urn: str  # the resource's
    identifier: str  # the API's identifier, or what the program gives for it
    api_id: str = ""  # "" where it is not known
    api_name: str = ""  # may be empty
    tenant: str = ""  # the tenant's host; may be empty
    changes: tuple[Change, ...] = ()  # what will be done, in the order of a plan
    unchanged: int = 0  # how many declared permissions need no change
    adopted: tuple[str, ...] = ()  # declared permissions that existed before they were managed
    left_alone: tuple[str, ...] = ()  # unmanaged permissions that stay
    objections: tuple[str, ...] = ()  # what stops the plan
    notes: tuple[str, ...] = ()  # sentences on the plan
    removal: Removal = Removal.WARN  # how removals are done
    impact: Impact | None = None  # who is affected; None if not looked up
    leaves_api: bool = False  # whether the resource goes away, or moves to another API
    not_known: str = ""  # why the plan is not known before it is applied; "" where it is
    before: str = ""  # revision of everything on the API now; "" where that is not known
    after: str = ""  # the revision that the plan leads to
    approved: tuple[str, ...] = ()  # removals that the configuration approved

    @property
    def needs_attention(self) -> bool:
        """Whether a reviewer has to see it: something changes, stops the plan, or is not known."""
        return bool(self.changes or self.objections or self.not_known)

    @property
    def removes(self) -> tuple[str, ...]:
        """Values that are removed from the API."""
        return tuple(change.removes for change in self.changes if change.removes is not None)


def resource_name(urn: str) -> str:
    """Return the resource's name in the program, which may itself hold what separates the parts of a URN."""
    return urn.split("::", 3)[-1]


def review_data(review: Review) -> dict[str, object]:
    """Return one review as plain dictionaries and lists."""
    return {
        "format": FORMAT,
        "urn": review.urn,
        "resource": resource_name(review.urn),
        "api": api_data(review.api_id, review.identifier, review.api_name),
        "changes": list(map(_change_data, review.changes)),
        **{name: getattr(review, name) for name in _SAME_NAMES},
        "removal": review.removal.value,
        "impact": None if review.impact is None else _impact_data(review.impact),
        "leaves_stack": review.leaves_api,
        "revision": {"before": review.before or None, "after": review.after or None},
    }


def parse_review(data: Mapping[str, Any]) -> Review:
    """Return the review that `review_data` made this from; raise a ValueError if it is something else."""
    try:
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']!r} instead of {FORMAT}")
        api, revision = data["api"], data["revision"]
        others: dict[str, Any] = {name: tuple(data[name]) if name in _LISTS else data[name] for name in _SAME_NAMES}
        return Review(
            urn=data["urn"],
            identifier=api["identifier"],
            api_id=api["id"],
            api_name=api["name"],
            changes=tuple(map(_parsed_change, data["changes"])),
            removal=Removal(data["removal"]),
            impact=None if data["impact"] is None else _parsed_impact(data["impact"]),
            leaves_api=data["leaves_stack"],
            before=revision["before"] or "",
            after=revision["after"] or "",
            **others,
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not a review: {error}") from error


def api_data(api_id: str, identifier: str, name: str) -> dict[str, object]:
    """Return an API as every JSON output names it."""
    return {"id": api_id, "identifier": identifier, "name": name}


def _change_data(change: Change) -> dict[str, object]:
    existing = None if change.existing is None else {"permission": change.value, "description": change.existing}
    new = None if change.after is None else dict(zip(("permission", "description"), change.after, strict=True))
    kind, value = change.kind.value, change.value
    return {"kind": kind, "permission": value, "existing": existing, "new": new, "details": list(change.details)}


def _parsed_change(data: Mapping[str, Any]) -> Change:
    value, existing, new = data["permission"], data["existing"], data["new"]
    before = None if existing is None else existing["description"]
    after = None if new is None else new["description"]
    renamed_to = None if new is None or new["permission"] == value else new["permission"]
    return Change(value, before, after, renamed_to, tuple(data["details"]))


def holder_data(holder: Holder) -> dict[str, object]:
    """Return a role or client grant; ``users`` where those of a role were counted."""
    users = {} if holder.users is None else {"users": holder.users}
    return {"kind": holder.kind.replace(" ", "_"), "id": holder.id, "name": holder.name, **users}


def _impact_data(impact: Impact) -> dict[str, object]:
    held = [(value, holder) for value, holders in impact.holders.items() for holder in holders]
    return {
        "holders": [{"permission": value, **holder_data(holder)} for value, holder in held],
        "all_scope_grants": [holder_data(grant) for grant in impact.all_scope_grants],
        "unknown": list(impact.unknown),
        "token_lifetime_seconds": impact.token_lifetime_s,
    }


def _parsed_impact(data: Mapping[str, Any]) -> Impact:
    holders: dict[str, tuple[Holder, ...]] = {}
    for entry in data["holders"]:
        holders[entry["permission"]] = (*holders.get(entry["permission"], ()), _parsed_holder(entry))
    grants = tuple(map(_parsed_holder, data["all_scope_grants"]))
    return Impact(holders, grants, tuple(data["unknown"]), data["token_lifetime_seconds"])


def _parsed_holder(data: Mapping[str, Any]) -> Holder:
    return Holder(HolderKind(data["kind"].replace("_", " ")), data["id"], data["name"], data.get("users"))
