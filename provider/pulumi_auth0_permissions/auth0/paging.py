"""Lists that come in pages: complete, or an error that says why not."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.http import Call, HttpClient
from pulumi_auth0_permissions.auth0.parsing import Page, page_of

MAX_PAGES = 1000  # of one list; 100,000 entries are more than a tenant may hold of any kind we read
MAX_LIST_BYTES = 256 << 20  # in memory, all pages together
MAX_PER_PAGE = 100  # OpenAPI description, per_page and take

_T = TypeVar("_T")
_Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Listing(Generic[_T]):
    """A list of the Management API.

    Attributes:
        path: percent-encoded.
        key: of the items in an answer.
        item: reads one.
        names: by what an item is known; no two items share any.
        scope: what the token needs.
        query: which items to list; empty: all.
        by_checkpoint: whether each page says where the next one starts, in place of pages by number with totals
            (recorded: which list knows which).
    """

    path: str
    key: str
    item: Callable[[object], _T]
    names: Callable[[_T], tuple[Hashable, ...]]
    scope: str
    query: _Query = ()
    by_checkpoint: bool = False

    def read(self, http: HttpClient, paging: _Query) -> Page[_T]:
        """Read one page."""
        call = Call("GET", self.path, self.scope, query=(*self.query, *paging))
        return http.send(call, lambda payload: page_of(payload, self.key, self.item))

    def incomplete(self, why: str) -> ManagementApiError:
        """Make the error of a list that is not complete."""
        return ManagementApiError(
            f"the list is not complete or contradicts itself ({why})",
            "Run again, in case it was being changed; if it stays so, check that auth0:domain names an Auth0 tenant.",
            request=f"GET {self.path}",
        )


def all_items(http: HttpClient, listing: Listing[_T]) -> Iterator[_T]:
    """Yield the items of all pages, each page read when it is needed.

    An item that moves to the next page while the list is read is yielded once.

    Raises:
        ManagementApiError: a page could not be read, or the pages do not make up one list.
    """
    seen: set[Hashable] = set()
    checkpoints: set[str] = set()
    received, bytes_before = 0, http.received
    paging = (("take", str(MAX_PER_PAGE)),) if listing.by_checkpoint else _by_number(0, MAX_PER_PAGE)
    for number in range(1, MAX_PAGES + 1):
        page = listing.read(http, paging)
        if http.received - bytes_before > MAX_LIST_BYTES:
            raise listing.incomplete(f"it takes more than {MAX_LIST_BYTES >> 20} MiB")
        if page.start not in {None, received}:
            raise listing.incomplete(f"a page starts at {page.start}, though {received} entries came before it")
        received += len(page.items)
        new = {listing.names(item): item for item in page.items if listing.names(item) not in seen}
        seen.update(new)
        yield from new.values()
        if not _goes_on(listing, page, received):
            if page.total is not None and received < page.total:
                raise listing.incomplete(f"{received} of {page.total} entries came")
            return
        if (page.items and not new) or page.next in checkpoints:
            raise listing.incomplete(f"the same {len(page.items)} entries came again")
        paging = _by_number(number, MAX_PER_PAGE)
        if listing.by_checkpoint and page.next is not None:
            checkpoints.add(page.next)
            paging = (("take", str(MAX_PER_PAGE)), ("from", page.next))
    raise listing.incomplete(f"it goes on after {MAX_PAGES} pages")


def one_page(http: HttpClient, listing: Listing[_T], number: int, per_page: int) -> tuple[tuple[_T, ...], int]:
    """Return one page's items and how many the list has in all; as many as came where the answer does not say.

    Args:
        http: carries the call out.
        listing: a list by number.
        number: from 0.
        per_page: 1 to 100.

    Raises:
        ManagementApiError: the page could not be read, or contradicts what was asked for.
    """
    page = listing.read(http, _by_number(number, per_page))
    first, count = number * per_page, len(page.items)
    total = first + count if page.total is None else page.total
    names = [name for item in page.items for name in set(listing.names(item))]
    if page.start not in {None, first}:
        raise listing.incomplete(f"page {number} starts at {page.start} instead of {first}")
    if count > per_page:
        raise listing.incomplete(f"a page of at most {per_page} entries holds {count}")
    if count and total < first + count:
        raise listing.incomplete(f"{first + count} entries came, of {total}")
    if len(names) > len(set(names)):
        raise listing.incomplete("an entry is there twice")
    return page.items, total


def _goes_on(listing: Listing[_T], page: Page[_T], received: int) -> bool:
    """Tell whether another page is to be read; a page may be shorter than was asked for without being the last."""
    if listing.by_checkpoint:
        return page.next is not None
    return bool(page.items) and (page.total is None or received < page.total)


def _by_number(number: int, per_page: int) -> _Query:
    return (("page", str(number)), ("per_page", str(per_page)), ("include_totals", "true"))
