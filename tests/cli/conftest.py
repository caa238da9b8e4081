"""A tenant, and the command to ask it with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from cli.support import SEED, Shell


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with two APIs, a role and two client grants."""
    with LocalTenant(seed=SEED) as running:
        yield running


@pytest.fixture
def shell(tenant: LocalTenant, tmp_path: Path) -> Shell:
    """Runs the command in an empty folder."""
    return Shell(tenant, tmp_path)
