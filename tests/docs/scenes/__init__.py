"""Every output in the documentation, by the scene that it comes from."""

from __future__ import annotations

from collections.abc import Mapping

from docs.scenes.first_steps import FIRST_STEPS
from docs.scenes.reference import REFERENCE
from docs.scenes.removal import REMOVAL
from docs.scenes.scene import Scene, Told
from docs.scenes.story import STORY, story_blocks, tell
from docs.scenes.teams import TEAMS

__all__ = ["GENERATED", "SCENES", "STORY", "STORY_SCENE", "Scene", "Told", "story_blocks", "tell"]

SCENES: Mapping[str, Scene] = {**REMOVAL, **FIRST_STEPS, **TEAMS}
GENERATED = REFERENCE
STORY_SCENE = "promotion"
"""`make demo-promotion`, which `tests/promotion/test_demo.py` runs and holds against the pages."""
