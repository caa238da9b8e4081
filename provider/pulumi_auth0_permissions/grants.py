"""Move access: give a new permission to whoever holds an old one, or take a permission from everybody.

Every step starts from what is there and does what is still missing, so that a run that was cut short is finished by
the next one.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.parsing import ClientGrant
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.text import escape, join

Settle = Callable[[str, Callable[[], ClientGrant], Callable[[ClientGrant], None]], None]
"""The loop that reads, writes and looks again; see `Reconciler`."""


def change_access(
    client: ManagementClient, settle: Settle, api: Api, impact: Impact, changes: Mapping[str, str | None]
) -> tuple[Holder, ...]:
    """Change every role and client grant that names one of the permissions, each once; return them.

    Grants with ``allow_all_scopes`` name nothing: they follow the API's list.

    The changes are permission → what its holders are given beside it, which the API has by now, or ``None`` to take it
    from them.

    Raises:
        ManagementApiError: a role or grant could not be changed; those before it were.
        PermissionsError: a role or grant does not hold what it was given.
    """
    holders: dict[Holder, list[str]] = {}
    for value in changes:
        for holder in impact.holders_of(value):
            holders.setdefault(holder, []).append(value)
    for holder, held in holders.items():
        given = [new for value in held if (new := changes[value]) is not None]
        taken = [value for value in held if changes[value] is None]
        with suppress(NotFound):  # deleted meanwhile, and its access with it
            if holder.kind is HolderKind.CLIENT_GRANT:
                change = partial(_change_grant, client, api, holder, given, taken)
                settle(f"grant {holder.id}", partial(client.get_client_grant, holder.id), change)
                continue
            if given:
                client.add_role_permissions(holder.id, api.identifier, given)
                there = set(client.role_permissions(holder.id))
                if missing := [value for value in given if (api.identifier, value) not in there]:
                    raise _unverified(holder, f"was given {join(missing)} and does not hold it")
            if taken:
                client.remove_role_permissions(holder.id, api.identifier, taken)
    return tuple(holders)


def _change_grant(
    client: ManagementClient, api: Api, holder: Holder, given: Sequence[str], taken: Sequence[str], grant: ClientGrant
) -> None:
    """Replace a grant's list, unless it is as it shall be."""
    target = [value for value in grant.scope if value not in taken]
    target += [value for value in given if value not in grant.scope]
    if target == list(grant.scope):
        return
    try:
        answer = client.replace_grant_scope(grant.id, target)
    except ManagementApiError as error:
        # Auth0 accepts no list that names what the API lacks. Such a value may come alive again with its permission,
        # so it is not ours to take out.
        dead = [value for value in grant.scope if value not in api.permissions]
        if error.status == 400 and dead:
            error.what = (
                f"client grant {escape(holder.name)} names {join(dead)}, which the API does not have: {error.what}"
            )
            error.next_action = (
                "Take what the API lacks out of the grant, or add it to the API, then run `pulumi up` again."
            )
        raise
    if set(answer.scope) != set(target):
        raise _unverified(holder, "answered the write with other permissions than were sent")


def _unverified(holder: Holder, what: str) -> PermissionsError:
    return PermissionsError(
        f"{holder.kind} {escape(holder.name)} ({holder.id}) {what}. Nothing was deleted. "
        "Look at it in the dashboard, then run `pulumi up` again."
    )
