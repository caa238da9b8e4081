"""Made-up states of stacks: deployments as `pulumi stack export` prints them, and what is read out of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auth0_permissions_cli.stacks.state import ApiState, StackSnapshot
from pulumi_auth0_permissions.core.model import revision_of, without

PROJECT = "shop"
TYPE = "pulumi-python:dynamic/auth0:ApiPermissions"


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


def deployment(
    stack: str, apis: Sequence[Held], *, project: str = PROJECT, ids: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Return the exported state of a stack with these APIs, fit for `pulumi stack import`.

    Args:
        stack: the stack.
        apis: what it holds.
        project: the project.
        ids: identifier → id of APIs that a tenant has; others get one made up.
    """
    root = f"urn:pulumi:{stack}::{project}::pulumi:pulumi:Stack::{project}-{stack}"
    provider = f"urn:pulumi:{stack}::{project}::pulumi:providers:pulumi-python::default"
    provider_id = "e1e046db-3dc7-4c80-aaf0-db38b1ca4e84"
    resources: list[dict[str, object]] = [
        {"urn": root, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"stage": stack}},
        {"urn": provider, "custom": True, "id": provider_id, "type": "pulumi:providers:pulumi-python"},
    ]
    for api in apis:
        state = _state(stack, api, project)
        api_id = (ids or {}).get(state.identifier, state.api_id)
        inputs = {
            "api": state.identifier,
            "permissions": state.managed,
            "unmanaged": "keep",
            "removal": "warn",
        }
        outputs = {
            **inputs,
            "api_id": api_id,
            "identifier": state.identifier,
            "name": state.api_name,
            "unmanaged_permissions": without(state.effective, state.managed),
            "revision": state.revision,
            "tenant": state.tenant,
        }
        resources.append(
            {
                "urn": state.urn,
                "custom": True,
                "id": api_id,
                "type": TYPE,
                "inputs": inputs,
                "outputs": outputs,
                "parent": root,
                "provider": f"{provider}::{provider_id}",
            }
        )
    return {"version": 3, "deployment": {"manifest": {"time": "2026-11-24T00:00:00Z"}, "resources": resources}}


def secret(ciphertext: str = "v1:made:up") -> dict[str, str]:
    """Return a secret as the state has it."""
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": ciphertext}


def _state(stack: str, api: Held, project: str = PROJECT) -> ApiState:
    effective = {**api.managed, **api.others}
    identifier = api.identifier or f"https://{api.name}.{stack}.example.com"
    return ApiState(
        urn=f"urn:pulumi:{stack}::{project}::{TYPE}::{api.name}",
        resource_name=api.name,
        api_id=hashlib.sha256(identifier.encode()).hexdigest()[:24],
        identifier=identifier,
        api_name=api.name.title(),
        managed=dict(api.managed),
        effective=effective,
        revision=revision_of(effective),
        tenant=f"{stack}.auth0.com",
    )
