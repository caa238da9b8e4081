"""Which path leads to which handler, and which ones the real Management API has and this tenant has not.

The list of the latter and its source stand in `data/unemulated.json`.
"""

import json
import re
from importlib import resources

from auth0_local_tenant.endpoint import Endpoint
from auth0_local_tenant.routes import client_grants, clients, logs, resource_servers, roles, users

__all__ = ["ENDPOINTS", "is_unemulated"]

ENDPOINTS: tuple[Endpoint, ...] = (
    *resource_servers.ENDPOINTS,
    *client_grants.ENDPOINTS,
    *roles.ENDPOINTS,
    *users.ENDPOINTS,
    *clients.ENDPOINTS,
    *logs.ENDPOINTS,
)

_DATA = json.loads((resources.files("auth0_local_tenant") / "data/unemulated.json").read_text(encoding="utf-8"))
_SECTIONS = frozenset(_DATA["sections"])
_RULES = re.compile("|".join(re.escape(rule).replace(r"\{\}", "[^/]+") for rule in _DATA["paths"]))


def is_unemulated(method: str, path: str) -> bool:
    """Return whether the real service would handle this request; `path` is raw."""
    if not path.startswith("/api/v2/"):
        return False
    below = path.removeprefix("/api/v2")
    return below.split("/")[1] in _SECTIONS or _RULES.fullmatch(f"{method} {below}") is not None
