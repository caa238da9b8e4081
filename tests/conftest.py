"""Profiles of the property tests (``HYPOTHESIS_PROFILE`` chooses one), and what most folders start from."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS_SEED, Workspace

# No deadline: nothing may depend on how busy the machine is. Every `make test` tries the same examples, so that what
# fails fails again; `make nightly` tries others each time.
settings.register_profile(
    "default", max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "thorough", parent=settings.get_profile("default"), max_examples=2000, derandomize=False, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# In the background of a shell, a process ignores Ctrl-C and so do those that it starts, which the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest stories: the last of them would otherwise keep one process busy and the others waiting."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home of the CLI for all tests of a process; what is in it is not under test."""
    assert shutil.which("pulumi"), "the stories need the `pulumi` command: run `make test`, which brings one"
    return tmp_path_factory.mktemp("pulumi-home")


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with one API, Orders, that holds three permissions; folders with other needs have their own."""
    with LocalTenant(seed=ORDERS_SEED) as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, tenant: LocalTenant, pulumi_home: Path) -> Workspace:
    """A project of the real CLI, against the test's tenant, with a stack and no program yet."""
    workspace = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
    workspace.init()
    return workspace
