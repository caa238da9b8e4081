"""The endpoints of the Management API that the product uses, as typed calls; lists are complete or an error.

Importing this module imports `requests` (some 50 ms after Pulumi itself), so it is left to where a tenant is asked.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from pulumi_auth0_permissions.auth0.errors import Call, ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.http import HttpClient
from pulumi_auth0_permissions.auth0.parsing import (
    MAX_PER_PAGE,
    ClientGrant,
    Page,
    api_of,
    client_grant_of,
    expecting,
    held_permission_of,
    optional,
    page_of,
    role_of,
)
from pulumi_auth0_permissions.core.model import Api, Holder, Permissions, Scope
from pulumi_auth0_permissions.core.text import escape

MAX_PAGES = 1000  # of one list; 100,000 entries are more than a tenant may hold of any kind we read
MAX_LIST_BYTES = 256 << 20  # in memory, all pages together
MAX_PERMISSIONS_PER_REQUEST = 50  # the most that a recording holds in one request to a role is 58

_APIS = "/api/v2/resource-servers"
_GRANTS = "/api/v2/client-grants"
_ROLES = "/api/v2/roles"

_T = TypeVar("_T")


class ManagementClient(HttpClient):
    """Calls one tenant.

    Every method that sends a request raises `ManagementApiError`, or the subclass that says more.
    """

    def get_api(self, api: str) -> Api:
        """Return the API of that identifier or id.

        Raises:
            NotFound: there is none.
        """
        no_api = (
            f'there is no API with the identifier or id "{escape(api)}" at {self.host}',
            "Check `api` for spelling and the last slash, or create the API first.",
        )
        if api in {"", ".", ".."}:  # as a path these would mean another resource
            raise NotFound(*no_api)
        call = Call("GET", _at(_APIS, api), Scope.READ_APIS)
        try:
            return self.send(call, expecting(api_of, lambda found: api in {found.id, found.identifier}))
        except NotFound as error:
            error.what, error.next_action = no_api
            raise

    def list_apis(self) -> Iterator[Api]:
        """Yield all APIs, Auth0's own included (`Api.is_system`); pages are fetched as they are needed."""
        return _items(self.pages_of_apis())

    def pages_of_apis(self) -> Iterator[Page[Api]]:
        """Yield the pages that `list_apis` is made of."""
        return self._pages(Call("GET", _APIS, Scope.READ_APIS), "resource_servers", api_of)

    def replace_permissions(self, api_id: str, permissions: Permissions) -> Api:
        """Write the API's whole list of permissions, once, and return what the API answered.

        A description is always sent, an empty one too.

        Raises:
            ManagementApiError: it may or may not have been carried out (`nothing_was_written`); read again before
                trying again (`worth_another_try`).
        """
        scopes = [{"value": value, "description": description} for value, description in permissions.items()]
        call = Call("PATCH", _at(_APIS, api_id), Scope.UPDATE_APIS, body={"scopes": scopes})
        return self.send(call, expecting(api_of, lambda answered: answered.id == api_id))

    def client_grants(self, audience: str) -> Iterator[ClientGrant]:
        """Yield the client grants on the API of that identifier, default grants included."""
        of_api = expecting(client_grant_of, lambda grant: grant.audience == audience)
        call = Call("GET", _GRANTS, Scope.READ_GRANTS, query=(("audience", audience),))
        return _items(self._pages(call, "client_grants", of_api, by_checkpoint=True))

    def get_client_grant(self, grant_id: str) -> ClientGrant:
        """Return one client grant."""
        return self._send_grant(grant_id, Call("GET", _at(_GRANTS, grant_id), Scope.READ_GRANTS))

    def replace_grant_scope(self, grant_id: str, scope: Sequence[str]) -> ClientGrant:
        """Write a client grant's whole list of permissions, once, and return what the API answered."""
        body = {"scope": list(scope)}
        return self._send_grant(grant_id, Call("PATCH", _at(_GRANTS, grant_id), Scope.UPDATE_GRANTS, body=body))

    def roles(self) -> Iterator[Holder]:
        """Yield all roles."""
        return _items(self._pages(Call("GET", _ROLES, Scope.READ_ROLES), "roles", role_of))

    def role_permissions(self, role_id: str) -> Iterator[tuple[str, str]]:
        """Yield the permissions that a role holds, of all APIs: the identifier of the API, and the value."""
        call = Call("GET", f"{_at(_ROLES, role_id)}/permissions", Scope.READ_ROLES)
        return _items(self._pages(call, "permissions", held_permission_of))

    def role_user_count(self, role_id: str) -> int | None:
        """Return how many users have a role, or ``None`` where the answer does not say."""
        query = (("per_page", "1"), ("include_totals", "true"))
        call = Call("GET", f"{_at(_ROLES, role_id)}/users", Scope.READ_ROLE_MEMBERS, query=query)
        return self.send(call, lambda payload: optional(payload, "total", int))

    def add_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Give permissions of the API of that identifier to a role; those it has already do no harm."""
        self._change_role("POST", role_id, identifier, values)

    def remove_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Take permissions of the API of that identifier from a role; those it lacks do no harm."""
        self._change_role("DELETE", role_id, identifier, values)

    def application_name(self, client_id: str) -> str | None:
        """Return an application's name; ``None`` if it has none."""
        query = (("fields", "client_id,name"), ("include_fields", "true"))
        call = Call("GET", _at("/api/v2/clients", client_id), Scope.READ_APPLICATIONS, query=query)
        return self.send(call, lambda payload: optional(payload, "name", str))

    def _pages(
        self, call: Call, key: str, item: Callable[[object], _T], *, by_checkpoint: bool = False
    ) -> Iterator[Page[_T]]:
        """Yield the pages of a list, each read when it is needed.

        With ``by_checkpoint`` each page says where the next one starts; else they have numbers and totals (recorded).

        Raises:
            ManagementApiError: a page could not be read, or the pages do not make up one list.
        """
        seen: set[Hashable] = set()
        checkpoint: str | None = None
        weight = 0
        problem = f"it goes on after {MAX_PAGES} pages"
        for number in range(MAX_PAGES):
            paging = {"page": str(number), "per_page": str(MAX_PER_PAGE), "include_totals": "true"}
            if by_checkpoint:
                paging = {"take": str(MAX_PER_PAGE), **({"from": checkpoint} if checkpoint else {})}
            of_page = replace(call, query=(*call.query, *paging.items()))
            page = self.send(of_page, lambda payload: page_of(payload, key, item))
            weight += self._last.weight
            new = {name: one for one in page.items if (name := getattr(one, "id", one)) not in seen}
            seen.update(new)
            goes_on = bool(page.items) and (page.total is None or len(seen) < page.total)
            if by_checkpoint:
                goes_on = page.next is not None
            if weight > MAX_LIST_BYTES:
                problem = f"it takes more than {MAX_LIST_BYTES >> 20} MiB"
                break
            if not goes_on and len(seen) < (page.total or 0):
                problem = f"{len(seen)} of {page.total} entries came"
                break
            if goes_on and not new and (page.items or page.next == checkpoint):
                problem = f"the same {len(page.items)} entries came again"
                break
            yield replace(page, items=tuple(new.values()))
            if not goes_on:
                return
            checkpoint = page.next
        raise ManagementApiError(
            f"the list is not complete or contradicts itself ({problem})",
            "Run again, in case it was being changed; if it persists, check that auth0:domain names an Auth0 tenant.",
            request=f"{call.method} {call.path}",
        )

    def _send_grant(self, grant_id: str, call: Call) -> ClientGrant:
        return self.send(call, expecting(client_grant_of, lambda grant: grant.id == grant_id))

    def _change_role(self, method: str, role_id: str, identifier: str, values: Sequence[str]) -> None:
        path = f"{_at(_ROLES, role_id)}/permissions"
        for first in range(0, len(values), MAX_PERMISSIONS_PER_REQUEST):
            permissions = [
                {"resource_server_identifier": identifier, "permission_name": value}
                for value in values[first : first + MAX_PERMISSIONS_PER_REQUEST]
            ]
            call = Call(method, path, Scope.UPDATE_ROLES, body={"permissions": permissions})
            self.send(call, lambda _payload: None)


def _at(path: str, name: str) -> str:
    """Return the path of one item, its identifier or id escaped as recorded: "/" as %2F, ":" as it is."""
    return f"{path}/{quote(name, safe=':', errors='surrogatepass')}"


def _items(pages: Iterator[Page[_T]]) -> Iterator[_T]:
    return (item for page in pages for item in page.items)
