"""What a preview shows of one API, as a value for whoever reviews it, and as JSON data, there and back.

The one codec of a change, a holder and an API: for the records of previews, saved plans and every JSON output. What
is printed is described by docs/reference/json.md, and keys are only ever added. Texts are as they are in program and
tenant: whoever shows them has to escape them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, Basis
from pulumi_auth0_permissions.core.model import Change, Holder, HolderKind, Impact, Removal

FORMAT = 1  # goes up when a key changes its meaning or goes away

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Review:
    """What is planned for one API by one resource.

    Attributes:
        urn: the resource's URN.
        api_id: the API's id; ``""`` where it is not known.
        identifier: the API's identifier, or what the program gives for it.
        api_name: the API's name; may be empty.
        tenant: the tenant's host; may be empty.
        changes: what will be done, in the order of a plan.
        unchanged: how many declared permissions are as they shall be.
        adopted: declared permissions that were there before they were managed.
        left_alone: unmanaged permissions that stay.
        objections: what stands against the plan.
        details: value of a change → sentences on it; who holds it stands in ``impact``.
        notes: sentences on the plan.
        removal: how removals are done.
        impact: who is hit; ``None`` where nobody looked.
        leaves_api: whether the resource leaves the API: it goes away, or moves to another one.
        not_known: why the plan is not known before it is applied; ``""`` where it is.
        before: revision of everything on the API now; ``""`` where that is not known.
        after: the revision that the plan leads to.
        shown: the text that the engine's preview shows of it.
        approved: removals that the configuration approved.
    """

    urn: str
    identifier: str
    api_id: str = ""
    api_name: str = ""
    tenant: str = ""
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    adopted: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    details: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    removal: Removal = Removal.WARN
    impact: Impact | None = None
    leaves_api: bool = False
    not_known: str = ""
    before: str = ""
    after: str = ""
    shown: str = ""
    approved: tuple[str, ...] = ()

    @property
    def resource(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[-1]

    @property
    def says_something(self) -> bool:
        """Whether a reviewer has to see it."""
        return bool(self.changes or self.objections or self.not_known)

    @property
    def urgency(self) -> tuple[int, str, str]:
        """Order for a reviewer: what is refused, then what takes away, then the rest; by identifier."""
        takes_away = any(change.removes is not None for change in self.changes)
        return (0 if self.objections else 1 if takes_away else 2, self.identifier, self.urn)


def approved_changes(reviews: Iterable[Review], basis: Basis) -> ApprovedChanges:
    """Return what the user was shown of one operation, by the reviews of its resources; nothing beyond it is done.

    Args:
        reviews: what was shown.
        basis: where.
    """
    found = tuple(reviews)
    holders: dict[str, frozenset[str]] | None = None
    if found and all(one.impact is not None for one in found):
        holders = {
            value: frozenset(holder.id for holder in one.impact.holders_of(value))
            for one in found
            if one.impact is not None
            for value in (change.removes for change in one.changes)
            if value is not None
        }
    return ApprovedChanges(tuple(change for one in found for change in one.changes), basis, holders=holders)


def review_data(review: Review) -> dict[str, object]:
    """Return one review as plain dictionaries and lists."""
    return {
        "format": FORMAT,
        "urn": review.urn,
        "resource": review.resource,
        "api": api_data(review.api_id, review.identifier, review.api_name),
        "tenant": review.tenant,
        "changes": [change_data(change, review.details) for change in review.changes],
        "unchanged": review.unchanged,
        "adopted": list(review.adopted),
        "left_alone": list(review.left_alone),
        "objections": list(review.objections),
        "notes": list(review.notes),
        "removal": review.removal.value,
        "impact": None if review.impact is None else _impact(review.impact),
        "leaves_stack": review.leaves_api,
        "not_known": review.not_known,
        "revision": {"before": review.before or None, "after": review.after or None},
        "shown": review.shown,
        "approved": list(review.approved),
    }


def parse_review(data: object) -> Review:
    """Return the review that `review_data` has made this of.

    Raises:
        ValueError: if it is something else, or of another format.
    """
    try:
        return _parsed(_typed(data, dict))
    except (LookupError, TypeError) as error:
        raise ValueError(f"no review: {error}") from error


def _parsed(data: Mapping[str, object]) -> Review:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']!r} instead of {FORMAT}")
    api, changes = _typed(data["api"], dict), [_typed(change, dict) for change in _typed(data["changes"], list)]
    revision = _typed(data["revision"], dict)
    return Review(
        urn=_typed(data["urn"], str),
        api_id=_typed(api["id"], str),
        identifier=_typed(api["identifier"], str),
        api_name=_typed(api["name"], str),
        tenant=_typed(data.get("tenant") or "", str),
        changes=tuple(parse_change(one) for one in changes),
        unchanged=_typed(data["unchanged"], int),
        adopted=_texts(data["adopted"]),
        left_alone=_texts(data["left_alone"]),
        objections=_texts(data["objections"]),
        details={_typed(one["permission"], str): list(_texts(one["details"])) for one in changes if one["details"]},
        notes=_texts(data["notes"]),
        removal=Removal(_typed(data["removal"], str)),
        impact=None if data["impact"] is None else _parsed_impact(_typed(data["impact"], dict)),
        leaves_api=data["leaves_stack"] is True,
        not_known=_typed(data["not_known"], str),
        before=_typed(revision["before"] or "", str),
        after=_typed(revision["after"] or "", str),
        shown=_typed(data["shown"], str),
        approved=_texts(data.get("approved") or []),
    )


def api_data(api_id: str, identifier: str, name: str) -> dict[str, object]:
    """Return an API as every JSON output names it."""
    return {"id": api_id, "identifier": identifier, "name": name}


def change_data(change: Change, details: Mapping[str, Sequence[str]] | None = None) -> dict[str, object]:
    """Return a change with the sentences on it, by its value."""

    def described(permission: tuple[str, str] | None) -> dict[str, object] | None:
        return None if permission is None else {"permission": permission[0], "description": permission[1]}

    return {
        "kind": change.kind.value,
        "permission": change.value,
        "existing": described(change.before),
        "new": described(change.after),
        "details": list((details or {}).get(change.value, ())),
    }


def parse_change(data: object) -> Change:
    """Return the change that `change_data` has made this of.

    Raises:
        LookupError, TypeError, ValueError: if it is something else.
    """
    fields = _typed(data, dict)
    return Change.between(_permission(fields["existing"]), _permission(fields["new"]))


def holder_data(holder: Holder) -> dict[str, object]:
    """Return a role or client grant; ``users`` where those of a role were counted."""
    users = {} if holder.users is None else {"users": holder.users}
    return {"kind": holder.kind.replace(" ", "_"), "id": holder.id, "name": holder.name, **users}


def _impact(impact: Impact) -> dict[str, object]:
    return {
        "holders": [
            {"permission": value, **holder_data(holder)} for value, held in impact.holders.items() for holder in held
        ],
        "all_scope_grants": [holder_data(grant) for grant in impact.all_scope_grants],
        "unknown": list(impact.unknown),
        "token_lifetime_seconds": impact.token_lifetime_s,
    }


def _parsed_impact(data: Mapping[str, object]) -> Impact:
    holders: dict[str, tuple[Holder, ...]] = {}
    for entry in _typed(data["holders"], list):
        value = _typed(entry["permission"], str)
        holders[value] = (*holders.get(value, ()), _parsed_holder(entry))
    lifetime = data["token_lifetime_seconds"]
    return Impact(
        holders=holders,
        all_scope_grants=tuple(_parsed_holder(_typed(grant, dict)) for grant in _typed(data["all_scope_grants"], list)),
        unknown=_texts(data["unknown"]),
        token_lifetime_s=None if lifetime is None else _typed(lifetime, int),
    )


def _parsed_holder(data: Mapping[str, object]) -> Holder:
    return Holder(
        HolderKind(_typed(data["kind"], str).replace("_", " ")), _typed(data["id"], str), _typed(data["name"], str)
    )


def _permission(data: object) -> tuple[str, str] | None:
    if data is None:
        return None
    described = _typed(data, dict)
    return _typed(described["permission"], str), _typed(described["description"] or "", str)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_typed(one, str) for one in _typed(value, list))


def _typed(value: object, kind: type[_T]) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} is expected, not {type(value).__name__}")
    return value


def json_text(value: object) -> str:
    """Return the value as indented ASCII JSON with a line break at the end: the same bytes for the same value."""
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
