"""The update phase of an operation on many resources, in this process: the hooks in the engine's order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.pulumi_adapter import state as recorded
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.settings import Settings
from reads.many import identifier, permissions

__all__ = ["Operation", "Said", "adopt"]

THREADS = 4  # of a provider process


class Said(EngineLog):
    """Keeps what is said in place of telling the engine."""

    def __init__(self) -> None:
        super().__init__("nowhere")
        self.progressed: list[str] = []

    def _log(self, severity: str, message: str, urn: str, *, ephemeral: bool = False) -> None:  # noqa: ARG002
        if ephemeral:
            self.progressed.append(message)


@dataclass
class Operation:
    """One provider process's worth of hooks.

    Attributes:
        tenant: the tenant.
        connect: makes the client.
        config: more of the stack's configuration.
        said: what it said.
        threads: how many hooks are at work at the same time.
    """

    tenant: LocalTenant
    connect: Callable[[Settings, EngineLog], ManagementClient]
    config: Mapping[str, str] = field(default_factory=dict)
    said: Said = field(default_factory=Said)
    threads: int = THREADS

    def __post_init__(self) -> None:
        # What the main job needs. With more, an update looks at more: at the tenant's log, say.
        self.client_id, self.client_secret = self.tenant.issue_client(
            ["read:resource_servers", "update:resource_servers"]
        )

    def hooks(self) -> Hooks:
        """Make the hooks of a new process."""
        config = {
            "auth0:domain": self.tenant.domain,
            "auth0:clientId": self.client_id,
            "auth0:clientSecret": self.client_secret,
            **self.config,
        }
        session = Session(
            config.get, {}, connect=lambda settings: self.connect(settings, self.said), messages=self.said
        )
        return Hooks(session)

    def refresh_and_change(self, states: Mapping[str, dict[str, Any]], text: str) -> None:
        """Refresh every resource, then give one permission of each another description: read, then check to update."""
        hooks = self.hooks()

        def change(id_: str) -> None:
            found = reads[id_]
            assert found is not None
            assert found.inputs is None  # nothing has moved
            inputs = recorded.inputs_of(states[id_])
            held = {**states[id_]["permissions"], "read:thing-0000": text}
            news, problems = hooks.check(inputs, {**inputs, "permissions": held})
            assert problems == ()
            assert hooks.diff(found.outputs, news) == (True, [])
            hooks.update(id_, found.outputs, news)

        with ThreadPoolExecutor(self.threads) as pool:
            reads = dict(zip(states, pool.map(lambda id_: hooks.read(id_, states[id_]), states), strict=True))
            list(pool.map(change, states))


def adopt(tenant: LocalTenant, apis: int, each: int) -> dict[str, dict[str, Any]]:
    """Return the outputs of as many resources, by id, as their creation leaves them."""

    def connect(settings: Settings, _said: EngineLog) -> ManagementClient:
        return ManagementClient(settings.domain, settings.credentials)

    hooks = Operation(tenant, connect).hooks()
    made = {}
    for number in range(apis):
        news, _ = hooks.check({}, {"api": identifier(number), "permissions": permissions(each)})
        id_, outputs = hooks.create(news)
        made[id_] = outputs
    return made
