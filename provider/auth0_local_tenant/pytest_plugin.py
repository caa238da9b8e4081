"""A local tenant for the tests of programs that talk to Auth0.

Switch it on in a `conftest.py` with `pytest_plugins = ["auth0_local_tenant.pytest_plugin"]`. Override the fixture
`auth0_tenant_seed` to say what each tenant starts with.
"""

from collections.abc import Iterator, Mapping

import pytest

from auth0_local_tenant.server import LocalTenant


@pytest.fixture
def auth0_tenant_seed() -> Mapping[str, object]:
    """What the tenant starts with, as in a seed file: nothing, unless this fixture is overridden."""
    return {}


@pytest.fixture
def auth0_tenant(auth0_tenant_seed: Mapping[str, object]) -> Iterator[LocalTenant]:
    """A running tenant of this test's own; its `domain`, `client_id` and `client_secret` are what clients need."""
    with LocalTenant(seed=auth0_tenant_seed) as tenant:
        yield tenant
