"""Move access: take permissions from roles and client grants, or hand them over under a new name.

Every step starts from what is there and does what is still missing, so that a run that was cut short is finished by
the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import InvalidRequest, NotFound
from pulumi_auth0_permissions.auth0.parsing import ClientGrant
from pulumi_auth0_permissions.core.errors import VerificationFailed
from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.turns import Turns


class Grants:
    """Moves access to the permissions of APIs.

    Args:
        client: the Management API client.
        turns: replaces a grant's list.
    """

    def __init__(self, client: ManagementClient, turns: Turns) -> None:
        self._client = client
        self._turns = turns

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
            with suppress(NotFound):  # deleted meanwhile, and its access with it
                if holder.kind is HolderKind.ROLE:
                    self._client.remove_role_permissions(holder.id, api.identifier, held)
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
            with suppress(NotFound):  # deleted meanwhile, and its access with it
                if holder.kind is HolderKind.ROLE:
                    self._give_to_role(holder, api.identifier, wanted)
                else:
                    self._edit_grant(api, holder, partial(_with, wanted))
            touched.append(holder)
        return tuple(touched)

    def _give_to_role(self, role: Holder, identifier: str, values: Sequence[str]) -> None:
        self._client.add_role_permissions(role.id, identifier, values)
        held = {p.value for p in self._client.role_permissions(role.id) if p.identifier == identifier}
        missing = [value for value in values if value not in held]
        if missing:
            raise VerificationFailed(
                f"role {escape(role.name)} ({role.id}) was given {join(missing)} and does not hold it. Nothing was "
                "deleted. Look at the role in the dashboard, then run `pulumi up` again."
            )

    def _edit_grant(self, api: Api, holder: Holder, edit: Callable[[Sequence[str]], list[str]]) -> None:
        """Bring a grant's list to what ``edit`` makes of it."""

        def decide(grant: ClientGrant, _may_be_done: bool) -> list[str] | None:  # noqa: FBT001 - as settle has it
            target = edit(grant.scope)
            return None if target == list(grant.scope) else target

        def write(grant: ClientGrant, target: list[str]) -> ClientGrant:
            try:
                answer = self._client.replace_grant_scope(grant.id, target)
            except InvalidRequest as error:
                dead = [value for value in grant.scope if value not in api.permissions]
                if not dead:
                    raise
                raise _with_reason(error, holder, dead) from error
            if set(answer.scope) != set(target):
                raise VerificationFailed(
                    f"client grant {escape(holder.name)} ({holder.id}) answered the write with other permissions than "
                    "were sent. Nothing was deleted. Look at the grant in the dashboard, then run `pulumi up` again."
                )
            return answer

        self._turns.settle(f"grant {holder.id}", partial(self._client.get_client_grant, holder.id), decide, write)


def _with_reason(error: InvalidRequest, holder: Holder, dead: Sequence[str]) -> InvalidRequest:
    """Return the refusal of a grant's list with its reason: Auth0 accepts no list that names a dead value.

    The value may come alive again with its permission, so it is not ours to take out.
    """
    it = "it" if len(dead) == 1 else "them"
    return InvalidRequest(
        f"client grant {escape(holder.name)} names {join(dead)}, which the API does not have: {error.what}",
        f"Take {it} out of the grant, or add {it} to the API, then run `pulumi up` again.",
        request=error.request,
        response=error.response,
    )


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
