"""Faults that a real provider process meets: what the engine is handed over gRPC, with the product's own pauses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.messages import assert_clear
from faults.run import Run, RunProvider
from faults.scene import OPERATIONS, held
from faults.site import Site
from support.provider_process import error_of

UPDATE = OPERATIONS["update"]
API = "/resource-servers/"


@pytest.fixture
def provider(tenant: LocalTenant, tmp_path: Path) -> Iterator[RunProvider]:
    """A provider process in its update phase."""
    with ExitStack() as processes:
        run = processes.enter_context(Run({"XDG_RUNTIME_DIR": str(tmp_path)}))
        yield processes.enter_context(RunProvider(run, Site(tenant).config))


def _update(tenant: LocalTenant, provider: RunProvider, fault: Fault) -> dict[str, Any]:
    """Carry the update out with a fault in it, and return the outputs."""
    state = UPDATE.prepare(Site(tenant)).state
    assert state is not None
    inputs, _ = provider.check(UPDATE.program, state.inputs, preview=False)
    tenant.add_fault(fault)
    return provider.update(state.id, state.outputs, inputs)


def test_a_fault_that_passes_is_got_over(tenant: LocalTenant, provider: RunProvider) -> None:
    """A lost answer costs a pause; the outputs are those of the finished update."""
    outputs = _update(tenant, provider, Fault("drop_after", method="PATCH", path=API))

    assert outputs["permissions"] == UPDATE.program["permissions"]
    assert {**outputs["permissions"], **outputs["unmanaged_permissions"]} == UPDATE.meant.api
    assert held(tenant) == UPDATE.meant


def test_a_fault_that_lasts_is_one_line_for_the_engine(tenant: LocalTenant, provider: RunProvider) -> None:
    """The engine is handed the product's own sentence, without a traceback, and nothing was written."""
    before = held(tenant)

    with pytest.raises(grpc.RpcError) as raised:
        _update(tenant, provider, Fault("status", status=200, body="<html>", method="GET", path=API, times=None))

    message = error_of(raised.value)
    assert message.startswith("Auth0: GET /api/v2/resource-servers/")
    assert "\n" not in message.strip()
    assert_clear(message, tenant)
    assert held(tenant) == before, "taking the API over writes nothing, and nor did the update"
