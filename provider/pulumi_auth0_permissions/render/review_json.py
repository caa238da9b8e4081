"""A review as data, there and back: what the provider leaves for the command line, and what that prints.

Keys are only ever added. Texts are as they are in program and tenant: whoever shows them has to escape them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi_auth0_permissions.core.changes import Change
from pulumi_auth0_permissions.core.holders import Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.permissions import Permission
from pulumi_auth0_permissions.core.reviews import Complaint, Review, StackReview

__all__ = ["FORMAT", "parse_review", "review_data", "stack_review_data"]

FORMAT = 1  # goes up when a key changes its meaning or goes away

_KIND_IN_DATA = {HolderKind.ROLE: "role", HolderKind.CLIENT_GRANT: "client_grant"}
_KIND = {data: kind for kind, data in _KIND_IN_DATA.items()}


def stack_review_data(review: StackReview) -> dict[str, object]:
    """Return what a preview of a stack came to as plain dictionaries and lists."""
    return {
        "format": FORMAT,
        "stack": review.stack,
        "verdict": review.verdict.value,
        "apis": [review_data(one) for one in review.reviews],
        "untouched": review.untouched,
        "complaints": [_complaint(complaint) for complaint in review.complaints],
    }


def review_data(review: Review) -> dict[str, object]:
    """Return one review as plain dictionaries and lists."""
    return {
        "format": FORMAT,
        "urn": review.urn,
        "api": {"id": review.api_id, "identifier": review.identifier, "name": review.api_name},
        "tenant": review.tenant,
        "changes": [_change(change, review.details) for change in review.changes],
        "unchanged": review.unchanged,
        "adopted": list(review.adopted),
        "left_alone": list(review.left_alone),
        "objections": list(review.objections),
        "notes": list(review.notes),
        "impact": None if review.impact is None else _impact(review.impact),
        "departure": review.is_departure,
        "not_known": review.not_known,
        "shown": review.shown,
    }


def parse_review(data: object) -> Review:
    """Return the review that `review_data` has made this of.

    Raises:
        ValueError: if it is something else, or of another format.
    """
    try:
        return _parsed(_map(data))
    except (LookupError, TypeError) as error:
        raise ValueError(f"no review: {error}") from error


def _parsed(data: Mapping[str, object]) -> Review:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']!r} instead of {FORMAT}")
    api, changes = _map(data["api"]), [_map(change) for change in _list(data["changes"])]
    return Review(
        urn=_text(data["urn"]),
        api_id=_text(api["id"]),
        identifier=_text(api["identifier"]),
        api_name=_text(api["name"]),
        tenant=_text(data.get("tenant") or ""),
        changes=tuple(Change(_permission(one["existing"]), _permission(one["new"])) for one in changes),
        unchanged=_number(data["unchanged"]),
        adopted=_texts(data["adopted"]),
        left_alone=_texts(data["left_alone"]),
        objections=_texts(data["objections"]),
        details={_text(one["permission"]): list(_texts(one["details"])) for one in changes if one["details"]},
        notes=_texts(data["notes"]),
        impact=None if data["impact"] is None else _parsed_impact(_map(data["impact"])),
        is_departure=data["departure"] is True,
        not_known=_text(data["not_known"]),
        shown=_text(data["shown"]),
    )


def _complaint(complaint: Complaint) -> dict[str, object]:
    severity = "error" if complaint.is_error else "warning"
    return {"urn": complaint.urn, "severity": severity, "message": complaint.message}


def _change(change: Change, details: Mapping[str, Sequence[str]]) -> dict[str, object]:
    def described(permission: Permission | None) -> dict[str, object] | None:
        return None if permission is None else {"permission": permission.value, "description": permission.description}

    return {
        "kind": change.kind.value,
        "permission": change.value,
        "existing": described(change.existing),
        "new": described(change.new),
        "details": list(details.get(change.value, ())),
    }


def _impact(impact: Impact) -> dict[str, object]:
    return {
        "holders": [
            {"permission": value, **_holder(holder)} for value, held in impact.holders.items() for holder in held
        ],
        "hold_everything": [_holder(grant) for grant in impact.whole_list_grants],
        "unknown": list(impact.unknown),
        "token_lifetime_seconds": impact.token_lifetime_s,
    }


def _parsed_impact(data: Mapping[str, object]) -> Impact:
    holders: dict[str, tuple[Holder, ...]] = {}
    for entry in map(_map, _list(data["holders"])):
        value = _text(entry["permission"])
        holders[value] = (*holders.get(value, ()), _parsed_holder(entry))
    lifetime = data["token_lifetime_seconds"]
    return Impact(
        holders=holders,
        whole_list_grants=tuple(_parsed_holder(_map(grant)) for grant in _list(data["hold_everything"])),
        unknown=_texts(data["unknown"]),
        token_lifetime_s=None if lifetime is None else _number(lifetime),
    )


def _holder(holder: Holder) -> dict[str, str]:
    return {"kind": _KIND_IN_DATA[holder.kind], "id": holder.id, "name": holder.name}


def _parsed_holder(data: Mapping[str, object]) -> Holder:
    return Holder(_KIND[_text(data["kind"])], _text(data["id"]), _text(data["name"]))


def _permission(data: object) -> Permission | None:
    if data is None:
        return None
    described = _map(data)
    text = described["description"]
    return Permission(_text(described["permission"]), None if text is None else _text(text))


def _map(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a map is expected, not {type(value).__name__}")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"a list is expected, not {type(value).__name__}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is expected, not {type(value).__name__}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(one) for one in _list(value))


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a number is expected, not {type(value).__name__}")
    return value
