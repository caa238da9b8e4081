"""Fixtures: one chain of three stages a process, everything promoted to the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promotion.chain import STAGES, Chain


@pytest.fixture(scope="session")
def promoted(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Chain]:
    """A chain whose stages all have applied the catalog of the root project."""
    chain = Chain(tmp_path_factory.mktemp("chain"), pulumi_home)
    try:
        for stage in STAGES:
            chain.up(stage, "--skip-preview")
        yield chain
    finally:
        chain.stop()


@pytest.fixture
def chain(promoted: Chain) -> Chain:
    """The same chain, with empty journals and no faults.

    A test leaves each tenant as its stack has recorded it; dev may be ahead of staging, and staging of prod.
    """
    promoted.clear()
    return promoted
