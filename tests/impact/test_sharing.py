"""What is read once and shared, how a long look-up tells where it is, and how it ends early."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from auth0_local_tenant import Fault, LocalTenant
from impact.support import BILLING, ORDERS
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.holders import HolderLookup


def requests(tenant: LocalTenant, path: str) -> int:
    """Count the requests to paths with that beginning."""
    return sum(entry.path.startswith(path) for entry in tenant.journal())


def test_one_pass_over_the_roles_serves_all_apis(tenant: LocalTenant, management: ManagementClient) -> None:
    """The roles and what each holds are read once a process, however many APIs ask."""
    lookup = HolderLookup(management)

    for identifier in (ORDERS, BILLING, ORDERS):
        lookup.look_up(management.get_api(identifier), ["read:orders"])

    assert requests(tenant, "/api/v2/roles") == 1 + 3


def test_grants_are_read_once_for_each_api(tenant: LocalTenant, management: ManagementClient) -> None:
    """A second question about the same API asks for no grants again."""
    lookup = HolderLookup(management)

    for identifier in (ORDERS, BILLING, ORDERS):
        lookup.look_up(management.get_api(identifier), ["read:orders"])

    assert requests(tenant, "/api/v2/client-grants") == 2


def test_threads_that_ask_together_share_the_requests(tenant: LocalTenant, management: ManagementClient) -> None:
    """Eight threads that ask at the same time cause the requests of one, and get the same answer."""
    lookup = HolderLookup(management)
    api = management.get_api(ORDERS)
    together = Barrier(8)

    def ask(_: int) -> object:
        together.wait()
        return lookup.look_up(api, ["read:orders"])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))

    assert all(answer == answers[0] for answer in answers)
    assert requests(tenant, "/api/v2/roles") == 1 + 3
    assert requests(tenant, "/api/v2/client-grants") == 1


def test_names_are_asked_for_only_of_grants_that_are_hit(tenant: LocalTenant, management: ManagementClient) -> None:
    """An application whose grant holds none of the permissions in question is not asked for its name."""
    HolderLookup(management).look_up(management.get_api(BILLING), ["read:orders"])

    assert requests(tenant, "/api/v2/clients") == 0


@pytest.mark.parametrize(
    ("allowed", "asked", "named"), [(1, 1, ["Back office", "shop-1"]), (2, 2, ["Back office", "Shop"])]
)
def test_no_more_names_are_asked_for_than_allowed(
    tenant: LocalTenant, management: ManagementClient, allowed: int, asked: int, named: list[str]
) -> None:
    """Beyond the number of names that may be asked for, applications go by their client id."""
    lookup = HolderLookup(management, max_applications_named=allowed)

    impact = lookup.look_up(management.get_api(ORDERS), ["write:orders"])

    assert [holder.name for holder in (*impact.whole_list_grants, *impact.holders_of("write:orders"))] == named
    assert requests(tenant, "/api/v2/clients") == asked


def test_a_failure_is_unknown_with_its_reason(tenant: LocalTenant, management: ManagementClient) -> None:
    """A tenant that fails leaves what it was asked unknown, with its reason; nothing is raised."""
    api = management.get_api(ORDERS)
    tenant.add_fault(Fault("status", method="GET", path="/roles", status=503, times=None))

    impact = HolderLookup(management).look_up(api, ["read:orders"])

    assert len(impact.unknown) == 1
    assert impact.unknown[0].startswith("roles could not be read: GET /api/v2/roles: 503")
    assert [holder.name for holder in impact.holders_of("read:orders")] == ["Shop", "default for third_party_clients"]


def test_what_was_read_before_a_failure_is_kept(tenant: LocalTenant, management: ManagementClient) -> None:
    """Roles that were looked at before a failure are holders; how many were not is said."""
    api = management.get_api(ORDERS)
    tenant.add_fault(Fault("status", method="GET", path="/roles/rol_viewer", status=400, times=None))

    impact = HolderLookup(management).look_up(api, ["delete:orders"])

    assert [holder.name for holder in impact.holders_of("delete:orders")] == ["Admin"]
    assert impact.unknown[0].startswith("roles could not be read; 2 of 3 were looked at: ")


def test_a_role_that_is_deleted_meanwhile_holds_nothing(tenant: LocalTenant, management: ManagementClient) -> None:
    """A role that is in the list and gone when it is looked at is no gap: it holds nothing any more."""
    api = management.get_api(ORDERS)
    tenant.add_fault(Fault("status", method="GET", path="/roles/rol_viewer", status=404, times=None))

    impact = HolderLookup(management).look_up(api, ["read:orders"])

    assert "Viewer" not in [holder.name for holder in impact.holders_of("read:orders")]
    assert impact.unknown == ()


def test_an_application_that_cannot_be_read_goes_by_its_client_id(
    tenant: LocalTenant, management: ManagementClient
) -> None:
    """A failure to get a name is no gap in what is known."""
    api = management.get_api(ORDERS)
    tenant.add_fault(Fault("status", method="GET", path="/clients/", status=500, times=None))

    impact = HolderLookup(management).look_up(api, ["write:orders"])

    assert [holder.name for holder in impact.holders_of("write:orders")] == ["shop-1"]
    assert impact.unknown == ()


def test_progress_is_told_about_once_a_second(management: ManagementClient) -> None:
    """With 0.6 s between two looks at the clock, every other step of three roles and two names says where it is."""
    said: list[str] = []
    seconds = itertools.count(0.0, 0.6)
    lookup = HolderLookup(management, on_progress=said.append, clock=lambda: next(seconds))

    lookup.look_up(management.get_api(ORDERS), ["write:orders"])

    assert said == ["looking for holders: role 2 of 3", "looking for holders: name of application 2"]
