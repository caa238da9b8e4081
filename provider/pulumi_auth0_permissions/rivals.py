"""Look into the tenant's log for a rival's write in the moment between our last read and our write.

The Management API has no version to compare (no ETag), so such a write cannot be prevented, nor seen in the answer.
A tenant's log lists the writes; it fills with a delay, so an empty log proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import unquote

from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.models import Api, ApiWrite
from pulumi_auth0_permissions.core.permissions import Permission, PermissionSet
from pulumi_auth0_permissions.core.wording import listed, shown

__all__ = ["READ_LOGS", "LogPort", "RivalWatch", "Window"]

READ_LOGS = "read:logs"  # the scope; without it nobody looks
CLOCK_SKEW = timedelta(seconds=10)  # between this machine and the tenant, that the look back allows for


class LogPort(Protocol):
    """What the watch needs of a Management API client."""

    def granted_scopes(self) -> frozenset[str] | None:
        """Return the token's scopes, or ``None`` where it does not say."""

    def recent_api_writes(self, since: datetime) -> Sequence[ApiWrite]:
        """Return the successful writes that the log tells of, from a moment on."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a rival's write went unseen.

    Attributes:
        opened: just before the last read was sent.
        observed: what that read brought.
        written: what was written then.
    """

    opened: datetime
    observed: PermissionSet
    written: PermissionSet


class RivalWatch:
    """Looks for rivals' writes, where the token may read the log.

    Args:
        management: the Management API.
    """

    def __init__(self, management: LogPort) -> None:
        self._management = management

    def look(self, api: Api, window: Window) -> tuple[str, ...]:
        """Return what is to be said of writes to the API inside the window, a sentence each; mostly none."""
        granted = self._management.granted_scopes()
        if granted is None or READ_LOGS not in granted:
            return ()
        try:
            writes = self._management.recent_api_writes(window.opened - CLOCK_SKEW)
        except ManagementApiError as error:
            return (f"whether somebody wrote at the same moment could not be looked up in the tenant's log: {error}",)
        return tuple(_sentence(write, window) for write in _rivals(api, writes, window))


def _rivals(api: Api, writes: Sequence[ApiWrite], window: Window) -> list[ApiWrite]:
    """Return the writes that neither led to what was read nor are ours, in time order."""
    found: list[ApiWrite] = []
    for write in sorted(writes, key=lambda entry: entry.date):
        scopes = _scopes(write)
        if scopes is None or not _is_of(api, write):
            continue
        if scopes == window.observed:
            found.clear()  # it led to what was read: whatever came before it was seen
        elif scopes != window.written:
            found.append(write)
    return found


def _is_of(api: Api, write: ApiWrite) -> bool:
    name = write.path.rstrip("/").rpartition("/resource-servers/")[2]
    return write.method == "PATCH" and (unquote(name) in (api.id, api.identifier))


def _scopes(write: ApiWrite) -> PermissionSet | None:
    entries = (write.body or {}).get("scopes")
    if not isinstance(entries, list):
        return None
    try:
        return PermissionSet(
            Permission(str(entry["value"]), entry.get("description")) for entry in entries if isinstance(entry, Mapping)
        )
    except (KeyError, ValueError):
        return None


def _sentence(write: ApiWrite, window: Window) -> str:
    who = shown(write.user or write.client_id or "somebody")
    scopes = _scopes(write) or PermissionSet()
    lost = [value for value in scopes.values() if value not in window.written]
    gone = [value for value in window.written.values() if value not in scopes]
    facts = [f"{what} {listed(values)}" for what, values in (("had", lost), ("had not", gone)) if values]
    return (
        f"{who} wrote to this API at {write.date:%H:%M:%S} UTC, at the same moment as this operation, and one of the "
        f"two lists overwrote the other; theirs {' and '.join(facts) or 'described a permission differently'}. "
        "Run `pulumi preview` to see what is there now, and talk to them."
    )
