"""A browser a test process, a tenant and tabs a test, and a Pulumi project against that tenant."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from browser.chromium import Chromium
from browser.quiet import quiet_tabs
from browser.site import SEED
from browser.tab import Tab
from support.workspace import Workspace


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One headless Chromium for all tests of a process."""
    with Chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A tenant with one API, Orders, and holders of every kind."""
    with LocalTenant(seed=SEED) as running:
        yield running


@pytest.fixture
def new_tab(chromium: Chromium, tenant: LocalTenant) -> Iterator[Callable[..., Tab]]:
    """Opens tabs; none of them may have run a script, met an error or asked anybody but the tenant."""
    with quiet_tabs(chromium, tenant.domain) as open_tab:
        yield open_tab


@pytest.fixture
def tab(new_tab: Callable[..., Tab], tenant: LocalTenant) -> Tab:
    """A tab at the tenant's page."""
    opened = new_tab()
    opened.open(f"{tenant.domain}/")
    return opened


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home of the CLI for all tests of a process; what is in it is not under test."""
    assert shutil.which("pulumi"), "these tests need the `pulumi` command: run `make test`, which brings one"
    return tmp_path_factory.mktemp("pulumi-home")


@pytest.fixture
def shop(tmp_path: Path, tenant: LocalTenant, pulumi_home: Path) -> Workspace:
    """A Pulumi project with a stack and no program yet, against the same tenant."""
    workspace = Workspace(tmp_path / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
    workspace.init()
    return workspace
