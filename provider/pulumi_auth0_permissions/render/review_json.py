"""A review as JSON data, there and back: what the provider leaves for the command line, and what that prints.

docs/reference/json.md describes it. Keys are only ever added. Texts are as they are in program and tenant: whoever
shows them has to escape them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi_auth0_permissions.core.changes import Change
from pulumi_auth0_permissions.core.holders import Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.modes import Removal
from pulumi_auth0_permissions.core.reviews import Review

__all__ = ["FORMAT", "api_data", "change_data", "holder_data", "parse_review", "review_data"]

FORMAT = 1  # goes up when a key changes its meaning or goes away

_KIND_IN_DATA = {HolderKind.ROLE: "role", HolderKind.CLIENT_GRANT: "client_grant"}
_KIND = {data: kind for kind, data in _KIND_IN_DATA.items()}


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
    revision = _map(data["revision"])
    return Review(
        urn=_text(data["urn"]),
        api_id=_text(api["id"]),
        identifier=_text(api["identifier"]),
        api_name=_text(api["name"]),
        tenant=_text(data.get("tenant") or ""),
        changes=tuple(Change.between(_permission(one["existing"]), _permission(one["new"])) for one in changes),
        unchanged=_number(data["unchanged"]),
        adopted=_texts(data["adopted"]),
        left_alone=_texts(data["left_alone"]),
        objections=_texts(data["objections"]),
        details={_text(one["permission"]): list(_texts(one["details"])) for one in changes if one["details"]},
        notes=_texts(data["notes"]),
        removal=Removal(_text(data["removal"])),
        impact=None if data["impact"] is None else _parsed_impact(_map(data["impact"])),
        leaves_api=data["leaves_stack"] is True,
        not_known=_text(data["not_known"]),
        before=_text(revision["before"] or ""),
        after=_text(revision["after"] or ""),
        shown=_text(data["shown"]),
    )


def api_data(api_id: str, identifier: str, name: str) -> dict[str, object]:
    """Return an API as every JSON output names it."""
    return {"id": api_id, "identifier": identifier, "name": name}


def change_data(change: Change, details: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return a change with the sentences on it."""

    def described(permission: tuple[str, str] | None) -> dict[str, object] | None:
        return None if permission is None else {"permission": permission[0], "description": permission[1]}

    return {
        "kind": change.kind.value,
        "permission": change.value,
        "existing": described(change.before),
        "new": described(change.after),
        "details": list(details.get(change.value, ())),
    }


def holder_data(holder: Holder) -> dict[str, object]:
    """Return a role or client grant; ``users`` where those of a role were counted."""
    users = {} if holder.users is None else {"users": holder.users}
    return {"kind": _KIND_IN_DATA[holder.kind], "id": holder.id, "name": holder.name, **users}


def _impact(impact: Impact) -> dict[str, object]:
    return {
        "holders": [
            {"permission": value, **holder_data(holder)} for value, held in impact.holders.items() for holder in held
        ],
        "all_scope_grants": [holder_data(grant) for grant in impact.whole_list_grants],
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
        whole_list_grants=tuple(_parsed_holder(_map(grant)) for grant in _list(data["all_scope_grants"])),
        unknown=_texts(data["unknown"]),
        token_lifetime_s=None if lifetime is None else _number(lifetime),
    )


def _parsed_holder(data: Mapping[str, object]) -> Holder:
    return Holder(_KIND[_text(data["kind"])], _text(data["id"]), _text(data["name"]))


def _permission(data: object) -> tuple[str, str] | None:
    if data is None:
        return None
    described = _map(data)
    return _text(described["permission"]), _text(described["description"] or "")


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
