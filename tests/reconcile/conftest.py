"""Fixtures of the reconciler's tests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from faults.scene import SEED


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """A tenant in which everything is held by somebody."""
    return SEED
