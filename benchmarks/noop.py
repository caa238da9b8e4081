"""A dynamic provider that does nothing, for programs of the same shape: what Pulumi itself takes."""

from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

__all__ = ["ApiPermissions"]


class _NoopProvider(ResourceProvider):
    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return CheckResult(news, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=_olds["permissions"] != _news["permissions"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["api"], props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, outs=props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_news)


class ApiPermissions(Resource, module="bench", name="ApiPermissions"):
    """Looks like the product's resource from outside."""

    api: pulumi.Output[str]
    permissions: pulumi.Output[dict[str, str]]

    def __init__(self, resource_name: str, api: str, permissions: dict[str, str]) -> None:
        """Declare it."""
        super().__init__(_NoopProvider(), resource_name, {"api": api, "permissions": permissions})
