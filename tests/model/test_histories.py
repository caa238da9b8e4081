"""Random histories that try to break the promises; any law that is broken shows the shortest history that does it."""

from __future__ import annotations

from functools import partial

import pytest

from auth0_local_tenant import LocalTenant
from model.history import History
from model.seeds import run_histories


@pytest.mark.timeout(0)
@pytest.mark.parametrize("unmanaged", ["refuse", "keep", "remove"])
def test_no_history_breaks_a_promise(tenant: LocalTenant, unmanaged: str) -> None:
    """Whatever programs, people, rivals, faults and crashes do to one API, every promise is kept at every step."""
    run_histories(partial(History, tenant, unmanaged))
