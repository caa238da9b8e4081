"""What a scene is: commands that are run, and the blocks of the pages that come out of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from docs.shop import Shop

Open = Callable[[Path, Path], AbstractContextManager[Shop]]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a scene.

    Attributes:
        blocks: name → text.
        used: the names of the pages' own blocks that it ran with.
    """

    blocks: Mapping[str, str]
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played.

    Attributes:
        blocks: names of the blocks that it gives.
        play: gives them: name → text.
        open: makes the project that it is played in.
        uses: names of the pages' own blocks that it runs with.
    """

    blocks: frozenset[str]
    play: Callable[[Shop], Mapping[str, str]]
    open: Open
    uses: frozenset[str] = field(default=frozenset({"shop"}))

    def record(self, folder: Path, pulumi_home: Path) -> Told:
        """Play the scene in a folder and return what came of it."""
        with self.open(folder, pulumi_home) as shop:
            blocks = self.play(shop)
            return Told(blocks, frozenset(shop.taken))


def in_shop(folder: Path, pulumi_home: Path) -> AbstractContextManager[Shop]:
    """Open the shop whose permissions are managed already."""
    return Shop.open(folder, pulumi_home)


def in_shop_with_whole_list_grant(folder: Path, pulumi_home: Path) -> AbstractContextManager[Shop]:
    """Open it with an application that has a grant for all of the API's permissions."""
    return Shop.open(folder, pulumi_home, whole_list_grant=True)
