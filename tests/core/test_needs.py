"""Which scopes of the Management API a plan needs, and what is said where the token lacks one."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.core.model import Holder, HolderKind, Impact, Removal
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import missing_scopes, needed_scopes

ROLE = Holder(HolderKind.ROLE, "rol_1", "Clerks")
GRANT = Holder(HolderKind.CLIENT_GRANT, "cgr_1", "Shop")
BOTH = Impact({"a": (ROLE, GRANT)})


def plan_of(observed: str, desired: str, **renames: str) -> Plan:
    """Plan from values that are ours to others, a letter each."""
    return compute_plan(
        desired=dict.fromkeys(desired, ""),
        prior=observed,
        observed=dict.fromkeys(observed, ""),
        renames=renames,
    )


@pytest.mark.parametrize("removal", [Removal.WARN, Removal.REFUSE, Removal.REFUSE_IF_HELD])
def test_a_change_needs_the_one_scope(removal: Removal) -> None:
    """The main job, deletions of what is held included, needs `update:resource_servers` and no more."""
    assert needed_scopes(plan_of("ab", "b"), removal, BOTH) == ("update:resource_servers",)
    assert needed_scopes(plan_of("b", "bc"), removal, None) == ("update:resource_servers",)


@pytest.mark.parametrize(
    ("holders", "scopes"),
    [
        ((), ()),
        ((ROLE,), ("update:roles",)),
        ((GRANT,), ("update:client_grants",)),
        ((ROLE, GRANT), ("update:roles", "update:client_grants")),
    ],
)
def test_moving_access_needs_a_scope_for_each_kind_of_holder(
    holders: tuple[Holder, ...], scopes: tuple[str, ...]
) -> None:
    """Taking or handing over access needs to write those who hold what goes, and nobody else."""
    impact = Impact({"a": holders, "b": (ROLE, GRANT)})

    assert needed_scopes(plan_of("ab", "b"), Removal.REVOKE, impact) == ("update:resource_servers", *scopes)
    assert needed_scopes(plan_of("ab", "bx", a="x"), Removal.WARN, impact) == ("update:resource_servers", *scopes)


def test_revoke_needs_nothing_more_where_nothing_goes() -> None:
    """Additions move no access."""
    assert needed_scopes(plan_of("a", "ab"), Removal.REVOKE, BOTH) == ("update:resource_servers",)


def test_what_the_token_lacks_is_named_once() -> None:
    """One message names every scope that is missing, none that is there, and where to grant them."""
    (message,) = missing_scopes(
        ("update:resource_servers", "update:roles", "update:client_grants"),
        frozenset({"read:resource_servers", "update:client_grants"}),
    )

    assert "the token lacks update:resource_servers, update:roles, which" in message
    assert "Auth0 Management API" in message


def test_a_token_that_does_not_say_is_given_the_benefit() -> None:
    """Where a token does not tell its scopes, the service is the one to refuse."""
    assert missing_scopes(("update:resource_servers",), None) == ()
