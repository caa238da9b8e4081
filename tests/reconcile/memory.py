"""A Management API in memory that behaves as the service does: whole-list writes, no versions, lost answers.

It knows APIs, roles and client grants, keeps a journal of what was asked of it, and can be told to fail before or
after a write, to let a rival write in between, or to cut a run short at any request.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import (
    InvalidRequest,
    ManagementApiError,
    NotFound,
    RateLimited,
)
from pulumi_auth0_permissions.auth0.parsing import ClientGrant, HeldPermission, Role
from pulumi_auth0_permissions.core.model import MAX_PERMISSIONS_PER_API, Api, Permissions

API_ID = "69a0f1b2c3d4e5f601234567"
IDENTIFIER = "https://orders.example.com"


def an_api(*permissions: tuple[str, str], is_system: bool = False) -> Api:
    """Return an API that holds these permissions."""
    return Api(API_ID, IDENTIFIER, "Orders", is_system, 86400, dict(permissions))


def unreachable() -> ManagementApiError:
    """Return the error of a request that got no answer."""
    return ManagementApiError("no answer", "Look at the network.", request="GET", is_transient=True)


class CutShort(BaseException):
    """The process is gone at this request; nothing in it may catch that."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one write instead of a plain answer.

    Attributes:
        error: what the caller is told.
        is_done: whether the write was carried out all the same.
    """

    error: ManagementApiError
    is_done: bool = False

    @classmethod
    def lost(cls, *, is_done: bool) -> Fault:
        """The answer to the write is lost, before or after it was carried out."""
        error = ManagementApiError(
            "the answer was lost", "Look.", request="PATCH", nothing_was_written=False, is_transient=True
        )
        return cls(error, is_done)

    @classmethod
    def rate_limited(cls, retry_after_s: float | None = None) -> Fault:
        """The write is refused, since there were too many requests."""
        return cls(
            RateLimited(retry_after_s=retry_after_s, request="PATCH", what="too many requests", next_action="Wait.")
        )


class MemoryManagement:
    """Everything that reconciling, moving access and looking up holders ask of a Management API client.

    Args:
        api: the API that the tenant has.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self.role_names = {"rol_1": "Clerks", "rol_2": "Managers"}
        self.roles_hold: dict[str, list[HeldPermission]] = {role: [] for role in self.role_names}
        self.grants: dict[str, ClientGrant] = {}
        self.journal: list[str] = []
        self.write_faults: list[Fault | None] = []
        self.read_faults: list[ManagementApiError | None] = []
        self.before_write: list[Callable[[], None]] = []
        self.answer: Callable[[Api], Api] = lambda api: api
        self.requests_left: int | None = None
        self.scopes: frozenset[str] | None = None
        self.log: list[dict[str, Any]] = []  # newest first
        self.pauses: list[float] = []

    # What the tests set up and look at.

    @property
    def client(self) -> ManagementClient:
        """What takes the place of a client of a real tenant."""
        return cast("ManagementClient", self)

    @property
    def values(self) -> tuple[str, ...]:
        """The values on the API, in its order."""
        return tuple(self.api.permissions)

    def rival(self, *permissions: tuple[str, str]) -> None:
        """Let somebody else replace the API's list."""
        self.api = dataclasses.replace(self.api, permissions=dict(permissions))

    def give(self, holder: str, *values: str) -> None:
        """Let a role (``rol_…``) or a client grant (``cgr_…``) hold permissions."""
        if holder.startswith("rol_"):
            self.roles_hold[holder] += [HeldPermission(value, self.api.identifier) for value in values]
        else:
            self.grants[holder] = ClientGrant(holder, "client", self.api.identifier, values, False, None)  # noqa: FBT003 - the service's own field

    def held_by(self, holder: str) -> list[str]:
        """Return what a role or client grant holds."""
        if holder.startswith("rol_"):
            return sorted(held.value for held in self.roles_hold[holder])
        return list(self.grants[holder].scope)

    def asked(self, kind: str) -> list[str]:
        """Return the journal's entries that begin with the word."""
        return [entry for entry in self.journal if entry.split(" ")[0] == kind]

    # What the reconciler asks.

    def get_api(self, api: str) -> Api:
        """Return the API of that identifier or id."""
        with self._request("GET api"):
            if self.read_faults and (error := self.read_faults.pop(0)):
                raise error
            if api not in (self.api.id, self.api.identifier):
                raise NotFound(request="GET", what="there is no such API", next_action="Make one.")
            return self.api

    def replace_permissions(self, api_id: str, permissions: Permissions) -> Api:
        """Replace the whole list, whoever wrote the old one."""
        with self._request(f"PATCH {','.join(permissions)}"):
            if self.before_write:
                self.before_write.pop(0)()
            fault = self.write_faults.pop(0) if self.write_faults else None
            if fault is None or fault.is_done:
                if self.api.is_system or len(permissions) > MAX_PERMISSIONS_PER_API:
                    raise InvalidRequest(request="PATCH", what="not like that", next_action="Stop.")
                assert api_id == self.api.id
                self.api = dataclasses.replace(self.api, permissions=permissions)
            if fault is not None:
                raise fault.error
            return self.answer(self.api)

    def granted_scopes(self, needed: Collection[str] = ()) -> frozenset[str] | None:  # noqa: ARG002 - the client's
        """Return the token's scopes, which a token does not always say."""
        return self.scopes

    @contextmanager
    def reserve(self, requests: int) -> Iterator[None]:
        """Note that room for that many requests is held."""
        self.journal.append(f"reserve {requests}")
        yield
        self.journal.append("release")

    def pause(self, seconds: float) -> None:
        """Note a pause."""
        self.pauses.append(seconds)

    def newest_log_entries(self) -> tuple[dict[str, Any], ...]:
        """Return the newest page of the tenant's log."""
        with self._request("GET logs"):
            return tuple(self.log)

    # What the look-up of holders and the moving of access ask.

    def roles(self) -> list[Role]:
        """Return all roles."""
        with self._request("GET roles"):
            return [Role(role, name) for role, name in self.role_names.items()]

    def role_permissions(self, role_id: str) -> list[HeldPermission]:
        """Return what a role holds."""
        with self._request(f"GET {role_id}"):
            return list(self.roles_hold[role_id])

    def client_grants(self, audience: str) -> list[ClientGrant]:
        """Return the grants for the API."""
        with self._request("GET grants"):
            return [grant for grant in self.grants.values() if grant.audience == audience]

    def application_name(self, client_id: str) -> str | None:
        """Return an application's name."""
        return client_id.capitalize()

    def get_client_grant(self, grant_id: str) -> ClientGrant:
        """Return a client grant."""
        with self._request(f"GET {grant_id}"):
            return self.grants[grant_id]

    def replace_grant_scope(self, grant_id: str, scope: Sequence[str]) -> ClientGrant:
        """Replace a grant's whole list."""
        with self._request(f"PATCH {grant_id}={','.join(scope)}"):
            self.grants[grant_id] = dataclasses.replace(self.grants[grant_id], scope=tuple(scope))
            return self.grants[grant_id]

    def add_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Give permissions that the API has to a role."""
        with self._request(f"POST {role_id}+{','.join(values)}"):
            assert set(values) <= set(self.values)
            held = self.roles_hold[role_id]
            held += [one for value in values if (one := HeldPermission(value, identifier)) not in held]

    def remove_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Take permissions from a role."""
        with self._request(f"DELETE {role_id}-{','.join(values)}"):
            gone = {HeldPermission(value, identifier) for value in values}
            self.roles_hold[role_id] = [held for held in self.roles_hold[role_id] if held not in gone]

    @contextmanager
    def _request(self, entry: str) -> Iterator[None]:
        """Note a request; where the run is to be cut short here, carry it out and let nobody see the answer."""
        if self.requests_left is not None:
            self.requests_left -= 1
        self.journal.append(entry)
        try:
            yield
        finally:
            if self.requests_left == 0:
                raise CutShort
