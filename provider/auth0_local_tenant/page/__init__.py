"""The tenant's page: APIs, their permissions and holders, and the request journal, in a browser."""

from auth0_local_tenant.page.views import create_page

__all__ = ["create_page"]
