"""Reads of a tenant's APIs that the threads of one process share."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_auth0_permissions.auth0.errors import ManagementApiError, RateLimited
from pulumi_auth0_permissions.auth0.parsing import MAX_PER_PAGE, Page
from pulumi_auth0_permissions.core.model import Api

if TYPE_CHECKING:
    from pulumi_auth0_permissions.auth0.client import ManagementClient

_T = TypeVar("_T")

SEVERAL = 4  # a program that names fewer APIs transfers no other API's permissions
SEVERAL_WITHOUT_HINT = 2  # a refresh comes before the program, and mostly more follow


class ApiReader:
    """Reads each API once a process; threads that want the same one at the same time share the request.

    Once `SEVERAL` APIs are wanted (`SEVERAL_WITHOUT_HINT` where nobody called `expect`), the tenant's list is read,
    page by page, as long as no more pages are left than APIs are wanted. What no page held is read by itself: only
    that answer says why an API is not there.

    So it takes one page and at most two requests for each API that is wanted, wherever they stand in the list. A read
    right before a write is the writer's own, and what the write answers reaches the others by `put`.
    """

    def __init__(self, client: ManagementClient) -> None:
        self._client = client
        self._guard = threading.Lock()  # of all that follows
        self._read: dict[str, Api] = {}  # by id and by identifier
        self._wanted: set[str] = set()  # what had not been read when it was asked for
        self._expected = 0
        self._list: Iterator[Page[Api]] | None = None
        self._pages = 0  # of the list that were read
        self._pages_left: int | None = None  # None before the first page, which tells
        self._under_way: dict[Hashable, Future[Any]] = {}

    def get(self, api: str) -> Api:
        """Return the API of that identifier or id.

        Raises:
            ManagementApiError: the API could not be read; the next call tries again.
        """
        with self._guard:
            if api in self._read:
                return self._read[api]
            self._wanted.add(api)
        # Threads that come while the token is fetched are counted before the first of them decides how to read.
        self._share("token", self._client.verify)
        while (found := self.peek(api)) is None and (page := self._next_page()) is not None:
            self._share("list", partial(self._read_page, page))
        return found or self._share(("api", api), partial(self._read_one, api))

    def peek(self, api: str) -> Api | None:
        """Return the API if it was read already; sends nothing."""
        with self._guard:
            return self._read.get(api)

    def put(self, api: Api) -> None:
        """Remember an API as a write has just left it."""
        with self._guard:
            self._read[api.id] = self._read[api.identifier] = api

    def expect(self, apis: int) -> None:
        """Take a hint of how many APIs will be asked for in all."""
        with self._guard:
            self._expected = max(self._expected, apis)

    def _next_page(self) -> int | None:
        """Return the page to read, from 0; ``None`` where reading one by one is better, or all there is."""
        with self._guard:
            wanted = max(len(self._wanted), self._expected)
            if self._pages_left is None:
                several = SEVERAL if self._expected else SEVERAL_WITHOUT_HINT
                return self._pages if wanted >= several else None
            return self._pages if 0 < self._pages_left <= wanted else None

    def _read_page(self, number: int) -> None:
        with self._guard:
            if number != self._pages or self._pages_left == 0:
                return  # another thread was faster
        try:
            self._list = self._list or self._client.pages_of_apis()
            # A page may hold more than was asked for, and so be the last one.
            page: Page[Api] = next(self._list, Page(()))
        except ManagementApiError as error:
            with self._guard:
                self._pages_left = 0  # lists are given up; single reads say for each API what is wrong
            if isinstance(error, RateLimited):  # after all the client's patience: more requests would not help
                raise
            return
        with self._guard:
            self._pages = number + 1
            self._pages_left = max(0, math.ceil((page.total or 0) / MAX_PER_PAGE) - self._pages)
            for api in page.items:
                self._note(api)

    def _read_one(self, name: str) -> Api:
        if (found := self.peek(name)) is not None:
            return found  # another thread was faster
        api = self._client.get_api(name)
        with self._guard:
            self._note(api)
        return api

    def _note(self, api: Api) -> None:
        # What was put is newer than a read that was under way at that time.
        self._read.setdefault(api.id, api)
        self._read.setdefault(api.identifier, api)

    def _share(self, key: Hashable, call: Callable[[], _T]) -> _T:
        """Return what the call returns or raises, made once for all threads that come while it is under way."""
        with self._guard:
            future = self._under_way.get(key)
            is_mine = future is None
            if future is None:
                future = self._under_way[key] = Future()
        if is_mine:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - whoever shares the call has to hear of it
                future.set_exception(error)
            finally:
                with self._guard:
                    del self._under_way[key]
        result: _T = future.result()
        return result
