"""The endpoints of the Management API that the product uses, as typed calls.

Importing this module imports `requests` (some 50 ms after Pulumi itself), so it is left to where a tenant is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.errors import Call, Forbidden, NotFound
from pulumi_auth0_permissions.auth0.http import HttpClient, Listing
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
from pulumi_auth0_permissions.auth0.token import Credentials, TokenStore
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Api, Permissions, Scope
from pulumi_auth0_permissions.core.text import escape

MAX_PERMISSIONS_PER_REQUEST = 50  # the most that a recording holds in one request to a role is 58

_T = TypeVar("_T")

_APIS = Listing(
    "/api/v2/resource-servers", "resource_servers", api_of, lambda api: (api.id, api.identifier), Scope.READ_APIS
)
_ROLES = Listing("/api/v2/roles", "roles", role_of, lambda role: (role.id,), Scope.READ_ROLES)
_GRANTS = Listing(
    "/api/v2/client-grants",
    "client_grants",
    client_grant_of,
    lambda grant: (grant.id,),
    Scope.READ_GRANTS,
    by_checkpoint=True,
)


class ManagementClient:
    """Calls one tenant; safe to share between threads, and one a process is enough: it shares token and rate limit.

    Every method that sends a request raises `ManagementApiError`, or the subclass that says more.

    Args:
        domain: as in ``auth0:domain``: ``host`` or ``https://host[:port]``; ``http://`` for loopback only.
        credentials: who calls.
        audience: the Management API's identifier; ``None``: the one that goes by the domain.
        custom_domain: the value of the header ``Auth0-Custom-Domain``; ``None``: it is not sent.
        requests_per_second: a cap of the user's own; ``None``: only the tenant's rate limit counts.
        on_wait: called for waits of more than two seconds: seconds, and what is waited for.
        tokens: where processes share a token; ``None``: each requests its own.

    Raises:
        InvalidInputs: ``domain`` is not the address of a tenant.
    """

    def __init__(
        self,
        domain: str,
        credentials: Credentials,
        *,
        audience: str | None = None,
        custom_domain: str | None = None,
        requests_per_second: float | None = None,
        on_wait: Callable[[float, str], None] | None = None,
        tokens: TokenStore | None = None,
    ) -> None:
        try:
            self._tenant = Tenant.parse(domain)
        except ValueError as error:
            raise InvalidInputs([Problem("auth0:domain", f"{error}.")]) from None
        self._http = HttpClient(
            self._tenant,
            credentials,
            requests_per_second=requests_per_second,
            audience=audience or self._tenant.audience,
            custom_domain=custom_domain,
            store=tokens or TokenStore(),
            on_wait=on_wait or (lambda _seconds, _reason: None),
        )
        self._names_lock = threading.Lock()
        self._names: dict[str, str | None] = {}
        self._names_forbidden = False

    @property
    def host(self) -> str:
        """The tenant's host, with its port where it has one."""
        return self._tenant.authority

    def verify(self) -> None:
        """Get the token now, so that wrong credentials and an unreachable tenant show before anything else."""
        self._http.tokens.get()

    def granted_scopes(self, needed: Collection[str] = ()) -> frozenset[str] | None:
        """Return the scopes of the token; ``None`` where it does not say: then only a 403 shows.

        Args:
            needed: the token of an earlier process is replaced first if it lacks one of these.
        """
        return self._http.tokens.granted_scopes(needed)

    def reserve(self, requests: int) -> AbstractContextManager[None]:
        """Wait until that many requests fit into the rate limit; inside, this thread sends them without a wait."""
        return self._http.reserve(requests)

    def pause(self, seconds: float) -> None:
        """Wait before the next look at something, as part of the operation; long waits are announced.

        Raises:
            ManagementApiError: the operation would be over by then.
        """
        self._http.pause(seconds)

    def close(self) -> None:
        """Close idle connections; the client can still be used."""
        self._http.close()

    def get_api(self, api: str) -> Api:
        """Return the API of that identifier or id.

        Raises:
            NotFound: there is none.
        """
        not_found = (
            f'there is no API with the identifier or id "{escape(api)}" at {self.host}',
            "Check `api` for spelling and the last slash, or create the API first.",
        )
        call = Call("GET", f"{_APIS.path}/{_segment(api)}", Scope.READ_APIS, not_found=not_found)
        if api in {"", ".", ".."}:  # as a path these would mean another resource
            raise NotFound(*not_found, request=call.request)
        return self._http.send(call, expecting(api_of, lambda found: api in {found.id, found.identifier}))

    def list_apis(self) -> Iterator[Api]:
        """Yield all APIs, Auth0's own included (`Api.is_system`); pages are fetched as they are needed."""
        return self._items(_APIS)

    def pages_of_apis(self) -> Iterator[Page[Api]]:
        """Yield the pages that `list_apis` is made of."""
        return self._http.pages(_APIS)

    def replace_permissions(self, api_id: str, permissions: Permissions) -> Api:
        """Write the API's whole list of permissions, once, and return what the API answered.

        A description is always sent, an empty one too.

        Raises:
            ManagementApiError: it may or may not have been carried out (`nothing_was_written`); read again before
                trying again (`worth_another_try`).
        """
        scopes = [{"value": value, "description": description} for value, description in permissions.items()]
        not_found = (f'the API "{escape(api_id)}" no longer exists', "Check whether it was deleted, then run again.")
        path = f"{_APIS.path}/{_segment(api_id)}"
        call = Call("PATCH", path, Scope.UPDATE_APIS, body={"scopes": scopes}, not_found=not_found)
        return self._http.send(call, expecting(api_of, lambda answered: answered.id == api_id))

    def client_grants(self, audience: str) -> Iterator[ClientGrant]:
        """Yield the client grants on the API of that identifier, default grants included."""
        of_api = expecting(client_grant_of, lambda grant: grant.audience == audience)
        return self._items(replace(_GRANTS, item=of_api, query=(("audience", audience),)))

    def get_client_grant(self, grant_id: str) -> ClientGrant:
        """Return one client grant."""
        return self._send_grant(grant_id, Call("GET", _grant_path(grant_id), Scope.READ_GRANTS))

    def replace_grant_scope(self, grant_id: str, scope: Sequence[str]) -> ClientGrant:
        """Write a client grant's whole list of permissions, once, and return what the API answered."""
        body = {"scope": list(scope)}
        return self._send_grant(grant_id, Call("PATCH", _grant_path(grant_id), Scope.UPDATE_GRANTS, body=body))

    def roles(self) -> Iterator[Role]:
        """Yield all roles."""
        return self._items(_ROLES)

    def role_permissions(self, role_id: str) -> Iterator[HeldPermission]:
        """Yield the permissions that a role holds, of all APIs."""
        path = _role_permissions_path(role_id)
        return self._items(Listing(path, "permissions", held_permission_of, lambda held: (held,), Scope.READ_ROLES))

    def role_user_count(self, role_id: str) -> int | None:
        """Return how many users have a role, or ``None`` where the answer does not say."""
        query = (("per_page", "1"), ("include_totals", "true"))
        call = Call("GET", f"{_ROLES.path}/{_segment(role_id)}/users", Scope.READ_ROLE_MEMBERS, query=query)
        return self._http.send(call, lambda payload: page_of(payload, "users", mapping_of).total)

    def add_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Give permissions of the API of that identifier to a role; those it has already do no harm."""
        self._change_role("POST", role_id, identifier, values)

    def remove_role_permissions(self, role_id: str, identifier: str, values: Sequence[str]) -> None:
        """Take permissions of the API of that identifier from a role; those it lacks do no harm."""
        self._change_role("DELETE", role_id, identifier, values)

    def application_name(self, client_id: str) -> str | None:
        """Return an application's name, remembered; ``None`` if it has gone or the token may not read it."""
        with self._names_lock:
            if client_id not in self._names and not self._names_forbidden:
                query = (("fields", "client_id,name"), ("include_fields", "true"))
                call = Call("GET", f"/api/v2/clients/{_segment(client_id)}", Scope.READ_APPLICATIONS, query=query)
                try:
                    self._names[client_id] = self._http.send(call, application_name_of)
                except NotFound:
                    self._names[client_id] = None
                except Forbidden:
                    self._names_forbidden = True
            return self._names.get(client_id)

    def newest_log_entries(self) -> tuple[Mapping[str, object], ...]:
        """Return the newest page of the tenant's log, newest first; an entry appears some time after its event."""
        query = (("sort", "date:-1"), ("page", "0"), ("per_page", str(MAX_PER_PAGE)))
        call = Call("GET", "/api/v2/logs", Scope.READ_LOGS, query=query)
        return self._http.send(call, lambda payload: page_of(payload, "logs", mapping_of).items)

    def _items(self, listing: Listing[_T]) -> Iterator[_T]:
        return (item for page in self._http.pages(listing) for item in page.items)

    def _send_grant(self, grant_id: str, call: Call) -> ClientGrant:
        return self._http.send(call, expecting(client_grant_of, lambda grant: grant.id == grant_id))

    def _change_role(self, method: str, role_id: str, identifier: str, values: Sequence[str]) -> None:
        path = _role_permissions_path(role_id)
        for first in range(0, len(values), MAX_PERMISSIONS_PER_REQUEST):
            permissions = [
                {"resource_server_identifier": identifier, "permission_name": value}
                for value in values[first : first + MAX_PERMISSIONS_PER_REQUEST]
            ]
            call = Call(method, path, Scope.UPDATE_ROLES, body={"permissions": permissions})
            self._http.send(call, lambda _payload: None)


def _grant_path(grant_id: str) -> str:
    return f"{_GRANTS.path}/{_segment(grant_id)}"


def _role_permissions_path(role_id: str) -> str:
    return f"{_ROLES.path}/{_segment(role_id)}/permissions"


def _segment(text: str) -> str:
    """Escape an identifier or id for a path as recorded: "/" as %2F, ":" as it is."""
    return quote(text, safe=":", errors="surrogatepass")
