"""What stops a promotion: the real command on a real tenant, with a `pulumi` and an engine that do as they are told."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from auth0_local_tenant import LocalTenant
from auth0_permissions_cli.promotion.engine import Operation
from messages.commands import FakePulumi, Held, deployment, said_by_command
from messages.from_inputs import OURS, Producer
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.management.client import ManagementClient
from pulumi_auth0_permissions.management.credentials import Credentials
from pulumi_auth0_permissions.promotion.config import APIS, PROMOTED_FROM
from pulumi_auth0_permissions.promotion.receipt import RECEIPT_OUTPUT, ApiReceipt, Receipt

__all__ = ["PRODUCERS"]

_OLD = {"read:orders": "Read"}
_IDS = {"dev": "65f0c0ffee00000000000001", "prod": "65f0c0ffee00000000000002"}


def _orders(stack: str) -> str:
    return f"https://orders.{stack}.example.com"


def _receipt(stack: str, permissions: Mapping[str, str]) -> dict[str, object]:
    ours = PermissionSet.of(permissions)
    api = ApiReceipt(_orders(stack), _IDS.get(stack, "65f0"), ours, ours.revision, ours.revision)
    return {RECEIPT_OUTPUT: Receipt({"orders": api}).to_output()}


@dataclass(frozen=True, slots=True)
class _Engine:
    """In place of the engine: does to the world what a test says, and comes to that end."""

    on_preview: Callable[[], Operation | None] = lambda: None
    on_apply: Callable[[], Operation | None] = lambda: None

    def preview(self) -> Operation:
        """Preview, without a program."""
        return self.on_preview() or Operation()

    def apply(self, _revisions: Mapping[str, str]) -> Operation:
        """Update, without a program."""
        return self.on_apply() or Operation()


@dataclass(frozen=True, slots=True)
class _Chain:
    """The stack dev, which has applied all of ours, and prod, which takes from it and has received the old ones."""

    folder: Path
    tenant: LocalTenant
    pulumi: FakePulumi

    def config(self, stack: str, promoted_from: str = "", **more: str) -> dict[str, str]:
        """Return a stack's configuration."""
        return {
            "auth0:domain": self.tenant.domain,
            "auth0:clientId": self.tenant.client_id,
            "auth0:clientSecret": self.tenant.client_secret,
            APIS: json.dumps({"orders": _orders(stack)}),
            PROMOTED_FROM: promoted_from,
            **{f"auth0-permissions:{key}": value for key, value in more.items()},
        }

    def stack(
        self,
        stack: str,
        permissions: Mapping[str, str],
        *besides: Held,
        promoted_from: str = "",
        outputs: Mapping[str, object] | None = None,
        **more: str,
    ) -> None:
        """Give a stack its state and configuration; its receipt says what it has, if nothing else is said."""
        held = Held("orders", _orders(stack), dict(permissions), _IDS.get(stack, "65f0"))
        told = _receipt(stack, permissions) if outputs is None else outputs
        state = deployment(stack, held, *besides, outputs=told)
        self.pulumi.holds(stack, state, self.config(stack, promoted_from, **more))

    def write(self, stack: str, permissions: Mapping[str, str]) -> None:
        """Change what the stack's API holds, as somebody in the dashboard would."""
        identity = Credentials.of_client(self.tenant.client_id, self.tenant.client_secret)
        client = ManagementClient(self.tenant.domain, identity)
        client.replace_permissions(_IDS[stack], PermissionSet.of(dict(permissions)))
        client.close()

    def promote(
        self, source: str = "dev", target: str = "prod", *, engine: _Engine | None = None, asks: bool = False
    ) -> list[str]:
        """Promote, and return all that is said."""
        how = () if asks else ("--yes",)
        with patch("auth0_permissions_cli.promotion.flow.Engine", lambda *_: engine or _Engine()):
            return [said_by_command("promote", source, target, "--cwd", self.folder, *how, with_output=True)]

    def promote_with_engine(self) -> list[str]:
        """Promote through the Automation API, which runs `pulumi`."""
        return [said_by_command("promote", "dev", "prod", "--yes", "--cwd", self.folder)]


@contextmanager
def _chain(folder: Path) -> Iterator[_Chain]:
    apis = [
        {
            "id": _IDS[stack],
            "identifier": _orders(stack),
            "scopes": [{"value": value, "description": text} for value, text in held.items()],
        }
        for stack, held in (("dev", OURS), ("prod", _OLD))
    ]
    pulumi = FakePulumi(folder)
    own_folder = patch.dict("os.environ", XDG_RUNTIME_DIR=str(folder))  # for what its processes leave for one another
    with own_folder, LocalTenant(seed={"resource_servers": apis}) as tenant, pulumi.on_path():
        chain = _Chain(folder, tenant, pulumi)
        chain.stack("dev", OURS)
        chain.stack("prod", _OLD, promoted_from="dev")
        yield chain


def _on(*acts: Callable[[_Chain], list[str]]) -> Producer:
    """Do each with a chain of its own."""

    def produce(folder: Path) -> list[str]:
        said = []
        for number, act in enumerate(acts):
            (folder / str(number)).mkdir()
            with _chain(folder / str(number)) as chain:
                said += act(chain)
        return said

    return produce


def _other_source(chain: _Chain) -> list[str]:
    chain.stack("staging", OURS)
    chain.stack("prod", _OLD, promoted_from="staging")
    return chain.promote()


def _skipped(chain: _Chain) -> list[str]:
    chain.stack("staging", OURS, promoted_from="dev")
    chain.stack("prod", _OLD, promoted_from="staging")
    return chain.promote()


def _circle(chain: _Chain) -> list[str]:
    chain.stack("staging", OURS, promoted_from="qa")
    chain.stack("qa", OURS, promoted_from="staging")
    chain.stack("prod", _OLD, promoted_from="staging")
    return chain.promote()


def _without_receipt(chain: _Chain) -> list[str]:
    chain.stack("dev", OURS, outputs={})
    return chain.promote()


def _unreadable_receipt(chain: _Chain) -> list[str]:
    chain.stack("dev", OURS, outputs={RECEIPT_OUTPUT: {"format": 2}})
    return chain.promote()


def _api_not_in_source(chain: _Chain) -> list[str]:
    apis = json.dumps({"orders": _orders("prod"), "billing": "https://billing.prod.example.com"})
    chain.stack("prod", _OLD, promoted_from="dev", apis=apis)
    return chain.promote()


def _unfinished(chain: _Chain) -> list[str]:
    chain.stack("dev", OURS, outputs=_receipt("dev", _OLD))
    return chain.promote()


def _source_drifted(chain: _Chain) -> list[str]:
    chain.write("dev", {"read:orders": "Reading", "export:orders": "Export orders"})
    return chain.promote()


def _hotfixed(chain: _Chain) -> list[str]:
    """Added, removed and described by hand; the source has another description, or nothing any more."""
    before = {**OURS, "read:orders": "Read", "write:orders": "Write", "audit:orders": "Audit"}
    chain.stack("dev", {**OURS, "write:orders": "Change", "export:orders": "Export"})
    chain.write("dev", {**OURS, "write:orders": "Change", "export:orders": "Export"})
    chain.stack("prod", before, promoted_from="dev")
    by_hand = {"write:orders": "Write orders", "audit:orders": "Audits", "export:orders": "Exporting", "hot:fix": "Hot"}
    chain.write("prod", by_hand)
    return chain.promote()


def _says_no(chain: _Chain) -> list[str]:
    return chain.promote(engine=_Engine(on_preview=lambda: Operation(errors=["the program is wrong"], failed=True)))


def _no_reason(chain: _Chain) -> list[str]:
    return chain.promote(engine=_Engine(on_preview=lambda: Operation(failed=True)))


def _source_moves(chain: _Chain) -> list[str]:
    return chain.promote(engine=_Engine(on_preview=lambda: chain.stack("dev", _OLD)))


def _target_moves(chain: _Chain) -> list[str]:
    return chain.promote(engine=_Engine(on_preview=lambda: chain.write("prod", {"export:orders": ""})))


def _nothing_happens(chain: _Chain) -> list[str]:
    return chain.promote()


def _no_receipt_is_left(chain: _Chain) -> list[str]:
    return chain.promote(engine=_Engine(on_apply=lambda: chain.write("prod", OURS)))


def _fails(chain: _Chain, *, after_writing: bool) -> list[str]:
    def fail() -> Operation:
        if after_writing:
            chain.write("prod", OURS)
        return Operation(errors=["the disk is full"], failed=True)

    return chain.promote(engine=_Engine(on_apply=fail))


def _in_use(chain: _Chain) -> list[str]:
    conflict = "error: [409] Conflict: Another update is currently in progress.\n"
    chain.pulumi.answers("prod", "preview", err=conflict, code=255)
    return chain.promote_with_engine()


def _silent(chain: _Chain) -> list[str]:
    chain.pulumi.answers("prod", "preview", code=255)
    return chain.promote_with_engine()


def _badly_configured(chain: _Chain) -> list[str]:
    chain.stack("prod", _OLD, promoted_from="dev", maxRemovals="few")
    return chain.promote()


def _left_the_configuration(chain: _Chain) -> list[str]:
    billing = Held("billing", _orders("prod"), _OLD, _IDS["prod"])
    chain.stack("prod", _OLD, billing, promoted_from="dev")
    return chain.promote(asks=True)


class _Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        """Tell that somebody is there."""
        return True


def _nobody_to_ask(chain: _Chain) -> list[str]:
    with patch("sys.stdin", io.StringIO()):
        return chain.promote(asks=True)


def _somebody_says_no(chain: _Chain) -> list[str]:
    with patch("sys.stdin", _Terminal("n\n")):
        return chain.promote(asks=True)


PRODUCERS: Mapping[str, Producer] = {
    "stack-unreadable": _on(_silent),
    "api-left-the-configuration": _on(_left_the_configuration),
    "stage-receipt-unreadable": _on(_unreadable_receipt),
    "promote-first-stage": _on(lambda chain: chain.promote("prod", "dev")),
    "promote-other-source": _on(_other_source),
    "promote-stage-skipped": _on(_skipped),
    "promote-circle": _on(_circle),
    "promote-source-without-receipt": _on(_without_receipt),
    "promote-api-not-in-source": _on(_api_not_in_source),
    "promote-source-unfinished": _on(_unfinished),
    "promote-source-drifted": _on(_source_drifted),
    "promote-hotfix": _on(_hotfixed),
    "promote-preview-says-no": _on(_says_no),
    "promote-source-moved": _on(_source_moves),
    "promote-target-moved": _on(_target_moves),
    "promote-not-equal": _on(_nothing_happens, _no_receipt_is_left),
    "promote-update-failed": _on(
        lambda chain: _fails(chain, after_writing=False), lambda chain: _fails(chain, after_writing=True)
    ),
    "promote-no-reason": _on(_no_reason),
    "promote-stack-in-use": _on(_in_use),
    "promote-configuration": _on(_badly_configured),
    "promote-nobody-to-ask": _on(_nobody_to_ask),
    "promote-you-said-no": _on(_somebody_says_no),
}
