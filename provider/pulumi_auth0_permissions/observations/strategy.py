"""The law of shared reads: which request is the next one, given who waits and what is known. Pure.

Nobody tells a provider how many APIs a run is about: its four worker threads bring one wish each, and more follow
only when these are answered. Three ways to read compete:

- alone: one request for one API;
- named: one request for the APIs that wait (the list, filtered by their identifiers);
- page: one request for 100 APIs of the tenant, wanted or not.

Sometimes the future is known: the program tells a preview which APIs it names, and a preview tells the update of
the same run what it looked at (*foresight*).

A request is worth `REQUEST_BYTES` of an answer: that makes requests and bytes one cost. What lists by name would
have cost for n APIs, four at a time, is their *rent*; pages are bought with it (the ski-rental argument):

1. One API that waits is read alone; two or three are read by name. A program of less than four APIs never reads
   what it did not ask for.
2. The *first page* is read from the fourth API on, when it costs at most `EAGERNESS` times the rent so far.
3. The *next page* is read when the last one has paid for itself: when its cost was at most `EAGERNESS` times the
   rent of the APIs that were wanted of it.
4. The *rest of the tenant* is read page by page when all of it costs at most `EAGERNESS` times the rent of the
   APIs that were not on the pages so far.
5. Otherwise those that wait are read by name. What is on no page of the tenant is asked for alone, once, for the
   right answer.
6. With foresight the cheaper of "all by name" and "all of the tenant" is taken at once; of a tenant of unknown size
   the first page, where it costs less than all by name, and then the cheaper.

So the cost is never more than 1 + 2 x `EAGERNESS` times that of lists by name for the same APIs (each API's rent
pays for a page at most twice: when it first waits, and as a hit or a miss), however the wanted APIs lie in the
tenant and whenever the run ends, as far as APIs are about as large as those seen so far; with foresight, not more
than twice the best. Where a stack is about the whole of its tenant of N APIs, reads come to N / 100 and at most two,
in the order in which the tenant lists them, and with 100 permissions each to 1.6 x N / 100 and two in any other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from pulumi_auth0_permissions.observations.wishes import Wish

__all__ = ["PER_PAGE", "TOGETHER", "Alone", "Named", "Page", "Standing", "Step", "cost", "next_step", "rent"]

PER_PAGE = 100  # the most that the service puts on a page
MAX_NAMED = 10  # the most that the service takes of the parameter `identifiers`
TOGETHER = 4  # worker threads of a provider process (the Pulumi SDK's dynamic provider server)
EAGERNESS = 3  # times the rent that pages may cost

# What a line of 16 Mbit/s carries in the half second that a request takes of a tenant that allows two a second.
REQUEST_BYTES = 1024 * 1024
# Means of the recorded answers of the Management API.
_PERMISSION_BYTES = 72
_API_BYTES = 400  # all but its permissions
_LARGEST = 1000  # permissions that an API can hold; taken where nothing is known

# Half of what nginx and others take for a request line when nobody tells them otherwise.
MAX_QUERY_BYTES = 4000
_QUERY_BYTES_BESIDES = 100  # page, per_page, include_totals
_NAME = "&identifiers="


@dataclass(frozen=True, slots=True)
class Alone:
    """Each API that waits is asked for by itself."""


@dataclass(frozen=True, slots=True)
class Named:
    """One list of these APIs; those that wait and cannot be named are asked for by themselves."""

    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the tenant, counted from 0."""

    number: int


Step = Alone | Named | Page


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a process stands.

    Attributes:
        asked: APIs asked for so far, those that wait included.
        missed: those of them that were on none of the pages read when they came.
        pages: pages of the tenant read so far, from the first on.
        last_hits: APIs of the last page that were wanted.
        total: APIs that the tenant has; ``None`` as long as no page said.
        permissions: how many an API holds on average; ``None`` where nothing is known.
    """

    asked: int
    missed: int = 0
    pages: int = 0
    last_hits: int = 0
    total: int | None = None
    permissions: float | None = None

    @property
    def is_read_whole(self) -> bool:
        """Whether there is no further page."""
        return self.total is not None and self.pages * PER_PAGE >= self.total

    @property
    def api_bytes(self) -> float:
        """How large an API is in an answer."""
        permissions = _LARGEST if self.permissions is None else self.permissions
        return _API_BYTES + permissions * _PERMISSION_BYTES

    @property
    def left(self) -> int:
        """APIs on the pages that were not read yet; of a tenant nothing is known of, one page."""
        return PER_PAGE if self.total is None else max(0, self.total - self.pages * PER_PAGE)


def cost(requests: float, apis: float, standing: Standing) -> float:
    """Return what requests cost that bring that many APIs, in bytes."""
    return requests * REQUEST_BYTES + apis * standing.api_bytes


def rent(apis: int, standing: Standing) -> float:
    """Return what lists by name cost for that many APIs, four at a time."""
    return cost(math.ceil(apis / TOGETHER), apis, standing)


def next_step(waiting: Sequence[Wish], foreseen: Sequence[Wish], standing: Standing) -> Step:
    """Return what to do for those that wait.

    Args:
        waiting: at least one.
        foreseen: what will be asked for besides, by an earlier process of the run; read so far: none of it.
        standing: where the process stands.
    """
    if standing.is_read_whole:
        return Alone()
    expected = {wish.api for wish in foreseen} | {wish.identifier for wish in foreseen}
    if any(wish.api in expected or wish.identifier in expected for wish in waiting):
        return _foreseen_step(waiting, foreseen, standing)
    return Page(standing.pages) if _pages_pay(standing) else _by_name(waiting, waiting)


def _foreseen_step(waiting: Sequence[Wish], foreseen: Sequence[Wish], standing: Standing) -> Step:
    names = {wish.identifier or wish.api for wish in waiting}
    everything = [*waiting, *(wish for wish in foreseen if (wish.identifier or wish.api) not in names)]
    lists, rest = 0, everything
    while rest:
        lists, rest = lists + 1, rest[max(1, len(_fitting(rest))) :]
    by_name = cost(lists, len(everything), standing)
    # Of a tenant nothing is known of, that is one page: it tells how large the tenant is.
    by_page = cost(math.ceil(standing.left / PER_PAGE), standing.left, standing)
    return Page(standing.pages) if by_page < by_name else _by_name(everything, waiting)


def _by_name(wanted: Sequence[Wish], waiting: Sequence[Wish]) -> Step:
    named = _fitting([wish for wish in wanted if wish.can_be_named])
    if len(named) > 1 and any(wish in named for wish in waiting):
        return Named(named)
    return Alone()


def _fitting(wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """Return as many wishes, from the first on, as one list can be asked for."""
    room = MAX_QUERY_BYTES - _QUERY_BYTES_BESIDES
    for number, wish in enumerate(wishes):
        room -= len(_NAME) + len(quote_plus(wish.identifier or "", errors="surrogatepass"))
        if room < 0 or number == MAX_NAMED:
            return tuple(wishes[:number])
    return tuple(wishes)


def _pages_pay(standing: Standing) -> bool:
    if standing.pages == 0:
        return standing.asked >= TOGETHER and cost(1, standing.left, standing) <= EAGERNESS * rent(
            standing.asked, standing
        )
    # Its hits are counted one by one, not in fours: what they would have cost together with others.
    worth = standing.last_hits * rent(TOGETHER, standing) / TOGETHER
    if cost(1, PER_PAGE, standing) <= EAGERNESS * worth:
        return True
    return cost(math.ceil(standing.left / PER_PAGE), standing.left, standing) <= EAGERNESS * rent(
        standing.missed, standing
    )
