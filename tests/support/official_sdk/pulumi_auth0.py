"""A stand-in for the official provider and its SDK: APIs, roles, what roles and users hold, and client grants.

Its requests are those that the recordings of the Terraform provider show, which the official provider is made from:
an update takes away what left the list and gives what came, and a grant is sent its whole new list.
"""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pulumi
import requests
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

TIMEOUT_S = 10

Properties = dict[str, Any]


class _Provider(ResourceProvider):
    """Works for the tenant and the client of the environment."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        changed = [name for name in _news if _news[name] != _olds.get(name) and not name.startswith("__")]
        replaces = [name for name in changed if name not in ("permissions", "scopes")]
        return DiffResult(changes=bool(changed), replaces=replaces)

    def create(self, props: Properties) -> CreateResult:
        return CreateResult(_write(self.kind, "", {}, props), props)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        _write(self.kind, _id, _olds, _news)
        return UpdateResult(_news)

    def delete(self, _id: str, _props: Properties) -> None:
        _write(self.kind, _id, _props, {})


class _Resource(Resource):
    def __init_subclass__(cls) -> None:
        super().__init_subclass__(module="official", name=cls.__name__)

    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **inputs: object) -> None:
        super().__init__(_Provider(type(self).__name__), resource_name, inputs, opts)


class ClientGrant(_Resource):
    """What an application may do with an API."""


class ResourceServer(_Resource):
    """An API, without its permissions."""

    identifier: pulumi.Output[str]


class Role(_Resource):
    """A role, without what it holds."""


class RolePermissions(_Resource):
    """All that a role holds."""


class UserPermission(_Resource):
    """One permission that a user holds directly."""


# Kind → the path of its collection, and what its body takes of the inputs: key → input.
_COLLECTIONS = {
    "ClientGrant": ("client-grants", {"client_id": "client_id", "audience": "audience", "scope": "scopes"}),
    "ResourceServer": ("resource-servers", {"identifier": "identifier", "name": "name"}),
    "Role": ("roles", {"name": "name"}),
}


def _write(kind: str, id_: str, olds: Properties, news: Properties) -> str:
    """Bring the tenant from the old inputs to the new ones, and return the resource's id."""
    if kind in _COLLECTIONS:
        path, inputs = _COLLECTIONS[kind]
        if not id_:
            return str(_send("POST", path, {key: news[name] for key, name in inputs.items()})["id"])
        if news:  # a grant, whose list is all that can change
            _send("PATCH", f"{path}/{id_}", {"scope": news["scopes"]})
        else:
            _send("DELETE", f"{path}/{id_}")
        return id_
    both = olds | news
    if kind == "RolePermissions":
        _write_held(f"roles/{both['role_id']}", olds.get("permissions", []), news.get("permissions", []))
        return str(both["role_id"])
    one = [{"name": both["permission"], "resource_server_identifier": both["resource_server_identifier"]}]
    _write_held(f"users/{quote(both['user_id'])}", one if olds else [], one if news else [])
    return f"{both['user_id']}::{both['permission']}"


def _write_held(holder: str, olds: list[Properties], news: list[Properties]) -> None:
    gone, new = ([one for one in some if one not in others] for some, others in ((olds, news), (news, olds)))
    for method, changed in (("DELETE", gone), ("POST", new)):
        body = [
            {"resource_server_identifier": one["resource_server_identifier"], "permission_name": one["name"]}
            for one in changed
        ]
        if body:
            _send(method, f"{holder}/permissions", {"permissions": body})


def _send(method: str, path: str, body: Mapping[str, object] | None = None) -> Properties:
    tenant = os.environ["AUTH0_DOMAIN"]
    client = {"client_id": os.environ["AUTH0_CLIENT_ID"], "client_secret": os.environ["AUTH0_CLIENT_SECRET"]}
    asked = {"grant_type": "client_credentials", "audience": f"{tenant}/api/v2/", **client}
    token = requests.post(f"{tenant}/oauth/token", json=asked, timeout=TIMEOUT_S).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.request(method, f"{tenant}/api/v2/{path}", json=body, headers=headers, timeout=TIMEOUT_S)
    assert answer.ok, answer.text
    found: Properties = answer.json() if answer.content else {}
    return found
