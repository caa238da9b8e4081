"""Which random histories a run tries: the same in every `make test`, others in every `make nightly`."""

from __future__ import annotations

import os
import random

__all__ = ["history_seed"]

EVERYDAY_SEED = 4


def history_seed() -> int:
    """Return ``MODEL_SEED``; a new one each time where that is ``random``."""
    given = os.environ.get("MODEL_SEED", str(EVERYDAY_SEED))
    return random.SystemRandom().randrange(2**32) if given == "random" else int(given)
