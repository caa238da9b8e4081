"""The version of the distribution, here and nowhere else: the build reads it from this file.

To look an installed distribution's version up takes some 15 ms, which every process of a run would pay.
"""

from __future__ import annotations

VERSION = "0.1.0"
