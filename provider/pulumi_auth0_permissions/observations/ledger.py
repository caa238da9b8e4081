"""What one process has asked for, what it got, and so where it stands; no requests, no threads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.observations.strategy import PER_PAGE, Standing
from pulumi_auth0_permissions.observations.wishes import Wish

if TYPE_CHECKING:
    from pulumi_auth0_permissions.auth0.models import Api, ApiPage

__all__ = ["Ledger"]


class Ledger:
    """The books that `strategy.next_step` decides by.

    APIs count as wanted once they are handed out, as brought by a page once a page held them.
    """

    def __init__(self) -> None:
        self._foreseen: dict[str, Wish] = {}  # by what it will be asked for, what was not read yet
        self._once_foreseen: set[str] = set()
        self._total: int | None = None
        self._wanted: set[str] = set()  # ids
        self._missed: set[str] = set()  # what was asked for and was on none of the pages
        self._pages = 0
        self._on_page: dict[str, int] = {}  # id → page
        self._last_hits = 0
        self._permissions: dict[str, int] = {}  # id → how many

    @property
    def foreseen(self) -> tuple[Wish, ...]:
        """What is known to be asked for and was not read yet."""
        return tuple(self._foreseen.values())

    @property
    def wanted(self) -> int:
        """How many APIs have been handed out."""
        return len(self._wanted)

    def expect(self, wishes: Iterable[Wish], total: int | None = None) -> None:
        """Note what will be asked for, and how many APIs the tenant has where that is known.

        What was foreseen once is not foreseen again: where it was read for and did not come, it is not there.
        """
        for wish in wishes:
            if wish.api not in self._once_foreseen:
                self._once_foreseen.add(wish.api)
                self._foreseen[wish.api] = wish
        self._total = self._total if total is None else total

    def take(self, api: Api) -> None:
        """Note that an API was read."""
        self._permissions[api.id] = len(api.permissions)
        for name in (api.id, api.identifier):
            self._foreseen.pop(name, None)

    def take_named(self, identifiers: Collection[str]) -> None:
        """Note that a list of these was read: one that it did not bring need not be foreseen any longer."""
        self._foreseen = {api: wish for api, wish in self._foreseen.items() if wish.identifier not in identifiers}

    def take_page(self, number: int, page: ApiPage) -> None:
        """Note that a page was read."""
        self._pages = number + 1
        self._last_hits = 0
        # An empty page is the end, whatever the total says: APIs may have gone since the page before.
        self._total = page.total if page.items else min(page.total, number * PER_PAGE)
        for api in page.items:
            self._on_page.setdefault(api.id, number)

    def want(self, api: Api) -> None:
        """Count an API as wanted; the page that brought it has been of use."""
        if api.id not in self._wanted:
            self._wanted.add(api.id)
            self._last_hits += self._on_page.get(api.id) == self._pages - 1

    def standing(self, waiting: Sequence[Wish]) -> Standing:
        """Return where the process stands with these wishes open."""
        if self._pages:
            self._missed.update(wish.api for wish in waiting)
        sizes = [*self._permissions.values(), *(wish.permissions for wish in waiting if wish.permissions is not None)]
        return Standing(
            asked=len(self._wanted) + len(waiting),
            missed=len(self._missed),
            pages=self._pages,
            last_hits=self._last_hits,
            total=self._total,
            permissions=sum(sizes) / len(sizes) if sizes else None,
        )
