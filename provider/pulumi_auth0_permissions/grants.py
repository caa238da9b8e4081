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

Settle = Callable[[str, Callable[[], ClientGrant], Callable[[ClientGrant, bool], None]], None]
"""The loop that reads, writes and looks again; see `Reconciler`."""


class Grants:
    """Moves access to the permissions of APIs.

    Args:
        client: the Management API client.
        settle: replaces a grant's list.
    """

    def __init__(self, client: ManagementClient, settle: Settle) -> None:
        self._client = client
        self._settle = settle

    def revoke(self, api: Api, impact: Impact, values: Collection[str]) -> tuple[Holder, ...]:
        """Take permissions from every role and client grant that names them; return whom they were taken from.

        Grants with ``allow_all_scopes`` name nothing: they follow the API's list.

        Raises:
            ManagementApiError: a role or grant could not be changed; those before it were.
        """

        def take(role: Holder, held: Sequence[str]) -> None:
            self._client.remove_role_permissions(role.id, api.identifier, held)

        def without(held: Sequence[str], scope: Sequence[str]) -> list[str]:
            return [value for value in scope if value not in held]

        return self._change_holders(api, impact, values, take, without)

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

        def give(role: Holder, held: Sequence[str]) -> None:
            wanted = [renames[value] for value in held]
            self._client.add_role_permissions(role.id, api.identifier, wanted)
            there = {p.value for p in self._client.role_permissions(role.id) if p.identifier == api.identifier}
            if missing := [value for value in wanted if value not in there]:
                raise VerificationFailed(
                    f"role {escape(role.name)} ({role.id}) was given {join(missing)} and does not hold it. Nothing was "
                    "deleted. Look at the role in the dashboard, then run `pulumi up` again."
                )

        def with_new(held: Sequence[str], scope: Sequence[str]) -> list[str]:
            return [*scope, *(renames[value] for value in held if renames[value] not in scope)]

        return self._change_holders(api, impact, renames, give, with_new)

    def _change_holders(
        self,
        api: Api,
        impact: Impact,
        values: Collection[str],
        change_role: Callable[[Holder, Sequence[str]], None],
        edit_scope: Callable[[Sequence[str], Sequence[str]], list[str]],
    ) -> tuple[Holder, ...]:
        """Change everybody who holds one of the values, each of them once."""
        holders: dict[Holder, list[str]] = {}
        for value in values:
            for holder in impact.holders_of(value):
                holders.setdefault(holder, []).append(value)
        for holder, held in holders.items():
            with suppress(NotFound):  # deleted meanwhile, and its access with it
                if holder.kind is HolderKind.ROLE:
                    change_role(holder, held)
                else:
                    self._edit_grant(api, holder, partial(edit_scope, held))
        return tuple(holders)

    def _edit_grant(self, api: Api, holder: Holder, edit: Callable[[Sequence[str]], list[str]]) -> None:
        """Bring a grant's list to what ``edit`` makes of it."""

        def bring(grant: ClientGrant, _may_be_done: bool) -> None:  # noqa: FBT001 - as Settle has it
            target = edit(grant.scope)
            if target == list(grant.scope):
                return
            try:
                answer = self._client.replace_grant_scope(grant.id, target)
            except InvalidRequest as error:
                # Auth0 accepts no list that names what the API lacks. Such a value may come alive again with its
                # permission, so it is not ours to take out.
                if dead := [value for value in grant.scope if value not in api.permissions]:
                    it = "it" if len(dead) == 1 else "them"
                    name = escape(holder.name)
                    error.what = f"client grant {name} names {join(dead)}, which the API does not have: {error.what}"
                    error.next_action = (
                        f"Take {it} out of the grant, or add {it} to the API, then run `pulumi up` again."
                    )
                raise
            if set(answer.scope) != set(target):
                raise VerificationFailed(
                    f"client grant {escape(holder.name)} ({holder.id}) answered the write with other permissions than "
                    "were sent. Nothing was deleted. Look at the grant in the dashboard, then run `pulumi up` again."
                )

        self._settle(f"grant {holder.id}", partial(self._client.get_client_grant, holder.id), bring)
