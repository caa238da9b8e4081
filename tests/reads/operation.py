"""The update phase of an operation on many resources, in this process: the hooks in the engine's order."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.pulumi_adapter import state as recorded
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from pulumi_auth0_permissions.pulumi_adapter.log import EngineLog
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.settings import Settings
from reads.many import identifier, permissions

THREADS = 4  # of a provider process


class Operation(EngineLog):
    """One provider process's worth of hooks, with the scopes of the main job; keeps what it says while it waits.

    Args:
        tenant: the tenant.
        threads: how many hooks are at work at the same time.
    """

    def __init__(self, tenant: LocalTenant, *, threads: int = THREADS) -> None:
        super().__init__("nowhere")
        self.progressed: list[str] = []
        self._threads = threads
        # With more scopes, an update looks at more: at the tenant's log, say.
        id_, secret = tenant.issue_client(["read:resource_servers", "update:resource_servers"])
        config = {"auth0:domain": tenant.domain, "auth0:clientId": id_, "auth0:clientSecret": secret}

        def connect(settings: Settings) -> ManagementClient:
            return ManagementClient(
                settings.domain,
                settings.credentials,
                on_wait=lambda seconds, reason: self.progress(f"waiting {seconds:.0f} s: {reason}"),
            )

        self.hooks = Hooks(Session(config.get, {}, connect=connect, messages=self))

    def _log(self, severity: str, message: str, urn: str, *, ephemeral: bool = False) -> None:  # noqa: ARG002
        if ephemeral:
            self.progressed.append(message)

    def refresh_and_change(self, states: Mapping[str, dict[str, Any]], text: str) -> None:
        """Refresh every resource, then give one permission of each another description: read, then check to update."""
        hooks = self.hooks

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

        with ThreadPoolExecutor(self._threads) as pool:
            reads = dict(zip(states, pool.map(lambda id_: hooks.read(id_, states[id_]), states), strict=True))
            list(pool.map(change, states))


def adopt(tenant: LocalTenant, apis: int, each: int) -> dict[str, dict[str, Any]]:
    """Return the outputs of as many resources, by id, as their creation leaves them."""
    hooks = Operation(tenant).hooks
    made = {}
    for number in range(apis):
        news, _ = hooks.check({}, {"api": identifier(number), "permissions": permissions(each)})
        id_, outputs = hooks.create(news)
        made[id_] = outputs
    return made
