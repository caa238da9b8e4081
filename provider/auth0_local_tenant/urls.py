"""Which path leads to which handler."""

from auth0_local_tenant.endpoint import Endpoint
from auth0_local_tenant.routes import client_grants, clients, logs, resource_servers, roles, users

__all__ = ["ENDPOINTS"]

ENDPOINTS: tuple[Endpoint, ...] = (
    *resource_servers.ENDPOINTS,
    *client_grants.ENDPOINTS,
    *roles.ENDPOINTS,
    *users.ENDPOINTS,
    *clients.ENDPOINTS,
    *logs.ENDPOINTS,
)
