"""Who holds the permissions of an API: roles and client grants, looked up through the Management API.

There is no look-up from a permission to its holders: every role has to be asked for all that it holds. One pass over
the roles therefore serves all APIs of a run. What cannot be read is reported, never guessed and never raised: the
caller decides whether that stops anything.
"""

import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import cache

from pulumi_auth0_permissions.auth0.client import ClientGrant, ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Impact

MAX_APPLICATIONS_NAMED = 50  # a name costs a request; messages list fewer, and the rest go by their client id
ALL_APPLICATIONS = sys.maxsize  # for the output of commands, which is complete
PROGRESS_INTERVAL_S = 1.0
_MAX_NOTED_BYTES = 256 << 20  # of memory, for what roles hold: a million permissions or more
_NOTE_BYTES = 100  # what one entry takes besides its names


class HolderLookup:
    """Looks up holders in one tenant and remembers them for as long as the process lives.

    Threads that ask together share the requests: the roles are read once, the grants once for each API.

    During a long look-up, ``on_progress`` is called about once a second with how far it is. At most
    ``max_applications_named`` names of applications are requested, one by one; none after the first failure.
    """

    def __init__(
        self,
        client: ManagementClient,
        *,
        on_progress: Callable[[str], None] = lambda _message: None,
        max_applications_named: int = MAX_APPLICATIONS_NAMED,
    ) -> None:
        self._client = client
        self._on_progress = on_progress
        self._max_applications_named = max_applications_named
        self._reading = threading.Lock()
        self._reported_at_s = 0.0
        self._roles = cache(self._read_roles)
        self._grants_of = cache(self._read_grants)
        self._names: dict[str, str | None] = {}  # of applications, by client id

    def look_up(self, api: Api, values: Collection[str] | None = None) -> Impact:
        """Return who holds these permissions of one API, in their order.

        ``None`` is for all that anybody holds: the API's in its order, then what is held though it no longer has it.
        """
        with self._reading:
            self._reported_at_s = time.monotonic()
            grants, unknown_grants = self._grants_of(api.identifier)
            by_api, unknown_roles = self._roles()
            roles = by_api.get(api.identifier, {})
            naming: dict[str, list[ClientGrant]] = {}  # by value
            for grant in grants:
                for value in dict.fromkeys(() if grant.allow_all_scopes else grant.scope):
                    naming.setdefault(value, []).append(grant)
            if values is None:
                values = [*api.permissions, *sorted({*roles, *naming} - api.permissions.keys())]
            of_everything = self._named(grant for grant in grants if grant.allow_all_scopes)
            holders = {
                value: (*_by_name(roles.get(value, ())), *self._named(naming.get(value, ()))) for value in values
            }
        return Impact(
            holders={value: found for value, found in holders.items() if found},
            all_scope_grants=of_everything,
            unknown=tuple(filter(None, (unknown_roles, unknown_grants))),
            token_lifetime_s=api.token_lifetime_s,
        )

    def _read_roles(self) -> tuple[dict[str, dict[str, list[Holder]]], str]:
        """Return who holds what, by identifier and value, and why that is incomplete; ``""`` if it is complete."""
        found: dict[str, dict[str, list[Holder]]] = {}
        how_far, noted_bytes = "", 0
        try:
            roles = list(self._client.roles())
            for number, role in enumerate(roles):
                how_far = f"; {number} of {len(roles)} were read"
                if noted_bytes > _MAX_NOTED_BYTES:
                    return found, f"roles hold more than fits into {_MAX_NOTED_BYTES >> 20} MiB{how_far}"
                self._report(f"looking for holders: role {number + 1} of {len(roles)}")
                with suppress(NotFound):  # deleted since the list was read: it holds nothing any more
                    for identifier, value in self._client.role_permissions(role.id):
                        noted_bytes += _NOTE_BYTES + len(identifier) + len(value)
                        found.setdefault(identifier, {}).setdefault(value, []).append(role)
        except ManagementApiError as error:
            return found, _why_unknown(f"roles could not be read{how_far}", error)
        return found, ""

    def _read_grants(self, audience: str) -> tuple[list[ClientGrant], str]:
        """Return the client grants of an API, and why they are incomplete; ``""`` if they are complete."""
        found: list[ClientGrant] = []
        try:
            found += self._client.client_grants(audience)
        except ManagementApiError as error:
            return found, _why_unknown("client grants could not be read", error)
        return found, ""

    def _named(self, grants: Iterable[ClientGrant]) -> tuple[Holder, ...]:
        """Return grants as holders, with the names of their applications as far as these may be requested."""
        found = []
        for grant in grants:
            client_id = grant.client_id
            name = f"default for {grant.default_for or 'applications without one'}"
            if client_id is not None:
                if client_id not in self._names and len(self._names) < self._max_applications_named:
                    self._report(f"looking for holders: name of application {len(self._names) + 1}")
                    try:
                        self._names[client_id] = self._client.application_name(client_id)
                    except ManagementApiError:
                        self._max_applications_named = 0  # a name is a courtesy: from here on, client ids will do
                name = self._names.get(client_id) or client_id
            found.append(Holder(HolderKind.CLIENT_GRANT, grant.id, name))
        return _by_name(found)

    def _report(self, message: str) -> None:
        """Pass a message on: the first after a second, then about one a second."""
        now_s = time.monotonic()
        if now_s - self._reported_at_s >= PROGRESS_INTERVAL_S:
            self._reported_at_s = now_s
            self._on_progress(message)


def _why_unknown(what: str, error: ManagementApiError) -> str:
    return f"{what}, since {error.what}" if error.status == 403 else f"{what}: {str(error).rstrip('.')}"


def _by_name(holders: Iterable[Holder]) -> tuple[Holder, ...]:
    return tuple(sorted(holders, key=lambda holder: (holder.name, holder.id)))
