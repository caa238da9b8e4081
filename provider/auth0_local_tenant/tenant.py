"""One tenant: its store, its models, and the rules that span several of them."""

from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models import system_apis
from auth0_local_tenant.models.client_grants import ClientGrants
from auth0_local_tenant.models.clients import Clients, without_secret
from auth0_local_tenant.models.holdings import Holdings
from auth0_local_tenant.models.logs import Logs
from auth0_local_tenant.models.resource_servers import ResourceServers
from auth0_local_tenant.models.roles import Roles
from auth0_local_tenant.models.tokens import Tokens
from auth0_local_tenant.models.users import Users
from auth0_local_tenant.options import TenantOptions
from auth0_local_tenant.store import Store


class Tenant:
    """Everything a tenant consists of, without HTTP.

    Args:
        store: an open store, empty or from an earlier run.
        domain: the tenant's URL, `http(s)://127.0.0.1:<port>`. If an earlier run had another one (another
            port), the system APIs and what refers to them are renamed.
        options: settings; replaced as a whole when one is changed.

    Attributes:
        client_id: the application with every permission of the Management API; stays the same over restarts.
        client_secret: its secret.
    """

    def __init__(self, store: Store, domain: str, options: TenantOptions) -> None:
        self.store = store
        self.domain = domain
        self.options = options
        ids = options.ids
        self.resource_servers = ResourceServers(store, ids, domain)
        self.clients = Clients(store, ids, self.resource_servers)
        self.client_grants = ClientGrants(store, ids, self.resource_servers, self.clients)
        self.roles = Roles(store, ids, Holdings(store, self.resource_servers, "role"))
        self.users = Users(store, ids, Holdings(store, self.resource_servers, "user"), self.roles, self._now)
        self.logs = Logs(store, domain, self._now)
        self.tokens = Tokens(store, ids, domain, self.clients, self.client_grants, self.resource_servers, self._now)
        with store.transaction():
            self.client_id = store.kept("client_id", ids.new("client"))
            self.client_secret = store.kept("client_secret", ids.new("secret"))
            self._move(store.kept("domain", domain))
            if self.resource_servers.find(self.tokens.audience) is None:
                self._populate()

    def reset(self) -> None:
        """Put the tenant back to how it was made; its credentials stay, its tokens do not."""
        with self.store.transaction():
            self.store.empty()
            self._populate()

    def issue_client(self, name: str, scopes: list[str]) -> tuple[str, str]:
        """Create an application that may use these permissions of the Management API; return id and secret."""
        with self.store.transaction():
            client = self.clients.create({"name": name})
            client_id = str(client["client_id"])
            self.client_grants.create({"client_id": client_id, "audience": self.tokens.audience, "scope": list(scopes)})
            return client_id, str(client["client_secret"])

    def update_resource_server(self, reference: str, body: object) -> JsonObject:
        """Change an API, and take what it lost from roles and users if that option is on."""
        answer, lost = self.resource_servers.update(reference, body)
        if lost and self.options.cascade_deleted_permissions:
            sql = "DELETE FROM holdings WHERE identifier = ? AND permission = ?"
            self.store.write_many(sql, [(answer["identifier"], value) for value in lost])
        return answer

    def delete_resource_server(self, reference: str) -> None:
        """Delete an API with every grant for it and every holding of its permissions. NOT RECORDED."""
        deleted = self.resource_servers.delete(reference)
        if deleted is not None:
            self.client_grants.forget("audience", deleted.identifier)
            self.store.write("DELETE FROM holdings WHERE identifier = ?", (deleted.identifier,))

    def delete_client(self, client_id: str) -> None:
        """Delete an application with its grants."""
        self.clients.delete(client_id)
        self.client_grants.forget("client_id", client_id)

    def dump(self) -> dict[str, list[JsonObject]]:
        """Return everything that the tenant holds, as in a seed file, secrets apart."""
        with self.store.transaction():
            return {
                "resource_servers": [api.document for api in self.resource_servers.all()],
                "roles": [
                    {**role, "permissions": self._held(self.roles.holdings, str(role["id"]))}
                    for role in self.roles.all()
                ],
                "client_grants": self.client_grants.matching({}),
                "users": [
                    {**user, "permissions": self._held(self.users.holdings, str(user["user_id"]))}
                    for user in self.users.all("user_id")
                ],
                "clients": [without_secret(client) for client in self.clients.all()],
            }

    @staticmethod
    def _held(holdings: Holdings, holder: str) -> list[JsonObject]:
        keys = ("resource_server_identifier", "permission_name")
        return [{key: item[key] for key in keys} for item in holdings.of(holder)]

    def _now(self) -> TenantOptions:
        return self.options

    def _populate(self) -> None:
        scopes = system_apis.management_api_scopes()
        self.resource_servers.set_management_api(scopes)
        own: JsonObject = {"name": "Machine to machine", "client_secret": self.client_secret}
        self.clients.create(own, fixed_id=self.client_id)
        self.client_grants.create(
            {
                "client_id": self.client_id,
                "audience": self.tokens.audience,
                "scope": [scope["value"] for scope in scopes],
            }
        )

    def _move(self, earlier: str) -> None:
        if earlier == self.domain:
            return
        for path in ("/api/v2/", "/me/"):
            old, new = earlier + path, self.domain + path
            if api := self.resource_servers.find(old):
                self.resource_servers.rename(api, new)
            for grant in self.client_grants.where("audience", old):
                self.client_grants.put(str(grant["id"]), {**grant, "audience": new})
            for table, column in (("tokens", "audience"), ("holdings", "identifier")):
                self.store.write(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))  # noqa: S608
        self.store.set_meta("domain", self.domain)
