"""Look into the tenant's log for another's write between our last read and our write.

The Management API has no version to compare (no ETag), so such a write can neither be prevented nor be seen in the
answer. The log has it, after a delay: an entry that is missing proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.models import Api
from pulumi_auth0_permissions.auth0.shapes import permissions_of
from pulumi_auth0_permissions.core.permissions import Permissions
from pulumi_auth0_permissions.core.wording import listed, shown

__all__ = ["Window", "rivals_of"]

READ_LOGS = "read:logs"  # the scope; without it nobody looks
CLOCK_SKEW = timedelta(seconds=10)  # between this machine and the tenant


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which another's write went unseen: when the last read was sent, what it brought, what was written."""

    opened: datetime
    observed: Permissions
    written: Permissions


def rivals_of(client: ManagementClient, api: Api, window: Window) -> tuple[str, ...]:
    """Return a sentence on each write to the API inside the window, as far as the log's newest page has them."""
    if READ_LOGS not in (client.granted_scopes() or ()):
        return ()
    try:
        entries = client.newest_log_entries()
    except ManagementApiError as error:
        return (f"whether somebody wrote at the same moment could not be looked up in the tenant's log: {error}",)
    found: list[str] = []
    for entry in reversed(entries):
        match entry:
            case {"type": "sapi", "date": str(date), "details": {"request": {"path": str(path), "body": dict(body)}}}:
                pass
            case _:
                continue
        try:
            when, scopes = _utc(date), permissions_of(body["scopes"])
        except (KeyError, ValueError, OverflowError):
            continue  # a write of something else
        if when < window.opened - CLOCK_SKEW or not _is_about(path, api):
            continue
        if scopes == window.observed:
            found.clear()  # it led to what was read, so whatever came before it was seen
        elif scopes != window.written:
            found.append(_sentence(_author(entry), when, scopes, window))
    return tuple(found)


def _utc(text: str) -> datetime:
    date = datetime.fromisoformat(text)
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def _is_about(path: str, api: Api) -> bool:
    return unquote(path.rstrip("/").rpartition("/resource-servers/")[2]) in (api.id, api.identifier)


def _author(entry: Mapping[str, object]) -> str:
    match entry:
        case {"details": {"request": {"auth": {"user": dict(user)}}}}:
            names = [entry.get("user_name"), user.get("name"), user.get("email"), entry.get("client_id")]
        case _:
            names = [entry.get("user_name"), entry.get("client_id")]
    return next((name for name in names if isinstance(name, str) and name), "somebody")


def _sentence(who: str, when: datetime, theirs: Permissions, window: Window) -> str:
    lost = [value for value in theirs if value not in window.written]
    gone = [value for value in window.written if value not in theirs]
    facts = [f"{what} {listed(values)}" for what, values in (("included", lost), ("lacked", gone)) if values]
    return (
        f"{shown(who)} wrote to this API at {when:%H:%M:%S} UTC, at the same moment as this operation, and one of the "
        f"two lists overwrote the other; theirs {' and '.join(facts) or 'described a permission differently'}. "
        "Run `pulumi preview` to see what is there now, and talk to them."
    )
