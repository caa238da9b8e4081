"""Who holds what, found out from a tenant."""

from __future__ import annotations

from auth0_local_tenant import LocalTenant
from impact.support import BILLING, ORDERS, Connect
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.core.holders import Holder, HolderKind, Impact
from pulumi_auth0_permissions.holders import HolderLookup


def names(impact: Impact, value: str) -> list[str]:
    """Return the names of a permission's holders, as they are listed."""
    return [holder.name for holder in impact.holders_of(value)]


def test_roles_that_hold_a_permission_are_found_by_name_and_id(management: ManagementClient) -> None:
    """A role that holds the permission is a holder, with its name and id."""
    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["delete:orders"])

    assert impact.holders == {"delete:orders": (Holder(HolderKind.ROLE, "rol_admin00000000000", "Admin"),)}


def test_grants_are_named_after_their_application(management: ManagementClient) -> None:
    """A client grant that names the permission is a holder, under its application's name."""
    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["write:orders"])

    assert impact.holders == {"write:orders": (Holder(HolderKind.CLIENT_GRANT, "cgr_shop000000000000", "Shop"),)}


def test_a_default_grant_says_what_it_is_the_default_for(management: ManagementClient) -> None:
    """A grant without an application is named after those it is the default for."""
    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["read:orders"])

    assert "default for third_party_clients" in names(impact, "read:orders")


def test_roles_come_before_grants_each_by_name(management: ManagementClient) -> None:
    """Holders are listed roles first, then grants, each sorted by name, whatever order the tenant lists them in."""
    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["read:orders"])

    assert names(impact, "read:orders") == ["Admin", "Viewer", "Shop", "default for third_party_clients"]


def test_a_grant_of_everything_is_told_apart(management: ManagementClient) -> None:
    """A grant with allow_all_scopes holds what comes and goes; it is not listed under each permission."""
    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["idle:orders"])

    assert impact.holders == {}
    assert impact.whole_list_grants == (Holder(HolderKind.CLIENT_GRANT, "cgr_backoffice000000", "Back office"),)


def test_the_same_value_on_another_api_is_another_permission(management: ManagementClient) -> None:
    """Who holds a permission of one API does not hold the one of that name of another API."""
    impact = HolderLookup(management).look_up(management.get_api(BILLING), ["read:orders", "pay"])

    assert names(impact, "read:orders") == []
    assert names(impact, "pay") == ["Admin", "Shop"]


def test_without_values_everything_held_is_told_what_is_gone_included(management: ManagementClient) -> None:
    """Asked for nothing in particular, it tells all that is held: the API's in its order, then what it has no more."""
    impact = HolderLookup(management).look_up(management.get_api(ORDERS))

    assert list(impact.holders) == ["write:orders", "read:orders", "delete:orders", "gone:orders"]


def test_roles_that_may_not_be_read_are_unknown_and_grants_are_still_told(connect: Connect) -> None:
    """Without read:roles, that scope is named, and what the grants hold is told all the same."""
    management = connect(["read:resource_servers", "read:client_grants", "read:clients"])

    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["read:orders"])

    assert impact.unknown == ("roles could not be read, since the token lacks read:roles",)
    assert names(impact, "read:orders") == ["Shop", "default for third_party_clients"]


def test_grants_that_may_not_be_read_are_unknown_and_roles_are_still_told(connect: Connect) -> None:
    """Without read:client_grants, that scope is named, and what the roles hold is told all the same."""
    management = connect(["read:resource_servers", "read:roles"])

    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["read:orders"])

    assert impact.unknown == ("client grants could not be read, since the token lacks read:client_grants",)
    assert names(impact, "read:orders") == ["Admin", "Viewer"]


def test_without_read_clients_applications_go_by_their_client_id(connect: Connect) -> None:
    """A name that may not be read is no gap in what is known: the client id stands in for it."""
    management = connect(["read:resource_servers", "read:client_grants", "read:roles"])

    impact = HolderLookup(management).look_up(management.get_api(ORDERS), ["write:orders"])

    assert names(impact, "write:orders") == ["shop-1"]
    assert impact.unknown == ()


def test_roles_and_their_permissions_are_read_page_by_page(tenant: LocalTenant, management: ManagementClient) -> None:
    """120 roles more, of which one holds 250 permissions, are all looked at, a hundred entries a request."""
    values = [f"p{number:03}" for number in range(250)]
    tenant.seed({"resource_servers": [{"identifier": "urn:big", "scopes": [{"value": value} for value in values]}]})
    all_held = [{"resource_server_identifier": "urn:big", "permission_name": value} for value in values]
    roles = [{"name": f"Team {number:03}", "permissions": all_held[-1:]} for number in range(119)]
    tenant.seed({"roles": [*roles, {"name": "Everything", "permissions": all_held}]})
    api = management.get_api("urn:big")
    tenant.clear_journal()

    impact = HolderLookup(management).look_up(api, ["p000", "p249"])

    assert names(impact, "p000") == ["Everything"]
    assert len(names(impact, "p249")) == 120
    asked = [entry.path for entry in tenant.journal()]
    assert (asked.count("/api/v2/roles"), len(asked)) == (2, 1 + 2 + 123 + 2)
