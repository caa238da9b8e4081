"""The endpoints of the Management API that the product uses, as typed calls; lists are complete or an error.

Importing this module imports `requests` (some 50 ms after Pulumi itself), so it is left to where a tenant is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import quote

from pulumi_auth0_permissions.auth0.errors import Call, Forbidden, ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.http import HttpClient
from pulumi_auth0_permissions.auth0.parsing import (
    MAX_PER_PAGE,
    ClientGrant,
    HeldPermission,
    Page,
    Role,
    api_of,
    application_name_of,
    client_grant_of,
    expecting,
    held_permission_of,
    mapping_of,
    page_of,
    role_of,
)
from pulumi_auth0_permissions.core.model import Api, Permissions, Scope
from pulumi_auth0_permissions.core.text import escape

MAX_PAGES = 1000  # of one list; 100,000 entries are more than a tenant may hold of any kind we read
MAX_LIST_BYTES = 256 << 20  # in memory, all pages together
MAX_PERMISSIONS_PER_REQUEST = 50  # the most that a recording holds in one request to a role is 58

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Listing(Generic[_T]):
    """A list of the Management API."""

    path: str  # percent-encoded
    key: str  # of the items in an answer
    item: Callable[[object], _T]  # reads one
    names: Callable[[_T], tuple[Hashable, ...]]  # by which an item is known; no two items share any
    scope: str  # what the token needs
    query: tuple[tuple[str, str], ...] = ()  # which items to list; empty: all
    by_checkpoint: bool = False  # each page says where the next one starts; else by number, with totals (recorded)

    def at(self, name: str, below: str = "") -> str:
        """Return the path of one item, and what lies below it."""
        return f"{self.path}/{_segment(name)}{below}"

    def call(self, number: int, checkpoints: Sequence[str]) -> Call:
        """Return the call for the page of that number, from 0, or for the one that starts at the last checkpoint."""
        paging = {"page": str(number), "per_page": str(MAX_PER_PAGE), "include_totals": "true"}
        if self.by_checkpoint:
            paging = {"take": str(MAX_PER_PAGE)}
            if checkpoints:
                paging["from"] = checkpoints[-1]
        return Call("GET", self.path, self.scope, query=(*self.query, *paging.items()))


_APIS = _Listing(
    "/api/v2/resource-servers", "resource_servers", api_of, lambda api: (api.id, api.identifier), Scope.READ_APIS
)
_ROLES = _Listing("/api/v2/roles", "roles", role_of, lambda role: (role.id,), Scope.READ_ROLES)
_GRANTS = _Listing(
    "/api/v2/client-grants",
    "client_grants",
    client_grant_of,
    lambda grant: (grant.id,),
    Scope.READ_GRANTS,
    by_checkpoint=True,
)


class ManagementClient(HttpClient):
    """Calls one tenant.

    Every method that sends a request raises `ManagementApiError`, or the subclass that says more.
    """

    _names_forbidden = False  # the token may read no application

    @cached_property
    def _names(self) -> dict[str, str | None]:
        """Names of applications; ``None`` of one that has gone."""
        return {}

    def get_api(self, api: str) -> Api:
        """Return the API of that identifier or id.

        Raises:
            NotFound: there is none.
        """
        not_found = (
            f'there is no API with the identifier or id "{escape(api)}" at {self.host}',
            "Check `api` for spelling and the last slash, or create the API first.",
        )
        call = Call("GET", _APIS.at(api), Scope.READ_APIS, not_found=not_found)
        if api in {"", ".", ".."}:  # as a path these would mean another resource
            raise NotFound(*not_found, request=call.request)
        return self.send(call, expecting(api_of, lambda found: api in {found.id, found.identifier}))

    def list_apis(self) -> Iterator[Api]:
        """Yield all APIs, Auth0's own included (`Api.is_system`); pages are fetched as they are needed."""
        return self._items(_APIS)

    def pages_of_apis(self) -> Iterator[Page[Api]]:
        """Yield the pages that `list_apis` is made of."""
        return self._pages(_APIS)

    def replace_permissions(self, api_id: str, permissions: Permissions) -> Api:
        """Write the API's whole list of permissions, once, and return what the API answered.

        A description is always sent, an empty one too.

        Raises:
            ManagementApiError: it may or may not have been carried out (`nothing_was_written`); read again before
                trying again (`worth_another_try`).
        """
        scopes = [{"value": value, "description": description} for value, description in permissions.items()]
        not_found = (f'the API "{escape(api_id)}" no longer exists', "Check whether it was deleted, then run again.")
        call = Call("PATCH", _APIS.at(api_id), Scope.UPDATE_APIS, body={"scopes": scopes}, not_found=not_found)
        return self.send(call, expecting(api_of, lambda answered: answered.id == api_id))

    def client_grants(self, audience: str) -> Iterator[ClientGrant]:
        """Yield the client grants on the API of that identifier, default grants included."""
        of_api = expecting(client_grant_of, lambda grant: grant.audience == audience)
        return self._items(replace(_GRANTS, item=of_api, query=(("audience", audience),)))

    def get_client_grant(self, grant_id: str) -> ClientGrant:
        """Return one client grant."""
        return self._send_grant(grant_id, Call("GET", _GRANTS.at(grant_id), Scope.READ_GRANTS))

    def replace_grant_scope(self, grant_id: str, scope: Sequence[str]) -> ClientGrant:
        """Write a client grant's whole list of permissions, once, and return what the API answered."""
        body = {"scope": list(scope)}
        return self._send_grant(grant_id, Call("PATCH", _GRANTS.at(grant_id), Scope.UPDATE_GRANTS, body=body))

    def roles(self) -> Iterator[Role]:
        """Yield all roles."""
        return self._items(_ROLES)

    def role_permissions(self, role_id: str) -> Iterator[HeldPermission]:
        """Yield the permissions that a role holds, of all APIs."""
        path = _ROLES.at(role_id, "/permissions")
        return self._items(_Listing(path, "permissions", held_permission_of, lambda held: (held,), Scope.READ_ROLES))

    def role_user_count(self, role_id: str) -> int | None:
        """Return how many users have a role, or ``None`` where the answer does not say."""
        query = (("per_page", "1"), ("include_totals", "true"))
        call = Call("GET", _ROLES.at(role_id, "/users"), Scope.READ_ROLE_MEMBERS, query=query)
        return self.send(call, lambda payload: page_of(payload, "users", mapping_of).total)

    def add_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Give permissions of the API of that identifier to a role; those it has already do no harm."""
        self._change_role("POST", role_id, identifier, values)

    def remove_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Take permissions of the API of that identifier from a role; those it lacks do no harm."""
        self._change_role("DELETE", role_id, identifier, values)

    def application_name(self, client_id: str) -> str | None:
        """Return an application's name, remembered; ``None`` if it has gone or the token may not read it."""
        if client_id not in self._names and not self._names_forbidden:
            query = (("fields", "client_id,name"), ("include_fields", "true"))
            call = Call("GET", f"/api/v2/clients/{_segment(client_id)}", Scope.READ_APPLICATIONS, query=query)
            try:
                self._names[client_id] = self.send(call, application_name_of)
            except NotFound:
                self._names[client_id] = None
            except Forbidden:
                self._names_forbidden = True
        return self._names.get(client_id)

    def _pages(self, listing: _Listing[_T]) -> Iterator[Page[_T]]:
        """Yield the pages of a list, each read when it is needed.

        An item that moves to the next page while the list is read is yielded once.

        Raises:
            ManagementApiError: a page could not be read, or the pages do not make up one list.
        """
        seen: set[Hashable] = set()
        checkpoints: list[str] = []
        received, bytes_before = 0, self._received
        for number in range(MAX_PAGES):
            call = listing.call(number, checkpoints)
            page = self.send(call, lambda payload: page_of(payload, listing.key, listing.item))
            if self._received - bytes_before > MAX_LIST_BYTES:
                raise _incomplete(call, f"it takes more than {MAX_LIST_BYTES >> 20} MiB")
            if page.start not in {None, received}:
                raise _incomplete(call, f"a page starts at {page.start}, though {received} entries came before it")
            received += len(page.items)
            names = Counter(name for item in page.items for name in set(listing.names(item)))
            if any(count > 1 for count in names.values()):
                raise _incomplete(call, "an entry is there twice")
            new = {listing.names(item): item for item in page.items if listing.names(item) not in seen}
            seen.update(new)
            goes_on = bool(page.items) and (page.total is None or received < page.total)
            if listing.by_checkpoint:
                goes_on = page.next is not None
            if not goes_on and received < (page.total or 0):
                raise _incomplete(call, f"{received} of {page.total} entries came")
            if goes_on and ((page.items and not new) or page.next in checkpoints):
                raise _incomplete(call, f"the same {len(page.items)} entries came again")
            yield replace(page, items=tuple(new.values()))
            if not goes_on:
                return
            if page.next is not None:
                checkpoints.append(page.next)
        raise _incomplete(listing.call(0, []), f"it goes on after {MAX_PAGES} pages")

    def _items(self, listing: _Listing[_T]) -> Iterator[_T]:
        return (item for page in self._pages(listing) for item in page.items)

    def _send_grant(self, grant_id: str, call: Call) -> ClientGrant:
        return self.send(call, expecting(client_grant_of, lambda grant: grant.id == grant_id))

    def _change_role(self, method: str, role_id: str, identifier: str, values: Sequence[str]) -> None:
        path = _ROLES.at(role_id, "/permissions")
        for first in range(0, len(values), MAX_PERMISSIONS_PER_REQUEST):
            permissions = [
                {"resource_server_identifier": identifier, "permission_name": value}
                for value in values[first : first + MAX_PERMISSIONS_PER_REQUEST]
            ]
            call = Call(method, path, Scope.UPDATE_ROLES, body={"permissions": permissions})
            self.send(call, lambda _payload: None)


def _segment(text: str) -> str:
    """Escape an identifier or id for a path as recorded: "/" as %2F, ":" as it is."""
    return quote(text, safe=":", errors="surrogatepass")


def _incomplete(call: Call, why: str) -> ManagementApiError:
    return ManagementApiError(
        f"the list is not complete or contradicts itself ({why})",
        "Run again, in case it was being changed; if it stays so, check that auth0:domain names an Auth0 tenant.",
        request=call.request,
    )
