"""A tenant whose permissions are held by a role and a client grant."""

from collections.abc import Mapping

import pytest

from support.cases import SEED


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """Two APIs; a role and a client grant hold all that the first one has."""
    return SEED
