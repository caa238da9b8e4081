"""Lists that come in pages: by number with totals, and by checkpoint (recorded: which list knows which)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from typing import TypeVar

from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.http import Call, HttpClient
from pulumi_auth0_permissions.auth0.shapes import ShapeError, items_of, mapping_of

__all__ = ["MAX_PER_PAGE", "checkpoints", "pages", "single_page"]

MAX_PAGES = 1000  # of one list; 100,000 entries are more than a tenant may hold of any kind we read
MAX_LIST_BYTES = 256 << 20  # in memory, all pages together
MAX_PER_PAGE = 100  # OpenAPI description, per_page and take

_T = TypeVar("_T")
_Query = tuple[tuple[str, str], ...]


def _page_call(path: str, page: int, per_page: int, needs: tuple[str, ...]) -> Call:
    """Make the call for one page, from 0, with totals."""
    paging = (("page", str(page)), ("per_page", str(per_page)), ("include_totals", "true"))
    return Call("GET", path, query=paging, needs=needs)


def pages(
    http: HttpClient,
    path: str,
    key: str,
    item: Callable[[object], _T],
    identity: Callable[[_T], Hashable],
    needs: tuple[str, ...],
    per_page: int = MAX_PER_PAGE,
) -> Iterator[_T]:
    """Yield the items of all pages; one that moves to the next page while we read is yielded once.

    Args:
        http: carries the calls out, each when its page is needed.
        path: of the list.
        key: of the items in the answer.
        item: reads one.
        identity: what makes two of them the same.
        needs: scopes of which the token needs one.
        per_page: 1 to 100.
    """
    seen: set[Hashable] = set()
    received = 0
    check_size = _size_check(http, path)
    for page in range(MAX_PAGES):
        call = _page_call(path, page, per_page, needs)
        (items, total), start = http.send(call, lambda payload: (items_of(payload, key, item), _start_of(payload)))
        check_size()
        if start is not None and start != received:
            raise _incomplete(path, f"a page starts at {start}, though {received} entries came before it")
        received += len(items)
        before = len(seen)
        for entry in items:
            if identity(entry) not in seen:
                seen.add(identity(entry))
                yield entry
        if total is None and not items:
            return
        if total is not None and received >= total:
            return
        if not items:
            raise _incomplete(path, f"{received} of {total} entries came")
        if len(seen) == before:
            raise _incomplete(path, f"the same {len(items)} entries came again")
    raise _incomplete(path, f"it goes on after {MAX_PAGES} pages")


def checkpoints(
    http: HttpClient,
    path: str,
    key: str,
    item: Callable[[object], _T],
    needs: tuple[str, ...],
    query: _Query,
) -> Iterator[_T]:
    """Yield the items of a list that tells with each page where the next one starts."""
    seen: set[str] = set()
    start: _Query = ()
    received = 0
    check_size = _size_check(http, path)
    for _ in range(MAX_PAGES):
        call = Call("GET", path, query=(*query, ("take", str(MAX_PER_PAGE)), *start), needs=needs)
        (items, total), following = http.send(
            call, lambda payload: (items_of(payload, key, item), _next_of(payload, seen))
        )
        check_size()
        yield from items
        received += len(items)
        if following is None and total is not None and received < total:
            raise _incomplete(path, f"{received} of {total} entries came")
        if following is None:
            return
        seen.add(following)
        start = (("from", following),)
    raise _incomplete(path, f"it goes on after {MAX_PAGES} pages")


def single_page(
    http: HttpClient,
    path: str,
    key: str,
    item: Callable[[object], _T],
    identities: Callable[[_T], Collection[Hashable]],
    needs: tuple[str, ...],
    page: int,
    per_page: int,
) -> tuple[tuple[_T, ...], int]:
    """Return one page's items and how many the list has in all.

    Args:
        http: carries the call out.
        path: of the list.
        key: of the items in the answer.
        item: reads one.
        identities: by what an item is known; no two share any.
        needs: scopes of which the token needs one.
        page: from 0.
        per_page: 1 to 100.
    """
    call = _page_call(path, page, per_page, needs)
    (items, total), start = http.send(call, lambda payload: (items_of(payload, key, item), _start_of(payload)))
    first = page * per_page
    if start is not None and start != first:
        raise _incomplete(path, f"page {page} starts at {start} instead of {first}")
    if len(items) > per_page:
        raise _incomplete(path, f"a page of at most {per_page} entries holds {len(items)}")
    if total is not None and items and total < first + len(items):
        raise _incomplete(path, f"{first + len(items)} entries came, of {total}")
    names = [name for one in items for name in set(identities(one))]
    if len(names) > len(set(names)):
        raise _incomplete(path, "an entry is there twice")
    return items, first + len(items) if total is None else total


def _size_check(http: HttpClient, path: str) -> Callable[[], None]:
    """Return a check that the list that is read from here on does not fill the memory."""
    before = http.received

    def check() -> None:
        if http.received - before > MAX_LIST_BYTES:
            raise _incomplete(path, f"it takes more than {MAX_LIST_BYTES >> 20} MiB")

    return check


def _start_of(payload: object) -> int | None:
    start = payload.get("start") if isinstance(payload, dict) else None
    return start if isinstance(start, int) else None


def _incomplete(path: str, why: str) -> ManagementApiError:
    return ManagementApiError(
        f"the list is not complete or contradicts itself ({why})",
        "Run again, in case it was being changed; if it stays so, check that auth0:domain names an Auth0 tenant.",
        request=f"GET {path}",
    )


def _next_of(payload: object, seen: set[str]) -> str | None:
    following = mapping_of(payload).get("next")
    if following is None or following == "":
        return None
    if not isinstance(following, str) or following in seen:
        raise ShapeError("next leads nowhere")
    return following
