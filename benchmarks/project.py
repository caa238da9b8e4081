"""A Pulumi project of many APIs, with the product or with the provider that does nothing."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import measure

from auth0_local_tenant import LocalTenant

__all__ = ["Cost", "Project", "identifier", "permissions", "seed"]

_HERE = Path(__file__).resolve().parent
_BODY = """
import json
import {module} as auth0_permissions

with open("shape.json", encoding="utf-8") as file:
    shape = json.load(file)
for n, version in enumerate(shape["versions"]):
    held = {{f"read:thing-{{k:04}}": f"Read things of kind {{k:04}}" for k in range(shape["permissions"])}}
    if version:
        held["read:thing-0000"] = f"Read the first thing, version {{version}}"
    auth0_permissions.ApiPermissions(f"api-{{n:03}}", api=f"https://api-{{n:03}}.example.com", permissions=held)
"""


def identifier(number: int) -> str:
    """Return the identifier of one of the APIs."""
    return f"https://api-{number:03}.example.com"


def permissions(count: int) -> dict[str, str]:
    """Return that many permissions with descriptions of usual length (52 bytes each in JSON, and 20 around them)."""
    return {f"read:thing-{n:04}": f"Read things of kind {n:04}" for n in range(count)}


def seed(apis: int, each: int) -> dict[str, object]:
    """Return a tenant with as many APIs that hold that many permissions each."""
    scopes = [{"value": value, "description": text} for value, text in permissions(each).items()]
    return {
        "resource_servers": [{"identifier": identifier(n), "name": f"API {n}", "scopes": scopes} for n in range(apis)]
    }


@dataclass(frozen=True)
class Cost:
    """What one command has cost.

    Attributes:
        wall_s: wall time.
        provider_peak_mb: peak memory of the provider process.
        provider_cpu_s: processor time of the provider processes.
        requests: requests to the tenant, tokens included.
        reads: those of them that read APIs.
        bytes: of all answers.
        refused: answers of status 429.
    """

    wall_s: float
    provider_peak_mb: float
    provider_cpu_s: float
    requests: int
    reads: int
    bytes: int
    refused: int


class Project:
    """One project with a local state of its own.

    Args:
        folder: where to put it.
        kind: ``product``, or ``noop`` for the provider that does nothing.
        tenant: the tenant.
        apis: how many APIs it declares.
        each: permissions of each.
    """

    def __init__(
        self, folder: Path, kind: Literal["product", "noop"], tenant: LocalTenant, apis: int, each: int
    ) -> None:
        self._folder = folder / kind
        self._state = folder / f"{kind}-state"
        self._tenant = tenant
        self._each = each
        self._versions = [0] * apis
        for made in (self._folder, self._state):
            made.mkdir(parents=True, exist_ok=True)
        module = "pulumi_auth0_permissions" if kind == "product" else "noop"
        (self._folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (self._folder / "__main__.py").write_text(_BODY.format(module=module))
        client_id, client_secret = tenant.issue_client(["read:resource_servers", "update:resource_servers"])
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": self._state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "made-up",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_HERE), os.environ.get("PYTHONPATH")])),
            "AUTH0_DOMAIN": tenant.domain,
            "AUTH0_CLIENT_ID": client_id,
            "AUTH0_CLIENT_SECRET": client_secret,
        }
        self.change([])
        self.run("stack", "init", "dev")

    def change(self, numbers: Sequence[int]) -> None:
        """Describe one permission of each of these APIs differently than until now."""
        for number in numbers:
            self._versions[number] += 1
        shape = {"versions": self._versions, "permissions": self._each}
        (self._folder / "shape.json").write_text(json.dumps(shape))

    def create(self) -> Cost:
        """Bring the stack up for the first time.

        The engine writes the whole state down after each resource, which takes minutes for large ones; not here.
        """
        in_one_go = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
        return self._run(["up", "--yes", "--skip-preview"], self._environ | in_one_go)

    def run(self, *arguments: str) -> Cost:
        """Run a command of the CLI and measure it."""
        return self._run(arguments, self._environ)

    def _run(self, arguments: Sequence[str], environ: Mapping[str, str]) -> Cost:
        self._tenant.clear_journal()
        measured = measure.run(["pulumi", *arguments, "--non-interactive"], self._folder, environ)
        journal = self._tenant.journal()
        return Cost(
            wall_s=measured.wall_s,
            provider_peak_mb=measured.provider_peak_mb,
            provider_cpu_s=measured.provider_cpu_s,
            requests=len(journal),
            reads=sum(entry.method == "GET" for entry in journal),
            bytes=sum(entry.bytes_out for entry in journal),
            refused=sum(entry.status == 429 for entry in journal),
        )

    def state_bytes(self) -> int:
        """Return the size of the stack's state, without the engine's stack traces: they hold paths of this machine."""
        (file,) = self._state.rglob("stacks/bench/dev.json")
        state = json.loads(file.read_text())
        for resource in state["checkpoint"]["latest"]["resources"]:
            for name in ("sourcePosition", "stackTrace"):
                resource.pop(name, None)
        return len(json.dumps(state, separators=(",", ":"), ensure_ascii=False))
