"""The part of the official provider's SDK that tests use, in its form: its snake case becomes camel case."""

from __future__ import annotations

import re
from typing import Any

import pulumi


def _camel(value: Any) -> Any:  # noqa: ANN401 - whatever a program gives
    if isinstance(value, dict):
        return {re.sub("_(.)", lambda found: found[1].upper(), name): _camel(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_camel(one) for one in value]
    return value.apply(_camel) if isinstance(value, pulumi.Output) else value


class _Resource(pulumi.CustomResource):
    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **inputs: object) -> None:
        name = type(self).__name__
        super().__init__(f"auth0:index/{name[0].lower()}{name[1:]}:{name}", resource_name, _camel(inputs), opts)


class ClientGrant(_Resource):
    """What an application may do with an API."""


class ResourceServer(_Resource):
    """An API, without its permissions."""


class Role(_Resource):
    """A role, without what it holds."""


class RolePermissions(_Resource):
    """All that a role holds."""


class UserPermission(_Resource):
    """One permission that a user holds directly."""
