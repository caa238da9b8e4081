"""The fixture that is shipped for the tests of others."""

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import requests
import pytest

@pytest.fixture
def auth0_tenant_seed():
    return {"roles": [{"name": "Clerk"}]}

def test_first(auth0_tenant):
    assert [role["name"] for role in auth0_tenant.dump()["roles"]] == ["Clerk"]
    assert requests.get(f"{auth0_tenant.domain}/api/v2/roles", timeout=10).status_code == 401
    auth0_tenant.reset()

def test_second(auth0_tenant):
    assert len(auth0_tenant.dump()["roles"]) == 1
"""


def test_each_test_gets_a_tenant_of_its_own(pytester: pytest.Pytester) -> None:
    """The plugin's fixture runs a tenant with the seed of the test's own fixture, anew for each test."""
    pytester.makeconftest('pytest_plugins = ["auth0_local_tenant.pytest_plugin"]')
    pytester.makepyfile(TESTS)

    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
