"""Who holds the permissions of an API: roles and client grants, looked up through the Management API.

There is no look-up from a permission to its holders: every role has to be asked for all that it holds. One pass over
the roles therefore serves all APIs of a run. What cannot be read is reported, never guessed and never raised: the
caller decides whether that is in the way.
"""

import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.parsing import ClientGrant
from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Impact

MAX_APPLICATIONS_NAMED = 50  # a name is a request; messages list fewer, and the rest have their client id
ALL_APPLICATIONS = sys.maxsize  # for what is kept
PROGRESS_INTERVAL_S = 1.0
_MAX_NOTED_BYTES = 256 << 20  # what roles hold: a million permissions or more
_NOTE_BYTES = 100  # that an entry takes besides its names

_ByApi = dict[str, dict[str, list[Holder]]]  # identifier → value → roles


class HolderLookup:
    """Looks up holders in one tenant and remembers them for as long as the process lives.

    Threads that ask together share the requests: the roles are read once, the grants once for each API.

    Of a long look-up ``on_progress`` hears about once a second how far it is. No more than ``max_applications_named``
    names are asked for, a request each; none after a failure.
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
        self._roles: tuple[_ByApi, Sequence[str]] | None = None  # and why they are not all known
        self._grants: dict[str, tuple[Sequence[ClientGrant], Sequence[str]]] = {}  # by identifier; the same
        self._names: dict[str, str | None] = {}  # of applications, by client id

    def look_up(self, api: Api, values: Collection[str] | None = None) -> Impact:
        """Return who holds these permissions of one API, in their order.

        ``None`` is for all that anybody holds: the API's in its order, then what is held though it no longer has it.
        """
        with self._reading:
            self._reported_at_s = time.monotonic()
            grants, unknown_grants = self._grants_of(api.identifier)
            by_api, unknown_roles = self._roles_of_tenant()
            roles = by_api.get(api.identifier, {})
            naming: dict[str, list[ClientGrant]] = {}  # by value
            for grant in grants:
                for value in dict.fromkeys(() if grant.allow_all_scopes else grant.scope):
                    naming.setdefault(value, []).append(grant)
            if values is None:
                held = {*roles, *naming}
                of_api = [value for value in api.permissions if value in held]
                values = of_api + sorted(held.difference(of_api))
            of_everything = self._named(grant for grant in grants if grant.allow_all_scopes)
            holders = {v: (*_by_name(roles.get(v, ())), *self._named(naming.get(v, ()))) for v in values}
        return Impact(
            holders={value: found for value, found in holders.items() if found},
            all_scope_grants=of_everything,
            unknown=(*unknown_roles, *unknown_grants),
            token_lifetime_s=api.token_lifetime_s,
        )

    def _roles_of_tenant(self) -> tuple[_ByApi, Sequence[str]]:
        """Return what the roles hold, and why that is not all."""
        if self._roles is not None:
            return self._roles
        found: _ByApi = {}
        unknown: list[str] = []
        roles: list[Holder] = []
        looked_at = noted_bytes = 0
        try:
            roles += self._client.roles()
            for looked_at, role in enumerate(roles):
                if noted_bytes > _MAX_NOTED_BYTES:
                    how_far = f"{looked_at} of {len(roles)} were read"
                    unknown.append(f"roles hold more than fits into {_MAX_NOTED_BYTES >> 20} MiB; {how_far}")
                    break
                self._report(f"looking for holders: role {looked_at + 1} of {len(roles)}")
                with suppress(NotFound):  # deleted since the list was read: it holds nothing any more
                    for identifier, value in self._client.role_permissions(role.id):
                        noted_bytes += _NOTE_BYTES + len(identifier) + len(value)
                        found.setdefault(identifier, {}).setdefault(value, []).append(role)
        except ManagementApiError as error:
            how_far = f"; {looked_at} of {len(roles)} were read" if roles else ""
            unknown.append(_why_unknown(f"roles could not be read{how_far}", error))
        self._roles = found, unknown
        return self._roles

    def _grants_of(self, audience: str) -> tuple[Sequence[ClientGrant], Sequence[str]]:
        """Return the client grants of an API, and why these are not all."""
        if audience not in self._grants:
            found: list[ClientGrant] = []
            unknown: list[str] = []
            try:
                found += self._client.client_grants(audience)
            except ManagementApiError as error:
                unknown.append(_why_unknown("client grants could not be read", error))
            self._grants[audience] = found, unknown
        return self._grants[audience]

    def _named(self, grants: Iterable[ClientGrant]) -> tuple[Holder, ...]:
        """Return grants as holders, by the names of their applications, as long as these may be asked for."""
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
    if error.status == 403:
        return f"{what}, since {error.what}"
    return f"{what}: {str(error).rstrip('.')}"


def _by_name(holders: Iterable[Holder]) -> tuple[Holder, ...]:
    return tuple(sorted(holders, key=lambda holder: (holder.name, holder.id)))
