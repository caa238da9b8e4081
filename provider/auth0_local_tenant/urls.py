"""Which path leads to which handler."""

from auth0_local_tenant.endpoint import Endpoint
from auth0_local_tenant.routes import resource_servers

__all__ = ["ENDPOINTS"]

ENDPOINTS: tuple[Endpoint, ...] = (*resource_servers.ENDPOINTS,)
