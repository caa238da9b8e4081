"""What the provider says in a preview and a refresh: its hooks, in this process, against a local tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.faults import Fault
from management.virtual import Clock
from messages.from_inputs import ORDERS, Producer
from pulumi_auth0_permissions.engine.context import CONTEXT_INPUT, Context
from pulumi_auth0_permissions.engine.hooks import Hooks
from pulumi_auth0_permissions.engine.log import EngineLog
from pulumi_auth0_permissions.engine.session import Session
from pulumi_auth0_permissions.management.client import ManagementClient
from pulumi_auth0_permissions.settings import Settings

__all__ = ["PRODUCERS"]

API_ID = "65f0c0ffee00000000000001"
OURS = {"read:orders": "Read orders", "write:orders": "Change orders", "delete:orders": "Delete orders"}
_ROLE = {
    "id": "rol_Hk2PqWcXvB8nLmZr",
    "name": "Support",
    "permissions": [{"resource_server_identifier": ORDERS, "permission_name": "delete:orders"}],
}
SEED = {
    "resource_servers": [
        {
            "id": API_ID,
            "identifier": ORDERS,
            "name": "Orders",
            "token_lifetime": 86400,
            "scopes": [{"value": value, "description": text} for value, text in OURS.items()],
        }
    ],
    "roles": [_ROLE],
    "clients": [{"client_id": "backoffice-1", "name": "Back office"}],
    "client_grants": [
        {
            "id": "cgr_b7RtYuIoPqWsXcVn",
            "client_id": "backoffice-1",
            "audience": ORDERS,
            "allow_all_scopes": True,
        }
    ],
}


class _Heard(EngineLog):
    """Keeps what would be said, instead of the engine."""

    def __init__(self) -> None:
        super().__init__("nowhere")
        self.said: list[str] = []

    def info(self, message: str, urn: str = "") -> None:  # noqa: ARG002 - as of the engine
        """Hear something that is said."""
        self.said.append(message)

    def warn(self, message: str, urn: str = "") -> None:  # noqa: ARG002 - as of the engine
        """Hear a warning."""
        self.said.append(message)

    def progress(self, message: str, urn: str = "") -> None:
        """Forget what is going on."""


@dataclass(frozen=True, slots=True)
class _Provider:
    """The hooks of one process, and what they have said."""

    hooks: Hooks
    heard: _Heard
    tenant: LocalTenant

    def preview(self, olds: Mapping[str, object] | None = None, **news: object) -> list[str]:
        """Check inputs in a preview; return what is said and what stands against it.

        Args:
            olds: the old inputs; those of the whole set, if not given.
            news: the new inputs, where they differ from the old ones; a ``context`` for the hooks.
        """
        before = {"api": ORDERS, "permissions": OURS} if olds is None else dict(olds)
        context = news.pop("context", Context("urn:orders", is_preview=True))
        assert isinstance(context, Context)
        given = {"api": ORDERS, "permissions": OURS} | news | {CONTEXT_INPUT: context.to_input()}
        _, problems = self.hooks.check(before, given)
        return ["\n".join([*self.heard.said, *map(str, problems)])]


@contextmanager
def _provider(folder: Path, *scopes: str, **config: str) -> Iterator[_Provider]:
    """Give the hooks of a process whose token has these scopes (all of them, where none is named)."""
    with LocalTenant(seed=SEED) as tenant, patch.dict("os.environ", XDG_RUNTIME_DIR=str(folder)):
        identity = tenant.issue_client(scopes) if scopes else (tenant.client_id, tenant.client_secret)
        settings = dict(zip(("auth0:clientId", "auth0:clientSecret"), identity, strict=True))
        settings |= {
            "auth0:domain": tenant.domain,
            **{f"auth0-permissions:{key}": text for key, text in config.items()},
        }
        heard = _Heard()
        yield _Provider(Hooks(Session(settings.get, {}, connect=_connect, messages=heard)), heard, tenant)


def _connect(settings: Settings) -> ManagementClient:
    clock = Clock()  # nothing is waited for
    return ManagementClient(settings.domain, settings.credentials, clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)


def _without_delete() -> dict[str, str]:
    return {value: text for value, text in OURS.items() if value != "delete:orders"}


def _in_preview(act: Callable[[_Provider], list[str]], *scopes: str, **config: str) -> Producer:
    def produce(folder: Path) -> list[str]:
        with _provider(folder, *scopes, **config) as provider:
            return act(provider)

    return produce


def _deleting(provider: _Provider) -> list[str]:
    return provider.preview(permissions=_without_delete() | {"refund:orders": ""})


def _held_in_every_way(folder: Path) -> list[str]:
    """A deletion, one under ``revoke``, a rename, and a deletion of what nobody holds."""
    renamed = _without_delete() | {"remove:orders": "Remove"}
    changes: list[dict[str, object]] = [
        {"permissions": _without_delete()},
        {"permissions": _without_delete(), "removal": "revoke"},
        {"permissions": renamed, "renames": {"delete:orders": "remove:orders"}},
        {"permissions": {value: text for value, text in OURS.items() if value != "write:orders"}},
    ]
    return [text for change in changes for text in _in_preview(lambda p, c=change: p.preview(**c))(folder)]  # type: ignore[misc]


def _on_the_way(provider: _Provider) -> list[str]:
    """Roles that are listed, and fail to be looked at."""
    provider.tenant.add_fault(Fault("status", method="GET", path=r"/roles/.*/permissions", status=500, times=9))
    return _deleting(provider)


def _gone(provider: _Provider) -> list[str]:
    provider.hooks.read("65f0c0ffee00000000000099", {"identifier": "https://gone.example.com", "permissions": {}})
    return provider.heard.said


def _not_known(folder: Path) -> list[str]:
    """An API that is made in the same operation, and one that depends on something that is."""
    later = Context("urn:orders", is_preview=True, follows_resources=True)
    made_later = _in_preview(lambda p: p.preview({}, api="https://new.example.com", context=later))
    depends = _in_preview(lambda p: p.preview({}, api=_unknown()))
    return [*made_later(folder), *depends(folder)]


def _unknown() -> object:
    from pulumi.output import Unknown

    return Unknown()  # type: ignore[no-untyped-call]


PRODUCERS: Mapping[str, Producer] = {
    "held-by": _held_in_every_way,
    "grants-of-every-permission": _in_preview(_deleting),
    "tokens-keep": _in_preview(_deleting),
    "users-not-known": _in_preview(_deleting),
    "holders-unknown-scope": _in_preview(_deleting, "read:resource_servers", "update:resource_servers"),
    "holders-unknown-failure": _in_preview(_on_the_way),
    "impact-off": _in_preview(_deleting, impact="off"),
    "api-gone": _in_preview(_gone),
    "plan-not-known": _not_known,
    "no-such-api-in-preview": _in_preview(lambda provider: provider.preview({}, api="https://order.example.com")),
}
