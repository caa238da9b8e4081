"""Who holds the permissions of an API: roles and client grants, looked up through the Management API.

There is no look-up from a permission to its holders: every role has to be asked for all that it holds. One pass over
the roles therefore serves all APIs of a run. What cannot be read is reported, never guessed and never raised: the
caller decides whether that is in the way.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import Forbidden, ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.parsing import ClientGrant, HeldPermission, Role
from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Impact

MAX_APPLICATIONS_NAMED = 50  # a name is a request; messages list fewer, and the rest have their client id
ALL_APPLICATIONS = sys.maxsize  # for what is kept
PROGRESS_INTERVAL_S = 1.0
_MAX_NOTED_BYTES = 256 << 20  # what roles hold: a million permissions or more
_NOTE_BYTES = 100  # that an entry takes besides its names


class HolderLookup:
    """Looks up holders in one tenant and remembers them for as long as the process lives.

    Threads that ask together share the requests: the roles are read once, the grants once for each API.

    Args:
        client: the Management API client.
        on_progress: called with how far a long look-up is, about once a second.
        max_applications_named: applications whose names are asked for in one look-up, a request each.
    """

    def __init__(
        self,
        client: ManagementClient,
        *,
        on_progress: Callable[[str], None] | None = None,
        max_applications_named: int = MAX_APPLICATIONS_NAMED,
    ) -> None:
        self._client = client
        self._on_progress = on_progress
        self._max_applications_named = max_applications_named
        self._reading = threading.Lock()
        self._reported_at_s = 0.0
        self._roles: _Roles | None = None
        self._grants: dict[str, _Grants] = {}

    def look_up(self, api: Api, values: Collection[str] | None = None) -> Impact:
        """Return who holds permissions of one API.

        Args:
            api: the API as observed.
            values: the permissions in question, in the order to answer in; ``None`` for all that anybody holds:
                the API's in its order, then what is held though the API no longer has it.
        """
        with self._reading:
            self._reported_at_s = time.monotonic()
            grants = self._grants_of(api.identifier)
            roles = self._roles_of_tenant()
            by_role = roles.by_api.get(api.identifier, {})
            if values is None:
                held = {*by_role, *grants.by_value}
                of_api = [value for value in api.permissions if value in held]
                values = of_api + sorted(held.difference(of_api))
            naming = [grant for value in values for grant in grants.by_value.get(value, ())]
            named = self._named({grant.id: grant for grant in (*grants.of_everything, *naming)}.values())
        holders: dict[str, tuple[Holder, ...]] = {}
        for value in values:
            of_grants = [named[grant.id] for grant in grants.by_value.get(value, ())]
            if found := (*_by_name(by_role.get(value, ())), *_by_name(of_grants)):
                holders[value] = found
        return Impact(
            holders=holders,
            all_scope_grants=_by_name(named[grant.id] for grant in grants.of_everything),
            unknown=(*roles.unknown, *grants.unknown),
            token_lifetime_s=api.token_lifetime_s,
        )

    def _roles_of_tenant(self) -> _Roles:
        if self._roles is None:
            self._roles = self._read_roles()
        return self._roles

    def _read_roles(self) -> _Roles:
        found = _Roles()
        roles: list[Role] = []
        looked_at = 0

        def how_far() -> str:
            return f"; {looked_at} of {len(roles)} were looked at" if roles else ""

        with _noting_failures(found.unknown, "roles", how_far):
            roles += self._client.roles()
            for role in roles:
                self._report(f"looking for holders: role {looked_at + 1} of {len(roles)}")
                with suppress(NotFound):  # deleted since the list was read: it holds nothing any more
                    found.add(role, self._client.role_permissions(role.id))
                looked_at += 1
        return found

    def _grants_of(self, audience: str) -> _Grants:
        if audience not in self._grants:
            found = _Grants()
            with _noting_failures(found.unknown, "client grants"):
                for grant in self._client.client_grants(audience):
                    if grant.allow_all_scopes:
                        found.of_everything.append(grant)
                    else:
                        for value in dict.fromkeys(grant.scope):
                            found.by_value.setdefault(value, []).append(grant)
            self._grants[audience] = found
        return self._grants[audience]

    def _named(self, grants: Collection[ClientGrant]) -> dict[str, Holder]:
        """Return each grant as a holder, by its id; asks for as many names of applications as are allowed."""
        names: dict[str, str | None] = {}
        for grant in grants:
            client_id = grant.client_id
            if client_id is not None and client_id not in names and len(names) < self._max_applications_named:
                self._report(f"looking for holders: name of application {len(names) + 1}")
                try:
                    names[client_id] = self._client.application_name(client_id)
                except ManagementApiError:
                    names[client_id] = None  # a name is a courtesy: its client id will do
        return {grant.id: Holder(HolderKind.CLIENT_GRANT, grant.id, _called(grant, names)) for grant in grants}

    def _report(self, message: str) -> None:
        """Pass a message on: the first after a second, then about one a second."""
        now_s = time.monotonic()
        if self._on_progress is not None and now_s - self._reported_at_s >= PROGRESS_INTERVAL_S:
            self._reported_at_s = now_s
            self._on_progress(message)


@dataclass(slots=True)
class _Roles:
    """What the pass over the roles brought: identifier → value → roles, and what it could not."""

    by_api: dict[str, dict[str, list[Holder]]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    noted_bytes: int = 0

    def add(self, role: Role, held: Iterable[HeldPermission]) -> None:
        """Note what one role holds.

        Raises:
            ManagementApiError: the tenant's roles hold more than fits into memory.
        """
        holder = Holder(HolderKind.ROLE, role.id, role.name)
        for permission in held:
            self.noted_bytes += _NOTE_BYTES + len(permission.identifier) + len(permission.value)
            if self.noted_bytes > _MAX_NOTED_BYTES:
                raise ManagementApiError(
                    f"the roles hold more than fits into {_MAX_NOTED_BYTES >> 20} MiB",
                    "Check that auth0:domain names an Auth0 tenant.",
                )
            self.by_api.setdefault(permission.identifier, {}).setdefault(permission.value, []).append(holder)


@dataclass(frozen=True, slots=True)
class _Grants:
    """The grants for one API: of all that it has, and by value; and what could not be read."""

    of_everything: list[ClientGrant] = field(default_factory=list)
    by_value: dict[str, list[ClientGrant]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


@contextmanager
def _noting_failures(unknown: list[str], what: str, how_far: Callable[[], str] = str) -> Iterator[None]:
    """Turn a failure into a phrase on what is not known."""
    try:
        yield
    except Forbidden as error:
        scopes = " or ".join(error.missing_scopes)
        unknown.append(f"{what} could not be read, since the token lacks {scopes}{how_far()}")
    except ManagementApiError as error:
        unknown.append(f"{what} could not be read{how_far()}: {str(error).rstrip('.')}")


def _called(grant: ClientGrant, names: dict[str, str | None]) -> str:
    if grant.client_id is not None:
        return names.get(grant.client_id) or grant.client_id
    return f"default for {grant.default_for or 'applications without one'}"


def _by_name(holders: Iterable[Holder]) -> tuple[Holder, ...]:
    return tuple(sorted(holders, key=lambda holder: (holder.name, holder.id)))
