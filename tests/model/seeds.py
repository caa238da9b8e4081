"""Which random histories a run tries: the same in every `make test`, others in every `make nightly`.

``MODEL_EXAMPLES`` sets how many histories are tried in each mode, ``MODEL_SEED`` repeats those of an earlier run, or is
``random``; with ``MODEL_NOSHRINK``, a history that breaks a law is shown as it was found.
"""

import os
import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

EVERYDAY_SEED = 4
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "30"))
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


def history_seed() -> int:
    """Return ``MODEL_SEED``; a new one each time where that is ``random``."""
    given = os.environ.get("MODEL_SEED", str(EVERYDAY_SEED))
    return random.SystemRandom().randrange(2**32) if given == "random" else int(given)


def run_histories(machine: Callable[[], RuleBasedStateMachine]) -> None:
    """Try random histories; one that breaks a law fails with what repeats it."""
    number = history_seed()
    histories: Any = seed(number)(machine)
    try:
        run_state_machine_as_test(histories, settings=SETTINGS)
    except BaseException as broken:
        broken.add_note(f"MODEL_SEED={number} MODEL_EXAMPLES={EXAMPLES} repeats this")
        raise
