"""Which path leads to which handler, and which ones the real Management API has and this tenant has not."""

import json
import re
from importlib import resources

from auth0_local_tenant.endpoint import Endpoint
from auth0_local_tenant.routes import client_grants, clients, logs, resource_servers, roles, users

ENDPOINTS: tuple[Endpoint, ...] = (
    *resource_servers.ENDPOINTS,
    *client_grants.ENDPOINTS,
    *roles.ENDPOINTS,
    *users.ENDPOINTS,
    *clients.ENDPOINTS,
    *logs.ENDPOINTS,
)

_DATA = json.loads((resources.files("auth0_local_tenant") / "data/unemulated.json").read_text(encoding="utf-8"))
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# Verbs and rule, below `/api/v2`; the list and its source stand in `data/unemulated.json`. One rule for all verbs of a
# section: building a rule for each would take most of the time that a tenant needs to start.
UNEMULATED: tuple[tuple[tuple[str, ...], str], ...] = (
    *((_METHODS, f"/{section}{rest}") for section in _DATA["sections"] for rest in ("", "/<path:rest>")),
    *(((method,), re.sub(r"\{(\w+)\}", r"<segment:\1>", path)) for method, path in map(str.split, _DATA["paths"])),
)
