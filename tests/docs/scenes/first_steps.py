"""A newcomer's way: the tutorial, existing APIs under management, and the local tenant."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from docs.recorder import steady
from docs.scenes.scene import Scene
from docs.shop import Shop
from support.commands import run
from support.hand import Hand
from support.workspace import ORDERS, ORDERS_API

START_LIMIT_S = 60
BILLING = "https://billing.example.com"
ADDRESS = "127.0.0.1:8080"  # of the local tenant, on the page
CREDENTIALS = ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_API_TOKEN")

# What the tutorial asks for: an API with some permissions, one of which a role holds.
SEED: dict[str, object] = {
    "resource_servers": [
        ORDERS_API,
        {
            "id": "65f0c0ffee00000000000002",
            "identifier": BILLING,
            "name": "Billing",
            "scopes": [{"value": "read:invoices", "description": "Read invoices"}],
        },
    ],
    "roles": [
        {
            "id": "rol_Hk2PqWcXvB8nLmZr",
            "name": "Support",
            "permissions": [{"resource_server_identifier": ORDERS, "permission_name": "delete:orders"}],
        }
    ],
}


def _empty(folder: Path, pulumi_home: Path) -> AbstractContextManager[Shop]:
    return Shop.new(folder, pulumi_home, SEED)


def _tutorial(shop: Shop) -> Mapping[str, str]:
    workspace = shop.workspace
    workspace.environment |= dict.fromkeys(CREDENTIALS, "")  # the stack has its own
    (workspace.folder / ".venv").symlink_to(sys.prefix)
    workspace.write("Pulumi.yaml", shop.use("tutorial-project"))
    _log_in(shop, shop.use("tutorial-login"))
    told = {name: shop.typed(name) for name in ("tutorial-stack",)}
    told["tutorial-config"] = shop.typed("tutorial-config", says=workspace.client_secret)
    told["tutorial-export"] = shop.typed("tutorial-export")
    told["tutorial-adopt"] = shop.typed("tutorial-adopt")
    assert workspace.writes() == []
    shop.change("tutorial-add")
    told["tutorial-added"] = shop.typed("tutorial-added")
    assert "cancel:orders" in workspace.scopes()
    shop.change("tutorial-remove")
    told["tutorial-removal"] = shop.typed("tutorial-removal")
    told["tutorial-removed"] = shop.typed("tutorial-removed")
    assert sorted(workspace.scopes()) == ["cancel:orders", "read:orders", "write:orders"]
    writes = workspace.writes()
    shop.change("tutorial-leave")
    shop.change("tutorial-leave-import")
    left = [shop.transcript(command, "Resources") for command in ("pulumi up", "pulumi destroy")]
    told["tutorial-left"] = "\n".join(left)
    assert workspace.writes() == writes
    return told


def _log_in(shop: Shop, commands: str) -> None:
    """Type the commands into a shell, and keep what they leave in its environment."""
    assert "pulumi login --local" in commands  # which would be the home of whoever runs the tests
    here = commands.replace("--local", f"'file://{shop.workspace.folder}/state'")
    shop.workspace.environment |= {"PULUMI_BACKEND_URL": "", "PULUMI_CONFIG_PASSPHRASE": ""}
    script = f'{here}\nprintf %s "$PULUMI_CONFIG_PASSPHRASE" >passphrase\n'
    ran = run(["sh", "-ec", script], cwd=shop.workspace.folder, environ=shop.workspace.environ(), together=True)
    assert ran.code == 0, ran.output
    passphrase = (shop.workspace.folder / "passphrase").read_text(encoding="utf-8")
    shop.workspace.environment["PULUMI_CONFIG_PASSPHRASE"] = passphrase


def _look_up(shop: Shop) -> Mapping[str, str]:
    shop.workspace.init()
    shop.program(shop.use("resource-example"))
    shop.workspace.preview()
    shop.program(shop.use("look-up"))
    shop.workspace.preview()
    shop.change("look-up-typo")
    return {"look-up-refused": shop.refusal("pulumi preview")}


def _adopt(shop: Shop) -> Mapping[str, str]:
    shop.workspace.init()
    export = shop.typed("adopt-export")
    shop.program(shop.use("adopt-program"))
    adopted = shop.transcript("pulumi up")
    assert shop.workspace.writes() == []
    Hand(shop.tenant).add(ORDERS, "audit:orders", "Read the audit trail")
    return {"adopt-export": export, "adopt-up": adopted, "adopt-stranger": shop.refusal("pulumi preview")}


def _local_tenant(shop: Shop) -> Mapping[str, str]:
    folder = shop.workspace.folder
    shop.workspace.write("tenant.json", shop.use("local-seed"))
    with _running(folder) as line:
        ready = json.loads(line)
        address = ready["domain"].removeprefix("http://")
        shown = {"domain": f"http://{ADDRESS}", "client_id": "YOUR-CLIENT-ID", "client_secret": "YOUR-CLIENT-SECRET"}
        assert list(ready) == list(shown)
        command = "auth0-permissions tenant --port 8080 --seed tenant.json"
        told = {"local-start": f"$ {command}\n{json.dumps(shown)}"}
        for name in ("local-patch", "local-fault"):
            program = shop.use(name).replace(ADDRESS, address)
            run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
            assert run.returncode == 0, run.stderr
            told[f"{name}-said"] = steady(run.stdout.strip())
    return told


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """Run the tenant as the page says, on a free port, and give the line that it prints when it is ready."""
    command = [sys.executable, "-m", "auth0_permissions_cli", "tenant", "--seed", "tenant.json"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], START_LIMIT_S)[0], "the local tenant does not start"
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


FIRST_STEPS: Mapping[str, Scene] = {
    "tutorial": Scene(
        frozenset(
            {
                "tutorial-stack",
                "tutorial-config",
                "tutorial-export",
                "tutorial-adopt",
                "tutorial-added",
                "tutorial-removal",
                "tutorial-removed",
                "tutorial-left",
            }
        ),
        _tutorial,
        _empty,
        frozenset(
            {
                "tutorial-login",
                "tutorial-project",
                "tutorial-add",
                "tutorial-remove",
                "tutorial-leave",
                "tutorial-leave-import",
            }
        ),
    ),
    "look up": Scene(
        frozenset({"look-up-refused"}), _look_up, _empty, frozenset({"resource-example", "look-up", "look-up-typo"})
    ),
    "adopt": Scene(
        frozenset({"adopt-export", "adopt-up", "adopt-stranger"}),
        _adopt,
        _empty,
        frozenset({"adopt-program"}),
    ),
    "local tenant": Scene(
        frozenset({"local-start", "local-patch-said", "local-fault-said"}),
        _local_tenant,
        _empty,
        frozenset({"local-seed", "local-patch", "local-fault"}),
    ),
}
