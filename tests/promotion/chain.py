"""The root project in a folder of its own, with three local tenants, driven by the real commands."""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from auth0_local_tenant import LocalTenant
from auth0_permissions_cli.catalog_text import dump_catalog
from cli.support import run_command
from pulumi_auth0_permissions.catalog import load_catalog
from support.commands import Ran, run
from support.environment import pulumi_environ
from support.hand import Hand
from support.workspace import make_stack

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("dev", "staging", "prod")


def orders(stage: str) -> str:
    """Return the identifier of the API ``orders`` on a stage."""
    return "https://orders.example.com" if stage == "prod" else f"https://orders.{stage}.example.com"


def api_id(stage: str, api: str) -> str:
    """Return the id of an API on a stage, as the seeds have it."""
    return f"65f0c0ffee00000000000{STAGES.index(stage) + 1}0{1 + ('orders', 'billing').index(api)}"


class Chain:
    """Three stacks of one project and their tenants."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        for name in ("Pulumi.yaml", "__main__.py", "permissions.yaml", *(f"Pulumi.{stage}.yaml" for stage in STAGES)):
            shutil.copy(ROOT / name, folder)
        self.write_catalog({"orders": {"old:orders": "Old"}})
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / "state").mkdir()
        self.tenants = {stage: LocalTenant(seed=self.seed(stage)) for stage in STAGES}
        for tenant in self.tenants.values():
            tenant.start()
        self.hands = {stage: Hand(tenant) for stage, tenant in self.tenants.items()}
        self.environ = {
            **pulumi_environ(folder, home),
            **{f"AUTH0_CLIENT_SECRET_{stage.upper()}": f"secret-of-{stage}" for stage in STAGES},
        }
        for stage, tenant in self.tenants.items():
            self.edit_config(stage, f"auth0:domain: {tenant.domain}", instead_of="auth0:domain: ")
            path = folder / f"Pulumi.{stage}.yaml"
            config = path.read_text()
            make_stack(folder, stage, "auth0-permissions-example")
            path.write_text(config + path.read_text())

    def seed(self, stage: str) -> dict[str, object]:
        """Return what a tenant starts with; each stage's application has a secret of its own."""
        seed: dict[str, object] = json.loads((ROOT / f"examples/promotion/tenants/{stage}.json").read_text())
        clients = seed["clients"]
        assert isinstance(clients, list)
        clients[0]["client_secret"] = f"secret-of-{stage}"
        return seed

    def stop(self) -> None:
        """Stop the tenants."""
        for tenant in self.tenants.values():
            tenant.stop()

    def run(self, *command: str, ok: bool | None = True, **environ: str) -> Ran:
        """Run a command; ``ok`` is what its exit code is expected to tell."""
        settings = self.environ | environ
        if command[0] == "auth0-permissions":
            answer = run_command(*command[1:], cwd=self.folder, environ=settings)
        else:
            answer = run(command, cwd=self.folder, environ=settings)
        if ok is not None:
            assert (answer.code == 0) is ok, answer.output
        return answer

    def pulumi(self, *arguments: str, ok: bool | None = True, **environ: str) -> Ran:
        """Run the Pulumi CLI."""
        return self.run("pulumi", *arguments, "--non-interactive", "--color", "never", ok=ok, **environ)

    def up(self, stage: str, *options: str) -> Ran:
        """Run `pulumi up` on a stack, with the stage's secret under the official name."""
        secret = self.environ[f"AUTH0_CLIENT_SECRET_{stage.upper()}"]
        return self.pulumi("up", "--yes", "--stack", stage, *options, AUTH0_CLIENT_SECRET=secret)

    def promote(self, source: str, target: str, *options: str, code: int, **environ: str) -> Ran:
        """Run `auth0-permissions promote`."""
        answer = self.run("auth0-permissions", "promote", source, target, *options, ok=None, **environ)
        assert answer.code == code, answer.output
        return answer

    def edit_config(self, stage: str, line: str, *, instead_of: str) -> None:
        """Put a line into a stack's file in place of the one that starts like that."""
        path = self.folder / f"Pulumi.{stage}.yaml"
        lines = path.read_text().splitlines()
        found = [number for number, text in enumerate(lines) if text.strip().startswith(instead_of)]
        lines[found[0]] = f"  {line}"
        path.write_text("\n".join(lines) + "\n")

    def write_catalog(self, changes: Mapping[str, Mapping[str, str | None]]) -> None:
        """Change the catalog: logical API name → permission → description, or ``None`` to take it out."""
        path = self.folder / "permissions.yaml"
        apis = load_catalog(path)
        for api, permissions in changes.items():
            changed = {**apis[api], **permissions}
            apis[api] = {value: text for value, text in changed.items() if text is not None}
        path.write_text(dump_catalog(apis))

    def change_dev(self, **changes: Mapping[str, str | None]) -> None:
        """Change the catalog, as `write_catalog` does, and apply it to the first stage."""
        self.write_catalog(changes)
        self.up("dev", "--skip-preview")

    def scopes(self, stage: str, api: str | None = None) -> dict[str, str]:
        """Return what a stage's tenant holds for ``orders``, or another API: value → description."""
        return {s["value"]: s.get("description", "") for s in self.hands[stage].scopes(api or orders(stage))}

    def writes(self) -> Mapping[str, int]:
        """Return how many PATCHes each tenant has answered to us since its journal was cleared."""
        return {
            stage: sum(entry.method == "PATCH" and entry.client_id == "pulumi" for entry in tenant.journal())
            for stage, tenant in self.tenants.items()
        }

    def clear(self) -> None:
        """Clear the journals and faults."""
        for tenant in self.tenants.values():
            tenant.clear_journal()
            tenant.clear_faults()
