"""The endpoints of the Management API that the product uses, as typed calls; a list is complete, or an error.

Answers are decoded by type: strict about the fields that the product uses, blind to all others, for Auth0 adds some.

Importing this module imports `requests` (some 50 ms after Pulumi itself), so only what calls a tenant imports it.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Generic, TypeVar
from urllib.parse import quote

from msgspec import Raw, Struct, field
from msgspec.json import encode

from pulumi_auth0_permissions.auth0.errors import Call, ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.http import HttpClient
from pulumi_auth0_permissions.core.model import Api, Holder, HolderKind, Permissions, Scope
from pulumi_auth0_permissions.core.text import escape

MAX_PER_PAGE = 100  # OpenAPI description, per_page and take
MAX_PAGES = 1000  # of one list; 100,000 entries are more than a tenant may hold of any kind we read
MAX_LIST_BYTES = 64 << 20  # all pages together; 600 APIs of 1000 permissions each
MAX_PERMISSIONS_PER_REQUEST = 50  # the most that a recording holds in one request to a role is 58
_LONGEST_LIFETIME_S = 10**9  # a hundred times what the service allows; beyond it no date can be shown

ROLES = "/api/v2/roles"
_APIS = "/api/v2/resource-servers"
_GRANTS = "/api/v2/client-grants"

_T = TypeVar("_T")


class ClientGrant(Struct, frozen=True):
    """What an application may ask of an API."""

    id: str  # ``cgr_`` and 16 characters
    audience: str  # the API's identifier
    client_id: str | None = None  # the application; None for a default grant (``default_for``)
    scope: tuple[str, ...] = ()  # permissions in the service's order, stale ones included; absent with the next
    allow_all_scopes: bool = False  # whether the grant follows the API's list, whatever it holds
    default_for: str | None = None  # the applications that a default grant serves, such as ``third_party_clients``


class Page(Struct, Generic[_T], kw_only=True):
    """A page of a list."""

    items: list[_T]
    total: int  # how many items the list has in all
    next: str | None = None  # the checkpoint at which the next page starts; only of lists that go by checkpoint


class _Scope(Struct, gc=False):
    value: str
    description: str | None = None


class _Api(Struct):
    id: str
    identifier: str
    name: str | None = None
    is_system: bool | None = None
    token_lifetime: int | None = None
    scopes: list[_Scope] | None = None

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for scope in self.scopes or ():
            if scope.value in seen:
                raise ValueError(f"permission {scope.value!r} is listed twice")
            seen.add(scope.value)

    def to_model(self) -> Api:
        """Return the API as the rules know it; absent, null and empty are the same, for ``scopes`` and descriptions."""
        lifetime_s = self.token_lifetime or 0
        return Api(
            id=self.id,
            identifier=self.identifier,
            name=self.name or "",
            is_system=self.is_system or False,
            token_lifetime_s=lifetime_s if 0 < lifetime_s <= _LONGEST_LIFETIME_S else None,
            permissions={scope.value: scope.description or "" for scope in self.scopes or ()},
        )


class _Apis(Page[_Api]):
    items: list[_Api] = field(name="resource_servers")


class _Grants(Page[ClientGrant]):
    items: list[ClientGrant] = field(name="client_grants")
    total: int = 0  # not said where pages go by checkpoint


class _Role(Struct):
    id: str
    name: str


class _Roles(Page[_Role]):
    items: list[_Role] = field(name="roles")


class _Held(Struct, frozen=True):
    resource_server_identifier: str
    permission_name: str


class _HeldPermissions(Page[_Held]):
    items: list[_Held] = field(name="permissions")


class _Application(Struct):
    name: str | None = None


class ManagementClient(HttpClient):
    """Calls one tenant.

    Every method that sends a request raises `ManagementApiError`, or the subclass that says more.
    """

    def get_api(self, api: str) -> Api:
        """Return the API of that identifier or id; raise `NotFound` if there is none."""
        no_api = (
            f'there is no API with the identifier or id "{escape(api)}" at {self.host}',
            "Check `api` for spelling and the last slash, or create the API first.",
        )
        if api in {"", ".", ".."}:  # as a path these would mean another resource
            raise NotFound(*no_api)
        call = Call("GET", path_of(_APIS, api), Scope.READ_APIS)
        try:
            return self.send(call, _Api, lambda found: api in {found.id, found.identifier}).to_model()
        except NotFound as error:
            error.what, error.next_action = no_api
            raise

    def pages_of_apis(self) -> Iterator[Page[Api]]:
        """Yield the pages of the list of all APIs, Auth0's own included (`Api.is_system`), each when it is needed."""
        for page in self._pages(Call("GET", _APIS, Scope.READ_APIS), _Apis):
            yield Page(items=[api.to_model() for api in page.items], total=page.total)

    def replace_permissions(self, api_id: str, permissions: Permissions) -> Api:
        """Write the API's whole list of permissions, once, and return what the API answered.

        A description is always sent, an empty one too. A write that failed may have been carried out all the same, if
        the error does not say `nothing_was_written`.
        """
        scopes = [{"value": value, "description": description} for value, description in permissions.items()]
        call = Call("PATCH", path_of(_APIS, api_id), Scope.UPDATE_APIS, body={"scopes": scopes})
        return self.send(call, _Api, lambda answered: answered.id == api_id).to_model()

    def client_grants(self, audience: str) -> Iterator[ClientGrant]:
        """Yield the client grants on the API of that identifier, default grants included."""
        call = Call("GET", _GRANTS, Scope.READ_GRANTS, query=(("audience", audience),))
        pages = self._pages(call, _Grants, lambda page: {grant.audience for grant in page.items} <= {audience})
        return (grant for page in pages for grant in page.items)

    def get_client_grant(self, grant_id: str) -> ClientGrant:
        """Return one client grant."""
        call = Call("GET", path_of(_GRANTS, grant_id), Scope.READ_GRANTS)
        return self.send(call, ClientGrant, lambda grant: grant.id == grant_id)

    def replace_grant_scope(self, grant_id: str, scope: Sequence[str]) -> ClientGrant:
        """Write a client grant's whole list of permissions, once, and return what the API answered."""
        call = Call("PATCH", path_of(_GRANTS, grant_id), Scope.UPDATE_GRANTS, body={"scope": list(scope)})
        return self.send(call, ClientGrant, lambda grant: grant.id == grant_id)

    def roles(self) -> Iterator[Holder]:
        """Yield all roles."""
        pages = self._pages(Call("GET", ROLES, Scope.READ_ROLES), _Roles)
        return (Holder(HolderKind.ROLE, role.id, role.name) for page in pages for role in page.items)

    def role_permissions(self, role_id: str) -> Iterator[tuple[str, str]]:
        """Yield the permissions that a role holds, of all APIs: the identifier of the API, and the value."""
        call = Call("GET", f"{path_of(ROLES, role_id)}/permissions", Scope.READ_ROLES)
        pages = self._pages(call, _HeldPermissions)
        return ((held.resource_server_identifier, held.permission_name) for page in pages for held in page.items)

    def change_role(
        self, role_id: str, identifier: str, *, given: Sequence[str] = (), taken: Sequence[str] = ()
    ) -> None:
        """Give permissions of the API of that identifier to a role and take others; to do so twice does no harm."""
        path = f"{path_of(ROLES, role_id)}/permissions"
        for method, values in (("POST", given), ("DELETE", taken)):
            for first in range(0, len(values), MAX_PERMISSIONS_PER_REQUEST):
                permissions = [
                    {"resource_server_identifier": identifier, "permission_name": value}
                    for value in values[first : first + MAX_PERMISSIONS_PER_REQUEST]
                ]
                call = Call(method, path, Scope.UPDATE_ROLES, body={"permissions": permissions})
                self.send(call, Raw)  # any JSON, or nothing: but a proxy's page is no answer

    def application_name(self, client_id: str) -> str | None:
        """Return an application's name; ``None`` if it has none."""
        query = (("fields", "client_id,name"), ("include_fields", "true"))
        call = Call("GET", path_of("/api/v2/clients", client_id), Scope.READ_APPLICATIONS, query=query)
        return self.send(call, _Application).name

    def _pages(
        self, call: Call, kind: type[Page[_T]], is_requested: Callable[[Page[_T]], bool] = lambda _page: True
    ) -> Iterator[Page[_T]]:
        """Yield the pages of a list, each read when it is needed; pages that do not make up one list are an error.

        Pages of client grants go by checkpoint: each names the next one. All others go by number, and each has the
        total (recorded).
        """
        by_checkpoint = kind is _Grants
        seen: set[Hashable] = set()
        checkpoint: str | None = None
        number = size = 0
        while number < MAX_PAGES and size <= MAX_LIST_BYTES:
            paging = {"page": str(number), "per_page": str(MAX_PER_PAGE), "include_totals": "true"}
            if by_checkpoint:
                paging = {"take": str(MAX_PER_PAGE), **({"from": checkpoint} if checkpoint else {})}
            of_page = replace(call, query=(*call.query, *paging.items()))
            page = self.send(of_page, kind, is_requested)
            number, size = number + 1, size + len(encode(page))
            by_key = {getattr(item, "id", item): item for item in page.items}  # what a role holds has no id
            new = {key: item for key, item in by_key.items() if key not in seen}
            seen.update(new)
            is_complete = len(seen) >= page.total and not (by_checkpoint and page.next)
            # A page may bring nothing new only if it is empty and names another checkpoint to go on from.
            if not is_complete and not new and (page.items or page.next == checkpoint):
                problem = f"page {number} brings nothing new, and {len(seen)} of {page.total or '?'} entries came"
                break
            page.items = list(new.values())
            yield page
            if is_complete:
                return
            checkpoint = page.next
        else:
            problem = f"it goes on after {number} pages, {size >> 20} MiB"
        raise ManagementApiError(
            f"the list is not complete or contradicts itself ({problem})",
            "Run again, in case it was being changed; if it persists, check that auth0:domain names an Auth0 tenant.",
            request=f"{call.method} {call.path}",
        )


def path_of(path: str, name: str) -> str:
    """Return the path of one item, its identifier or id escaped as recorded: "/" as %2F, ":" as it is."""
    return f"{path}/{quote(name, safe=':', errors='surrogatepass')}"
