"""Profiles of the property tests; ``HYPOTHESIS_PROFILE`` chooses one."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: nothing may depend on how busy the machine is.
settings.register_profile("default", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
