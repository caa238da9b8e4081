"""Fixtures of the hook tests: provider processes that work against the tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from support.provider_process import ProviderProcess

Start = Callable[..., ProviderProcess]


@pytest.fixture
def start(tenant: LocalTenant, tmp_path: Path) -> Iterator[Start]:
    """Starts a provider process with the tenant's credentials; ``config`` adds to the stack's configuration."""
    with ExitStack() as processes:

        def _start(**config: str) -> ProviderProcess:
            settings = {
                "auth0:domain": tenant.domain,
                "auth0:clientId": tenant.client_id,
                "auth0:clientSecret": tenant.client_secret,
                **{name.replace("__", ":").replace("_", "-"): value for name, value in config.items()},
            }
            process = ProviderProcess(settings, {"XDG_RUNTIME_DIR": str(tmp_path)})
            return processes.enter_context(process)

        yield _start
