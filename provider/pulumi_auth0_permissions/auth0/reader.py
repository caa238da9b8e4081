"""Read a tenant's APIs, one by one or by the list, in as few requests as the threads of a process can share."""

import threading

from pulumi_auth0_permissions.auth0.client import MAX_PER_PAGE, ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.core.model import Api

SEVERAL = 4  # a program that names fewer APIs transfers no other API's permissions
SEVERAL_WITHOUT_HINT = 2  # a refresh comes before the program, and mostly more follow


class ApiReader:
    """Reads each API once per process; threads that want the same one at the same time share the request.

    Once `SEVERAL` APIs are wanted (`SEVERAL_WITHOUT_HINT` where nobody called `expect`), the tenant's list is read,
    page by page, as long as no more pages are left than APIs are wanted. What no page held is read by itself: only
    that answer says why an API is not there.

    So it takes at most one page plus two requests for each API that is wanted, wherever they are in the list. A read
    right before a write is the writer's own; the answer to the write reaches the others by `put`.

    What the threads share without a lock is read and changed in single steps, which are atomic.
    """

    def __init__(self, client: ManagementClient) -> None:
        self._client = client
        self._read: dict[str, Api] = {}  # by id and by identifier
        self._wanted: set[str] = set()  # what had not been read when it was asked for
        self._expected = 0
        self._turns: dict[str, threading.Lock] = {}  # of those who read the same API by itself
        self._listing = threading.Lock()  # of the next three
        self._pages = client.pages_of_apis()
        self._listed = 0  # APIs on the pages that were read
        self._pages_left: int | None = None  # None before the first page, which tells

    def get(self, api: str) -> Api:
        """Return the API of that identifier or id; where it cannot be read, the next call tries again."""
        if found := self._read.get(api):
            return found
        self._wanted.add(api)
        # Threads that come while the token is fetched are counted before the first of them decides how to read.
        self._client.verify()
        with self._listing:
            while api not in self._read and self._is_worth_a_page():
                self._read_page()
        with self._turns.setdefault(api, threading.Lock()):
            if api not in self._read:
                self._note(self._client.get_api(api))
            return self._read[api]

    def put(self, api: Api) -> None:
        """Remember an API as a write has just left it."""
        self._read[api.id] = self._read[api.identifier] = api

    def expect(self, apis: int) -> None:
        """Take the hint that the program names so many APIs."""
        self._expected = max(self._expected, apis)

    def _is_worth_a_page(self) -> bool:
        """Tell whether there is a page to read, and reading the APIs one by one is not better."""
        wanted = max(len(self._wanted), self._expected)
        if self._pages_left is None:
            return wanted >= (SEVERAL if self._expected else SEVERAL_WITHOUT_HINT)
        return 0 < self._pages_left <= wanted

    def _read_page(self) -> None:
        try:
            page = next(self._pages)
        except ManagementApiError as error:
            self._pages_left = 0  # lists are given up; single reads say for each API what is wrong
            if error.status == 429:  # after all the client's patience: more requests would not help
                raise
            return
        self._listed += len(page.items)
        self._pages_left = (page.total - self._listed + MAX_PER_PAGE - 1) // MAX_PER_PAGE  # rounded up
        for api in page.items:
            self._note(api)

    def _note(self, api: Api) -> None:
        # What was put is newer than a read that was under way at that time.
        self._read.setdefault(api.id, api)
        self._read.setdefault(api.identifier, api)
