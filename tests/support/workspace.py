"""A Pulumi project in a folder of its own, driven by the real CLI against a local tenant."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import yaml

from auth0_local_tenant import JournalEntry, LocalTenant
from support.commands import Ran, run
from support.environment import pulumi_environ
from support.hand import Hand
from support.vault import SECRETS_OF_A_STACK

SCOPES = (  # what the README tells people to grant
    "read:resource_servers",
    "update:resource_servers",
    "read:client_grants",
    "update:client_grants",
    "read:roles",
    "update:roles",
    "read:clients",
)

_ADOPTED_IN = "adopted.tenant.invalid"  # stands for the tenant in a state that is copied

ORDERS = "https://orders.example.com"
ORDERS_SCOPES = [
    {"value": "read:orders", "description": "Read orders"},
    {"value": "write:orders", "description": "Create and change orders"},
    {"value": "delete:orders", "description": "Delete orders"},
]
ORDERS_API: dict[str, object] = {
    "id": "65f0c0ffee00000000000001",
    "identifier": ORDERS,
    "name": "Orders",
    "scopes": ORDERS_SCOPES,
}
ORDERS_SEED: dict[str, object] = {"resource_servers": [ORDERS_API]}


@dataclass
class Workspace:
    """A project, its local state, and the tenant it works against.

    Attributes:
        folder: of the project.
        tenant: the tenant.
        environment: what its commands find in their environment besides, or otherwise.
        stack: which stack commands are about, unless they name one.
    """

    folder: Path
    tenant: LocalTenant
    environment: dict[str, str] = field(default_factory=dict)
    stack: str = "dev"

    def __post_init__(self) -> None:
        (self.folder / "state").mkdir(parents=True, exist_ok=True)
        self.client_id, self.client_secret = self.tenant.issue_client(SCOPES)
        self.write("Pulumi.yaml", "name: shop\nruntime: python\n")

    @property
    def host(self) -> str:
        """The tenant's host, as messages name it."""
        return urlsplit(self.tenant.domain).netloc

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

    def pulumi(self, *arguments: str, ok: bool | None = True, **environment: str) -> Ran:
        """Run the CLI and return what it said; ``ok`` is what its exit code is expected to tell."""
        result = run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            environ=self.environ() | environment,
            together=True,
        )
        if ok is not None:
            assert (result.code == 0) is ok, result.output
        return result

    def init(self, stack: str | None = None) -> None:
        """Make the stack, or another one."""
        make_stack(self.folder, stack or self.stack)

    def adopt(self, seed: Mapping[str, object] = ORDERS_SEED) -> None:
        """Bring the state to where the first `up` of the program brings it, which declares what its API holds.

        The CLI does it once a test process for each program; then its state is copied.

        Args:
            seed: what the tenant holds of APIs, with their ids.
        """
        program = (self.folder / "__main__.py").read_text(encoding="utf-8")
        text = _adopted(program, json.dumps(seed), self.stack)
        here = urlsplit(self.tenant.domain).netloc
        self._state_file().write_text(text.replace(_ADOPTED_IN, here), encoding="utf-8")

    def config(self, key: str, value: object) -> None:
        """Set a value of the stack's configuration, as `pulumi config set` does."""
        file = self.folder / f"Pulumi.{self.stack}.yaml"
        settings = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        settings.setdefault("config", {})[key] = value
        file.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def preview(self, *arguments: str, ok: bool | None = True, **environment: str) -> Ran:
        """Run `pulumi preview`."""
        return self.pulumi("preview", *arguments, ok=ok, **environment)

    def up(self, *arguments: str, ok: bool | None = True, **environment: str) -> Ran:
        """Run `pulumi up`, preview and update."""
        return self.pulumi("up", "--yes", *arguments, ok=ok, **environment)

    def destroy(self, *arguments: str, ok: bool | None = True, **environment: str) -> Ran:
        """Run `pulumi destroy`."""
        return self.pulumi("destroy", "--yes", *arguments, ok=ok, **environment)

    def outputs(self) -> dict[str, object]:
        """Return the stack's outputs."""
        found: dict[str, object] = self.state(":Stack")["outputs"]
        return found

    def state(self, kind: str = ":ApiPermissions") -> dict[str, Any]:
        """Return the state of the only resource of that kind: its inputs and outputs."""
        latest = json.loads(self._state_file().read_text(encoding="utf-8"))["checkpoint"]["latest"]
        (found,) = [resource for resource in latest["resources"] if resource["type"].endswith(kind)]
        state: dict[str, Any] = found
        return state

    def environ(self) -> dict[str, str]:
        """Return the environment of every command."""
        return {
            **pulumi_environ(self.folder, self.folder / "home"),
            "PULUMI_STACK": self.stack,
            "AUTH0_DOMAIN": self.tenant.domain,
            "AUTH0_CLIENT_ID": self.client_id,
            "AUTH0_CLIENT_SECRET": self.client_secret,
            **self.environment,
        }

    def scopes(self, api: str = ORDERS) -> dict[str, str]:
        """Return what the tenant holds for an API: value → description, in its order."""
        return {scope["value"]: scope.get("description", "") for scope in Hand(self.tenant).scopes(api)}

    def writes(self) -> list[object]:
        """Return the bodies of our PATCHes to APIs since the journal was cleared."""
        return [entry.request_body for entry in self._ours() if entry.method == "PATCH"]

    def requests(self) -> list[str]:
        """Return our requests since the journal was cleared: method and path."""
        return [f"{entry.method} {entry.path}" for entry in self._ours()]

    def _state_file(self) -> Path:
        (file,) = (self.folder / "state").glob(f".pulumi/stacks/*/{self.stack}.json")
        return file

    def _ours(self) -> list[JournalEntry]:
        return [entry for entry in self.tenant.journal() if entry.client_id == self.client_id]


@cache
def _adopted(program: str, seed: str, stack: str) -> str:
    """Return the state that `up` leaves of a stack whose program declares what the tenant holds."""
    with TemporaryDirectory() as folder, LocalTenant(seed=json.loads(seed)) as tenant:
        workspace = Workspace(Path(folder) / "shop", tenant, stack=stack)
        workspace.init()
        workspace.write("__main__.py", program)
        workspace.up("--skip-preview")
        assert workspace.writes() == [], "the program declares something else than the API holds"
        text = workspace._state_file().read_text(encoding="utf-8")
        return text.replace(urlsplit(tenant.domain).netloc, _ADOPTED_IN)


def make_stack(folder: Path, name: str, project: str = "shop") -> None:
    """Make a stack of the project in a folder, as `pulumi stack init` does; ``PULUMI_STACK`` selects it."""
    checkpoint = {"stack": f"organization/{project}/{name}", "latest": None}
    for path, text in (
        (f"Pulumi.{name}.yaml", yaml.safe_dump(SECRETS_OF_A_STACK)),
        ("state/.pulumi/meta.yaml", "version: 1\n"),
        (f"state/.pulumi/stacks/{project}/{name}.json", json.dumps({"version": 3, "checkpoint": checkpoint})),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
