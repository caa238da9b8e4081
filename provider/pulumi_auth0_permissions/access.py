"""Move access in the tenant: take permissions from roles and client grants, or hand them over under a new name.

Every step starts from what is there and does what is still missing, so that a run that was cut short is finished by
the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

from pulumi_auth0_permissions.auth0.errors import InvalidRequest, ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.models import Api, ClientGrant, HeldPermission
from pulumi_auth0_permissions.core.errors import VerificationFailed
from pulumi_auth0_permissions.core.holders import Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.wording import listed, shown
from pulumi_auth0_permissions.turns import Lock, PacePort, no_lock, turn

__all__ = ["Access", "AccessPort"]

MAX_ATTEMPTS = 4  # reads of a grant, each followed by at most one write
FIRST_PAUSE_S = 0.5  # after a lost answer; doubled each time


class AccessPort(PacePort, Protocol):
    """What moving access needs of a Management API client."""

    def get_client_grant(self, grant_id: str) -> ClientGrant:
        """Return a client grant."""

    def replace_grant_scope(self, grant_id: str, scope: Sequence[str]) -> ClientGrant:
        """Write a grant's whole list, once, and return what was answered."""

    def role_permissions(self, role_id: str) -> Iterable[HeldPermission]:
        """Return what a role holds."""

    def add_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Give permissions to a role; those that it holds do no harm."""

    def remove_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Take permissions from a role; those that it does not hold do no harm."""


class Access:
    """Moves access to the permissions of APIs.

    Args:
        management: the Management API.
        lock: held from a grant's read to its write.
        sleep: pauses for seconds.
    """

    def __init__(
        self, management: AccessPort, *, lock: Lock = no_lock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._management = management
        self._lock = lock
        self._sleep = sleep

    def revoke(self, api: Api, impact: Impact, values: Collection[str]) -> tuple[Holder, ...]:
        """Take permissions from every role and client grant that names them; return whom they were taken from.

        Grants with ``allow_all_scopes`` name nothing: they follow the API's list.

        Args:
            api: the API.
            impact: who holds what.
            values: the permissions to take.

        Raises:
            ManagementApiError: a role or grant could not be changed; those before it were.
        """
        touched = []
        for holder, held in _by_holder(impact, values).items():
            if holder.kind is HolderKind.ROLE:
                _unless_gone(partial(self._management.remove_role_permissions, holder.id, api.identifier, held))
            else:
                self._edit_grant(api, holder, partial(_without, held))
            touched.append(holder)
        return tuple(touched)

    def hand_over(self, api: Api, impact: Impact, renames: Mapping[str, str]) -> tuple[Holder, ...]:
        """Give the new permission to every role and client grant that names the old one, and look that they have it.

        Args:
            api: the API; it has the new permissions by now.
            impact: who holds what.
            renames: old value → new value.

        Raises:
            ManagementApiError: a role or grant could not be changed; those before it were.
            VerificationFailed: a role does not hold what it was given.
        """
        touched = []
        for holder, held in _by_holder(impact, renames).items():
            wanted = [renames[value] for value in held]
            if holder.kind is HolderKind.ROLE:
                _unless_gone(partial(self._give_to_role, holder, api.identifier, wanted))
            else:
                self._edit_grant(api, holder, partial(_with, wanted))
            touched.append(holder)
        return tuple(touched)

    def _give_to_role(self, role: Holder, identifier: str, values: Sequence[str]) -> None:
        self._management.add_role_permissions(role.id, identifier, values)
        held = {p.value for p in self._management.role_permissions(role.id) if p.identifier == identifier}
        missing = [value for value in values if value not in held]
        if missing:
            raise VerificationFailed(
                f"role {shown(role.name)} ({role.id}) was given {listed(missing)} and does not hold it. Nothing was "
                "deleted. Look at the role in the dashboard, then run `pulumi up` again."
            )

    def _edit_grant(self, api: Api, holder: Holder, edit: Callable[[Sequence[str]], list[str]]) -> None:
        """Bring a grant's list to what ``edit`` makes of it: read, write, and where the answer is lost, look again."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            scope: Sequence[str] = ()  # what was read, once it was
            try:
                with turn(self._management, self._lock, f"grant {holder.id}"):
                    try:
                        scope = self._management.get_client_grant(holder.id).scope
                    except NotFound:
                        return  # the grant was deleted meanwhile, and its access with it
                    target = edit(scope)
                    if target == list(scope):
                        return
                    answer = self._management.replace_grant_scope(holder.id, target)
            except InvalidRequest as error:
                dead = [value for value in scope if value not in api.permissions]
                if not dead:
                    raise
                raise _told_why(error, holder, dead) from error
            except ManagementApiError as error:
                if not error.worth_another_try or attempt == MAX_ATTEMPTS:
                    raise
                self._sleep(getattr(error, "retry_after_s", None) or FIRST_PAUSE_S * 2 ** (attempt - 1))
                continue
            if set(answer.scope) != set(target):
                raise VerificationFailed(
                    f"client grant {shown(holder.name)} ({holder.id}) answered the write with other permissions than "
                    "were sent. Nothing was deleted. Look at the grant in the dashboard, then run `pulumi up` again."
                )
            return


def _told_why(error: InvalidRequest, holder: Holder, dead: Sequence[str]) -> InvalidRequest:
    """Return the refusal of a grant's list with what is behind it: Auth0 takes no list that names a dead value.

    That may come alive again with its permission, so that it is not ours to take out.
    """
    it = "it" if len(dead) == 1 else "them"
    return InvalidRequest(
        request=error.request,
        what=f"client grant {shown(holder.name)} names {listed(dead)}, which the API has not: {error.what}",
        next_action=f"Take {it} out of the grant, or add {it} to the API, then run `pulumi up` again.",
        status=error.status,
        error=error.error,
        error_code=error.error_code,
        message=error.message,
    )


def _unless_gone(change_role: Callable[[], None]) -> None:
    try:
        change_role()
    except NotFound:
        return  # the role was deleted meanwhile, and its access with it


def _with(new: Sequence[str], scope: Sequence[str]) -> list[str]:
    return [*scope, *(value for value in new if value not in scope)]


def _without(gone: Collection[str], scope: Sequence[str]) -> list[str]:
    return [value for value in scope if value not in gone]


def _by_holder(impact: Impact, values: Collection[str]) -> dict[Holder, list[str]]:
    """Return who holds which of the values, so that each holder is written once."""
    held: dict[Holder, list[str]] = {}
    for value in values:
        for holder in impact.holders_of(value):
            held.setdefault(holder, []).append(value)
    return held
