"""Stories of deleting and renaming permissions that somebody holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from support.workspace import ORDERS, Workspace

OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}
FEWER = {"read:orders": "Read orders", "write:orders": "Create and change orders"}
BILLING = "billing0000000000000000000000000"


@pytest.fixture
def held(shop: Workspace) -> Workspace:
    """A project that manages Orders, where a role and an application hold `delete:orders`."""
    shop.tenant.seed(
        {
            "clients": [{"client_id": BILLING, "name": "Billing"}],
            "roles": [
                {
                    "id": "rol_clerks0000000000",
                    "name": "Clerks",
                    "permissions": [{"resource_server_identifier": ORDERS, "permission_name": "delete:orders"}],
                }
            ],
            "client_grants": [
                {
                    "id": "cgr_billing00000000",
                    "client_id": BILLING,
                    "audience": ORDERS,
                    "scope": ["read:orders", "delete:orders"],
                }
            ],
        }
    )
    shop.declare(OURS)
    shop.adopt()
    return shop


def held_by_role(shop: Workspace) -> list[str]:
    """Return what the role holds."""
    (role,) = dump(shop)["roles"]
    return sorted(permission["permission_name"] for permission in role.get("permissions", []))


def named_in_grant(shop: Workspace) -> list[str]:
    """Return what the application's grant names."""
    (grant,) = [grant for grant in dump(shop)["client_grants"] if grant["audience"] == ORDERS]
    return sorted(grant["scope"])


def dump(shop: Workspace) -> dict[str, list[dict[str, Any]]]:
    """Return the tenant's whole state."""
    state: dict[str, list[dict[str, Any]]] = requests.get(f"{shop.tenant.domain}/_tenant/state", timeout=30).json()
    return state


def test_warn_says_who_is_hit_and_goes_on(held: Workspace) -> None:
    """The preview names role, application and the tokens' last moment; `up` deletes and leaves the holders be."""
    held.declare(FEWER)

    preview = held.up().previewed

    assert "held by 1 role and 1 client grant: Clerks (rol_clerks0000000000), Billing (cgr_billing00000000)" in preview
    assert "tokens issued before may carry what is deleted until" in preview
    assert "permissions given to users directly are not known" in preview
    assert "delete:orders" not in held.scopes()
    assert named_in_grant(held) == ["delete:orders", "read:orders"]


def test_what_the_token_may_not_read_is_said(held: Workspace) -> None:
    """Without the scopes to look, the preview says unknown and which scope is missing, and `up` goes on."""
    held.client_id, held.client_secret = held.tenant.issue_client(["read:resource_servers", "update:resource_servers"])
    held.declare(FEWER)

    preview = held.up().previewed

    assert "unknown: roles could not be read, since the token lacks read:roles" in preview
    assert "unknown: client grants could not be read, since the token lacks read:client_grants" in preview
    assert "held by no role" not in preview
    assert "delete:orders" not in held.scopes()


def test_refuse_if_held_refuses_in_the_preview_until_approved(held: Workspace) -> None:
    """A held permission is not deleted; the refusal names the holders and the command that approves."""
    held.declare(FEWER, arguments="removal='refuse_if_held'")

    refused = held.up(ok=False)
    assert 'removal is "refuse_if_held", and 1 permission to be deleted is held:' in refused
    assert "role Clerks (rol_clerks0000000000), client grant Billing (cgr_billing00000000)" in refused
    assert "pulumi config set --path --type string 'auth0-permissions:approvedRemovals[0]' -- delete:orders" in refused
    assert held.scopes() == OURS

    held.config("auth0-permissions:approvedRemovals[0]", "delete:orders", path=True)
    held.up()
    assert held.scopes() == FEWER


def test_refuse_if_held_fails_closed(held: Workspace) -> None:
    """Where it is not known who holds it, it is not deleted."""
    held.client_id, held.client_secret = held.tenant.issue_client(["read:resource_servers", "update:resource_servers"])
    held.declare(FEWER, arguments="removal='refuse_if_held'")

    assert "it is not known who holds" in held.up(ok=False)
    assert held.scopes() == OURS


def test_refuse_needs_an_approval_by_name(held: Workspace) -> None:
    """Under the stack's `refuse` every deletion needs its line in the configuration, and destroy does too."""
    held.config("auth0-permissions:removal", "refuse")
    held.declare(FEWER)

    refused = held.up(ok=False)
    assert 'removal is "refuse", and 1 removal is not approved: "delete:orders"' in refused

    held.config("auth0-permissions:approvedRemovals", json.dumps([{"api": ORDERS, "permission": "delete:orders"}]))
    held.up()
    assert held.scopes() == FEWER
    assert "2 removals are not approved" in held.destroy(ok=False)
    assert held.scopes() == FEWER


def test_revoke_takes_it_from_its_holders_first(held: Workspace) -> None:
    """Under `revoke` neither role nor grant names the permission afterwards, and nothing else is taken."""
    held.declare(FEWER, arguments="removal='revoke'")

    preview = held.up().previewed

    assert "will first be taken from 1 role and 1 client grant" in preview
    assert held.scopes() == FEWER
    assert held_by_role(held) == []
    assert named_in_grant(held) == ["read:orders"]


def test_a_rename_loses_nobodys_access(held: Workspace) -> None:
    """Role and grant hold the new name afterwards; the entry may stay in the program without effect."""
    renamed = {**FEWER, "remove:orders": "Delete orders"}
    held.declare(renamed, arguments="renames={'delete:orders': 'remove:orders'}")

    preview = held.up().previewed

    assert "> delete:orders => remove:orders" in preview
    assert held.scopes() == renamed
    assert held_by_role(held) == ["remove:orders"]
    assert named_in_grant(held) == ["read:orders", "remove:orders"]
    assert sum("/resource-servers/" in request and request.startswith("PATCH") for request in held.requests()) == 2

    held.up("--expect-no-changes")


def test_a_rename_needs_the_scopes_to_move_access(held: Workspace) -> None:
    """A token that may look but not change roles is refused in the preview, by the scope's name."""
    may = ["read:resource_servers", "update:resource_servers", "read:roles", "read:client_grants"]
    held.client_id, held.client_secret = held.tenant.issue_client(may)
    held.declare({**FEWER, "remove:orders": ""}, arguments="renames={'delete:orders': 'remove:orders'}")

    refused = held.up(ok=False)

    assert "the token lacks update:roles, update:client_grants, which this plan needs" in refused
    assert held.scopes() == OURS


def test_emptying_and_most_of_it_need_an_approval(held: Workspace) -> None:
    """Removing three of four, or all, is refused with the numbers though the mode is `warn`."""
    more = {**OURS, "refund:orders": "Refund orders"}
    held.declare(more)
    held.up()

    held.declare({"read:orders": "Read orders"})
    assert "this would remove 3 of the API's 4 permissions, 75%" in held.up(ok=False)

    held.declare({})
    assert "this would empty the API: all 4 of its permissions would be removed" in held.up(ok=False)
    assert held.scopes() == more


def test_more_removals_than_the_stack_allows_need_an_approval(held: Workspace) -> None:
    """`maxRemovals` is a guard as the others are: an approval of each removal, by name, lifts it."""
    held.config("auth0-permissions:maxRemovals", "0")
    held.declare(FEWER)
    assert "auth0-permissions:maxRemovals allows 0" in held.up(ok=False)
    assert held.scopes() == OURS

    held.config("auth0-permissions:approvedRemovals[0]", "delete:orders", path=True)
    held.up()
    assert held.scopes() == FEWER


def test_impact_off_asks_for_no_holders(held: Workspace) -> None:
    """With the look-up switched off the preview says so and sends one GET."""
    held.config("auth0-permissions:impact", "off")
    held.declare(FEWER)
    held.tenant.clear_journal()

    preview = held.preview()

    assert "who holds what is deleted was not looked up (auth0-permissions:impact is off)" in preview
    assert [request.split()[0] for request in held.requests()] == ["POST", "GET"]
