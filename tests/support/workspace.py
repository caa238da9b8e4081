"""A Pulumi project in a folder of its own, driven by the real CLI against a local tenant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from auth0_local_tenant import JournalEntry, LocalTenant

__all__ = ["ORDERS", "ORDERS_SEED", "Result", "Workspace"]

TIMEOUT_S = 240

SCOPES = (  # what the README tells people to grant
    "read:resource_servers",
    "update:resource_servers",
    "read:client_grants",
    "update:client_grants",
    "read:roles",
    "update:roles",
    "read:clients",
)

ORDERS = "https://orders.example.com"
ORDERS_SEED: dict[str, object] = {
    "resource_servers": [
        {
            "id": "65f0c0ffee00000000000001",
            "identifier": ORDERS,
            "name": "Orders",
            "scopes": [
                {"value": "read:orders", "description": "Read orders"},
                {"value": "write:orders", "description": "Create and change orders"},
                {"value": "delete:orders", "description": "Delete orders"},
            ],
        }
    ]
}


@dataclass(frozen=True)
class Result:
    """What a run of the CLI came to: exit code, and standard output and error as one text."""

    code: int
    output: str

    def __contains__(self, text: str) -> bool:
        return text in self.output


@dataclass
class Workspace:
    """A project, its local state, and the tenant it works against."""

    folder: Path
    tenant: LocalTenant
    environment: dict[str, str] = field(default_factory=dict)
    stack: str = "dev"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "state").mkdir(exist_ok=True)
        runtime = self.folder.parent / f"{self.folder.name}-runtime"
        runtime.mkdir(exist_ok=True)
        self.environment.setdefault("XDG_RUNTIME_DIR", str(runtime))
        self.client_id, self.client_secret = self.tenant.issue_client(SCOPES)
        self.write("Pulumi.yaml", "name: shop\nruntime: python\n")

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def program(self, body: str) -> None:
        """Make ``body`` the program; the imports stand above it."""
        head = "import pulumi\nimport pulumi_auth0_permissions as auth0_permissions\n\n"
        self.write("__main__.py", head + textwrap.dedent(body))

    def declare(self, permissions: Mapping[str, object], *, api: str = ORDERS, arguments: str = "") -> None:
        """Make the program one that declares one API's permissions."""
        call = f"'orders', api={api!r}, permissions={permissions!r}, {arguments}"
        self.program(
            f"orders = auth0_permissions.ApiPermissions({call})\n"
            "pulumi.export('revision', orders.revision)\n"
            "pulumi.export('effective', orders.effective_permissions)\n"
        )

    def pulumi(self, *arguments: str, ok: bool | None = True, **environment: str) -> Result:
        """Run the CLI and return what it said; ``ok`` is what its exit code is expected to tell."""
        run = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environ() | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        result = Result(run.returncode, run.stdout)
        if ok is not None:
            assert (result.code == 0) is ok, result.output
        assert "Traceback" not in result.output, result.output
        return result

    def init(self) -> None:
        """Make the stack."""
        self.pulumi("stack", "init", self.stack)

    def config(self, key: str, value: str, *, path: bool = False) -> None:
        """Set a value of the stack's configuration."""
        self.pulumi("config", "set", *(["--path"] if path else []), key, value)

    def preview(self, *arguments: str, ok: bool | None = True, **environment: str) -> Result:
        """Run `pulumi preview`."""
        return self.pulumi("preview", *arguments, ok=ok, **environment)

    def up(self, *arguments: str, ok: bool | None = True, **environment: str) -> Result:
        """Run `pulumi up`, preview and update."""
        return self.pulumi("up", "--yes", *arguments, ok=ok, **environment)

    def destroy(self, *arguments: str, ok: bool | None = True, **environment: str) -> Result:
        """Run `pulumi destroy`."""
        return self.pulumi("destroy", "--yes", *arguments, ok=ok, **environment)

    def outputs(self) -> dict[str, object]:
        """Return the stack's outputs."""
        result = json.loads(self.pulumi("stack", "output", "--json").output)
        assert isinstance(result, dict)
        return result

    def state(self) -> dict[str, object]:
        """Return the resource's state: its inputs and outputs."""
        exported = json.loads(self.pulumi("stack", "export").output)
        resources = [r for r in exported["deployment"]["resources"] if r["type"].endswith(":ApiPermissions")]
        assert len(resources) == 1, resources
        found: dict[str, object] = resources[0]
        return found

    def environ(self) -> dict[str, str]:
        """Return the environment of every command: nothing of the developer's own set-up reaches it."""
        bin_folder = str(Path(sys.executable).parent)
        return {
            "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]]),
            "HOME": str(self.folder),
            "PULUMI_HOME": os.environ.get("PULUMI_HOME", str(self.folder / "home")),
            "PULUMI_BACKEND_URL": (self.folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "made-up for the test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AUTH0_DOMAIN": self.tenant.domain,
            "AUTH0_CLIENT_ID": self.client_id,
            "AUTH0_CLIENT_SECRET": self.client_secret,
            **self.environment,
        }

    def scopes(self, api: str = ORDERS) -> dict[str, str]:
        """Return what the tenant holds for an API: value → description."""
        return {scope["value"]: scope.get("description", "") for scope in self.scope_entries(api)}

    def scope_entries(self, api: str = ORDERS) -> list[dict[str, str]]:
        """Return an API's entries as the tenant holds them."""
        state = requests.get(f"{self.tenant.domain}/_tenant/state", timeout=TIMEOUT_S).json()
        for server in state["resource_servers"]:
            if server["identifier"] == api:
                entries: list[dict[str, str]] = server.get("scopes", [])
                return entries
        raise AssertionError(f"the tenant has no API {api}")

    def writes(self) -> list[object]:
        """Return the bodies of our PATCHes to APIs since the journal was cleared."""
        return [entry.request_body for entry in self._ours() if entry.method == "PATCH"]

    def requests(self) -> list[str]:
        """Return our requests since the journal was cleared: method and path."""
        return [f"{entry.method} {entry.path}" for entry in self._ours()]

    def _ours(self) -> list[JournalEntry]:
        return [entry for entry in self.tenant.journal() if entry.client_id == self.client_id]
