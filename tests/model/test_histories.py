"""Random histories that try to break the promises; any law that is broken shows the shortest history that does it.

``MODEL_EXAMPLES`` sets how many histories are tried in each mode, ``MODEL_SEED`` repeats those of an
earlier run, or is ``random``.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from auth0_local_tenant import LocalTenant
from model.history import History
from model.seeds import history_seed

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "100"))
STEPS = 12
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,  # the seed alone says which histories are tried
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] if os.environ.get("MODEL_NOSHRINK") else [Phase.generate, Phase.shrink],
)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("unmanaged", ["refuse", "keep", "remove"])
def test_no_history_breaks_a_promise(tenant: LocalTenant, unmanaged: str) -> None:
    """Whatever programs, people, rivals, faults and crashes do to one API, every promise is kept at every step."""
    number = history_seed()
    histories: Any = seed(number)(partial(History, tenant, unmanaged))

    try:
        run_state_machine_as_test(histories, settings=SETTINGS)
    except BaseException as broken:
        broken.add_note(f"MODEL_SEED={number} MODEL_EXAMPLES={EXAMPLES} repeats this")
        raise
