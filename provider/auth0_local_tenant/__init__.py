"""A stateful stand-in for an Auth0 tenant, on 127.0.0.1, for demos and tests.

It answers as the Management API was recorded to answer. What no recording shows is modelled on the vendor's
documentation and marked NOT RECORDED where it is written down.
"""

from auth0_local_tenant.faults import Fault, FaultError
from auth0_local_tenant.journal import JournalEntry
from auth0_local_tenant.options import OptionsError, RateLimit, TenantOptions
from auth0_local_tenant.seed import SeedError
from auth0_local_tenant.server import LocalTenant, serve
from auth0_local_tenant.sources import IdSource

__all__ = [
    "Fault",
    "FaultError",
    "IdSource",
    "JournalEntry",
    "LocalTenant",
    "OptionsError",
    "RateLimit",
    "SeedError",
    "TenantOptions",
    "serve",
]
