"""Reads that the threads of one process share: each API is read once, and those that wait are read together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from pulumi_auth0_permissions.auth0.errors import ManagementApiError, RateLimited
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.observations.ledger import Ledger
from pulumi_auth0_permissions.observations.strategy import PER_PAGE, TOGETHER, Alone, Named, Page, Step, next_step
from pulumi_auth0_permissions.observations.wishes import Foreseen, Wish

if TYPE_CHECKING:
    from pulumi_auth0_permissions.auth0.models import Api, ApiPage

__all__ = ["Foresight", "Observations", "ReadPort"]

# How long a thread waits for others to read together with: less than a round trip to a tenant takes.
GATHERING_S = 0.025


class ReadPort(Protocol):
    """What reading needs of a Management API client."""

    def verify(self) -> None:
        """Get the token, if there is none yet."""

    def get_api(self, api: str) -> Api:
        """Return the API of that identifier or id."""

    def list_apis_page(self, page: int, per_page: int, identifiers: Sequence[str] | None = None) -> ApiPage:
        """Return one page of all APIs, or of those with these identifiers."""


class Foresight(Protocol):
    """What the processes of one run tell those after them."""

    def load(self) -> Foreseen:
        """Return what earlier processes have noted."""

    def note(self, api: Api) -> None:
        """Leave a word that this API was wanted."""

    def note_total(self, total: int) -> None:
        """Leave a word of how many APIs the tenant has."""


class _NoForesight:
    def load(self) -> Foreseen:
        return Foreseen()

    def note(self, api: Api) -> None:
        """Leave no word."""

    def note_total(self, total: int) -> None:
        """Leave no word."""


class _Role(Enum):
    DONE = auto()  # the wish is answered
    LEADER = auto()  # does the next step for all that wait
    ALONE = auto()  # reads this one API


@dataclass(slots=True, eq=False)
class _Open:
    """A wish that is not answered yet.

    Attributes:
        wish: what is wanted.
        by_itself: whether it is read by one of the threads that wait for it, not by the leader.
        is_being_read: whether that thread is at it.
        answer: the API, or why there is none; ``None`` as long as it waits.
    """

    wish: Wish
    by_itself: bool = False
    is_being_read: bool = False
    answer: Api | BaseException | None = None


class Observations:
    """Remembers reads for as long as the process lives, and makes each of them once.

    A preview and an update are processes of their own, each a second or so long. Whatever is about to be written
    is read anew; this is for looking.

    While the token or a list is under way, further threads queue their wishes; then one of them, the leader, does
    what `strategy.next_step` says. Reads of single APIs go side by side. A list that fails says nothing about an API:
    those that waited for it are asked for one by one, so that each failure is reported as if there were no lists, and
    no list is tried again. Only a 429, after all the client's patience, is the end: more requests would not help.

    Args:
        reads: returns the Management API client; called when something is to be read for the first time.
        foresight: what the processes of a run tell one another; without it each begins anew.
    """

    def __init__(self, reads: Callable[[], ReadPort], foresight: Foresight | None = None) -> None:
        self._reads = reads
        self._foresight = foresight or _NoForesight()
        self._changed = threading.Condition()  # guards all that follows
        self._seen: dict[str, Api] = {}  # by id and by identifier
        self._open: dict[str, _Open] = {}  # by what it was asked for
        self._has_leader = False
        self._lists_fail = False
        self._together = 0  # how many waited for the last step
        self._ledger = Ledger()
        self._looked_ahead = False
        self._noted: set[str] = set()  # ids that the run's next process knows of

    def get(self, wish: Wish) -> Api:
        """Return the API, read at most once; threads that ask together share the read.

        Raises:
            ManagementApiError: the API could not be read; the next call tries again.
            InvalidInputs: there are no settings to read it with.
        """
        with self._changed:
            seen = self._seen.get(wish.api)
            if seen is None:
                waiting = self._open.setdefault(wish.api, _Open(wish))
                self._changed.notify_all()  # somebody may be gathering
        if seen is None:
            seen = self._wait_for(waiting)
        with self._changed:
            self._ledger.want(seen)
            is_news = seen.id not in self._noted
            self._noted.add(seen.id)
        if is_news:
            self._foresight.note(seen)
        return seen

    def peek(self, api: str) -> Api | None:
        """Return what was read of it already, or ``None``; sends nothing."""
        with self._changed:
            return self._seen.get(api)

    def put(self, api: Api) -> None:
        """Remember what the API answered to somebody else's read or to a write."""
        with self._changed:
            self._seen[api.id] = self._seen[api.identifier] = api
            self._ledger.take(api)

    def expect(self, wishes: Iterable[Wish]) -> None:
        """Take a word for it that these will be asked for; sends nothing."""
        with self._changed:
            self._ledger.expect(wish for wish in wishes if wish.api not in self._seen)

    def forget(self, api: Api) -> None:
        """Forget an API that may have changed."""
        with self._changed:
            self._seen.pop(api.id, None)
            self._seen.pop(api.identifier, None)

    def _wait_for(self, waiting: _Open) -> Api:
        while True:
            with self._changed:
                while (role := self._role_of(waiting)) is None:
                    self._changed.wait()
            try:
                if role is _Role.LEADER:
                    self._lead()
                elif role is _Role.ALONE:
                    self._take([self._reads().get_api(waiting.wish.api)], waiting)
            except BaseException as error:  # noqa: BLE001 - whoever shares the wish has to hear of it
                self._answer(waiting, error)
            finally:
                with self._changed:
                    if role is _Role.LEADER:
                        self._has_leader = False
                    self._changed.notify_all()
            if role is _Role.DONE:
                if isinstance(waiting.answer, BaseException):
                    raise waiting.answer
                assert waiting.answer is not None  # noqa: S101 - it is done
                return waiting.answer

    def _role_of(self, waiting: _Open) -> _Role | None:
        """Return what the thread is to do, and take the role; ``None``: wait."""
        if waiting.answer is not None:
            return _Role.DONE
        if waiting.by_itself:
            if waiting.is_being_read:
                return None
            waiting.is_being_read = True
            return _Role.ALONE
        if self._has_leader:
            return None
        self._has_leader = True
        return _Role.LEADER

    def _lead(self) -> None:
        """Do one step for all that wait."""
        try:
            reads = self._reads()
            reads.verify()
        except PermissionsError as error:
            self._fail_all(error)
            return
        with self._changed:
            self._look_ahead()
            self._gather()
            waiting = self._waiting()
            self._together = len(waiting)
            step = Alone() if self._lists_fail else self._next_step([one.wish for one in waiting])
            if isinstance(step, Alone):
                for one in waiting:
                    one.by_itself = True
                return
        try:
            if isinstance(step, Page):
                self._take_page(step, reads.list_apis_page(step.number, PER_PAGE))
            else:
                names = list(dict.fromkeys(str(wish.identifier) for wish in step.wishes))
                self._take_named(step, reads.list_apis_page(0, len(names), names))
        except RateLimited as error:
            self._fail_all(error)
        except ManagementApiError:
            with self._changed:
                self._lists_fail = True

    def _waiting(self) -> list[_Open]:
        return [one for one in self._open.values() if not one.by_itself]

    def _look_ahead(self) -> None:
        if not self._looked_ahead:
            self._looked_ahead = True
            foreseen = self._foresight.load()
            self._ledger.expect((wish for wish in foreseen.wishes if wish.api not in self._seen), foreseen.total)

    def _gather(self) -> None:
        """Give threads that come at about the same time the chance to be read together, once there is reason to.

        The first wish of a process does not wait: it may be the only one. Those after it do, until there are as many
        as decide whether a page pays; later on, those that come back from a read that they shared.
        """

        def known() -> int:
            return self._ledger.wanted + len(self._waiting())

        if self._lists_fail or self._ledger.foreseen or known() == 1:
            return
        if known() < TOGETHER:
            self._changed.wait_for(lambda: known() >= TOGETHER, GATHERING_S)
        elif self._together > 1:
            self._changed.wait_for(lambda: len(self._waiting()) >= TOGETHER, GATHERING_S)

    def _next_step(self, waiting: Sequence[Wish]) -> Step:
        return next_step(waiting, self._ledger.foreseen, self._ledger.standing(waiting))

    def _take_page(self, step: Page, page: ApiPage) -> None:
        with self._changed:
            self._ledger.take_page(step.number, page)
            self._take(page.items)
        self._foresight.note_total(page.total)

    def _take_named(self, step: Named, page: ApiPage) -> None:
        with self._changed:
            self._take(page.items)
            names = {str(wish.identifier) for wish in step.wishes}
            self._ledger.take_named(names)
            # A list says who is there, a single read why somebody is not.
            for one in self._waiting():
                one.by_itself = one.wish.identifier in names or not one.wish.can_be_named

    def _take(self, apis: Sequence[Api], asked: _Open | None = None) -> None:
        """Remember what was read and answer everybody who waits for it, by whatever name."""
        with self._changed:
            for api in apis:
                self.put(api)
                by_name = [self._open.get(name) for name in {api.id, api.identifier}]
                for one in {one for one in (*by_name, asked) if one is not None}:
                    self._answer(one, api)
                    self._ledger.want(api)

    def _answer(self, waiting: _Open, answer: Api | BaseException) -> None:
        with self._changed:
            if waiting.answer is None:
                waiting.answer = answer
            if self._open.get(waiting.wish.api) is waiting:
                del self._open[waiting.wish.api]

    def _fail_all(self, error: PermissionsError) -> None:
        with self._changed:
            for one in self._waiting():
                self._answer(one, error)
