"""Look into the tenant's log for another's write between our last read and our write.

The Management API has no version to compare (no ETag), so such a write can neither be prevented nor be seen in the
answer. The log has it, after a delay: an entry that is missing proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.parsing import permissions_of
from pulumi_auth0_permissions.core.model import Api, Permissions, Scope
from pulumi_auth0_permissions.core.text import escape, join

CLOCK_SKEW = timedelta(seconds=10)  # between this machine and the tenant


def rivals_of(client: ManagementClient, observed: Api, written: Permissions, since: datetime) -> tuple[str, ...]:
    """Return a sentence on each write that came in between, as far as the newest page of the log has them.

    Args:
        client: the Management API client.
        observed: the API as the last read brought it.
        written: what was written then.
        since: when that read was sent.
    """
    if Scope.READ_LOGS not in (client.granted_scopes() or ()):
        return ()
    try:
        entries = client.newest_log_entries()
    except ManagementApiError as error:
        return (f"whether somebody wrote at the same moment could not be looked up in the tenant's log: {error}",)
    found: list[str] = []
    for entry in reversed(entries):
        try:
            match entry:
                case {
                    "type": "sapi",
                    "date": str(date),
                    "details": {"request": {"path": str(path), "body": dict(body)}},
                }:
                    when, scopes = datetime.fromisoformat(date).astimezone(UTC), permissions_of(body["scopes"])
                case _:
                    continue
        except (KeyError, ValueError, OverflowError):
            continue  # a write of something else
        name = unquote(path.rstrip("/").rpartition("/resource-servers/")[2])
        if when < since - CLOCK_SKEW or name not in (observed.id, observed.identifier):
            continue
        if scopes == observed.permissions:
            found.clear()  # it led to what was read, so whatever came before it was seen
        elif scopes != written:
            found.append(_sentence(_author(entry), when, scopes, written))
    return tuple(found)


def _author(entry: Mapping[str, object]) -> str:
    match entry:
        case {"details": {"request": {"auth": {"user": dict(user)}}}}:
            names = [entry.get("user_name"), user.get("name"), user.get("email"), entry.get("client_id")]
        case _:
            names = [entry.get("user_name"), entry.get("client_id")]
    return next((name for name in names if isinstance(name, str) and name), "somebody")


def _sentence(who: str, when: datetime, theirs: Permissions, ours: Permissions) -> str:
    lost = [value for value in theirs if value not in ours]
    gone = [value for value in ours if value not in theirs]
    facts = [f"{what} {join(values)}" for what, values in (("included", lost), ("lacked", gone)) if values]
    return (
        f"{escape(who)} wrote to this API at {when:%H:%M:%S} UTC, at the same moment as this operation, and one of the "
        f"two lists overwrote the other; theirs {' and '.join(facts) or 'described a permission differently'}. "
        "Run `pulumi preview` to see what is there now, and talk to them."
    )
