"""A tenant, and the command to ask it with."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from cli.support import SEED, Shell


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """Two APIs, a role and two client grants."""
    return SEED


@pytest.fixture
def shell(tenant: LocalTenant, tmp_path: Path) -> Shell:
    """Runs the command in an empty folder."""
    return Shell(tenant, tmp_path)
