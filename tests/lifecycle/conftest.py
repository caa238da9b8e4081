"""A tenant whose permissions are held by a role and a client grant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import SEED


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with two APIs; a role and a client grant hold all that the first one has."""
    with LocalTenant(seed=SEED) as running:
        yield running
