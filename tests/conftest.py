"""Profiles of the property tests (``HYPOTHESIS_PROFILE`` chooses one), and what most folders start from."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from auth0_local_tenant import LocalTenant, TenantOptions
from support import clocks
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


@pytest.fixture(autouse=True)
def virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No client in this process waits for real."""
    clocks.install(monkeypatch, clocks.Clock(wall_s=float(int(time.time()))))


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home of the CLI for all tests of a process; what is in it is not under test."""
    assert shutil.which("pulumi"), "the stories need the `pulumi` command: run `make test`, which brings one"
    return tmp_path_factory.mktemp("pulumi-home")


@pytest.fixture(scope="session")
def running_tenant() -> Iterator[LocalTenant]:
    """One tenant for all tests of a process: starting one costs more than most tests."""
    with LocalTenant() as running:
        yield running


@pytest.fixture
def tenant_seed() -> Mapping[str, object]:
    """What the tenant holds: one API, Orders, with three permissions. Folders with other needs have their own."""
    return ORDERS_SEED


@pytest.fixture
def tenant_options() -> TenantOptions:
    """The tenant's options."""
    return TenantOptions()


@pytest.fixture
def tenant(
    running_tenant: LocalTenant, tenant_seed: Mapping[str, object], tenant_options: TenantOptions
) -> Iterator[LocalTenant]:
    """A tenant as fresh as new."""
    running_tenant.options = tenant_options
    running_tenant.reset()
    running_tenant.seed(tenant_seed)
    yield running_tenant
    running_tenant.clear_faults()


@pytest.fixture
def shop(tmp_path: Path, tenant: LocalTenant, pulumi_home: Path) -> Workspace:
    """A project of the real CLI, against the test's tenant, with a stack and no program yet."""
    workspace = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
    workspace.init()
    return workspace


@pytest.fixture(scope="module")
def new_shop(
    tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path
) -> Iterator[Callable[[Mapping[str, object]], Workspace]]:
    """Makes projects for stories that several tests look at, each with a tenant of its own that holds what is given."""
    with ExitStack() as tenants:

        def make(seed: Mapping[str, object]) -> Workspace:
            tenant = tenants.enter_context(LocalTenant(seed=seed))
            workspace = Workspace(tmp_path_factory.mktemp("new") / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
            workspace.init()
            return workspace

        yield make
