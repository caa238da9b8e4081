"""What importing the product adds to importing Pulumi."""

from __future__ import annotations

import statistics
import subprocess
import sys

__all__ = ["LIMIT_MS", "added_ms"]

LIMIT_MS = 60.0
_PROGRAM = """
import time
import pulumi
started_s = time.perf_counter()
from pulumi_auth0_permissions import ApiPermissions
print((time.perf_counter() - started_s) * 1000)
"""


def added_ms(runs: int) -> tuple[float, float]:
    """Return the median and the minimum, in milliseconds, over as many fresh interpreters."""
    times = [
        float(subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True).stdout)
        for _ in range(runs)
    ]
    return statistics.median(times), min(times)
