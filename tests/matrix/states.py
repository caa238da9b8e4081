"""Made-up states of stacks, as reports read them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from auth0_permissions_cli.stacks.state import RESOURCE_TYPE, ApiState, StackSnapshot
from pulumi_auth0_permissions.core.model import revision_of


@dataclass(frozen=True)
class Held:
    """One API of a stack.

    Attributes:
        name: the resource's name.
        managed: what the resource manages.
        others: what is on the API besides.
        identifier: the API's identifier; one of the stack and the name, if not given.
    """

    name: str
    managed: Mapping[str, str]
    others: Mapping[str, str] = field(default_factory=dict)
    identifier: str = ""


def snapshot(stack: str, *apis: Held) -> StackSnapshot:
    """Return what a stack with these APIs holds."""
    return StackSnapshot(stack, tuple(_state(stack, api) for api in sorted(apis, key=lambda api: api.name)))


def _state(stack: str, api: Held) -> ApiState:
    effective = {**api.managed, **api.others}
    identifier = api.identifier or f"https://{api.name}.{stack}.example.com"
    return ApiState(
        urn=f"urn:pulumi:{stack}::shop::{RESOURCE_TYPE}::{api.name}",
        resource_name=api.name,
        api_id=hashlib.sha256(identifier.encode()).hexdigest()[:24],
        identifier=identifier,
        api_name=api.name.title(),
        managed=dict(api.managed),
        effective=effective,
        revision=revision_of(effective),
        tenant=f"{stack}.auth0.com",
    )
