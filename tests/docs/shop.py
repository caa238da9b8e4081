"""The tenant and the project that the documentation's outputs come from, and how a command is written down."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from auth0_local_tenant import LocalTenant
from docs.recorder import cut, errors_of, steady
from stories.workspace import ORDERS, Workspace

__all__ = ["API_ID", "PERMISSIONS", "Shop", "without"]

TIMEOUT_S = 240
API_ID = "65f0c0ffee00000000000001"
BILLING = "3mCqGnZfXoTqV4Hf7DXYzKqBaTkPq0Vw"
WAREHOUSE = "8rTzWkYb1LmNc5QdRfGhJkLpZxCvBnM2"

PERMISSIONS = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
    "export:orders": "Download all orders",
    "refund:orders": "Give money back",
}


def without(*values: str) -> dict[str, str]:
    """Return the API's permissions without some."""
    return {value: text for value, text in PERMISSIONS.items() if value not in values}


def _held(*values: str) -> list[dict[str, str]]:
    return [{"resource_server_identifier": ORDERS, "permission_name": value} for value in values]


SEED: dict[str, object] = {
    "resource_servers": [
        {
            "id": API_ID,
            "identifier": ORDERS,
            "name": "Orders",
            "token_lifetime": 86400,
            "scopes": [{"value": value, "description": text} for value, text in PERMISSIONS.items()],
        }
    ],
    "clients": [{"client_id": BILLING, "name": "Billing"}, {"client_id": WAREHOUSE, "name": "Warehouse"}],
    "roles": [
        {"id": "rol_Hk2PqWcXvB8nLmZr", "name": "Support", "permissions": _held("read:orders", "delete:orders")},
        {"id": "rol_Zx9TnYuMkJh3GfDs", "name": "Shop manager", "permissions": _held("write:orders", "delete:orders")},
    ],
    "client_grants": [
        {
            "id": "cgr_b7RtYuIoPqWsXcVn",
            "client_id": BILLING,
            "audience": ORDERS,
            "scope": ["read:orders", "delete:orders"],
        },
    ],
}
WHOLE_LIST_GRANT: dict[str, object] = {
    "client_grants": [
        {"id": "cgr_m4KjHgFdSaQwErTy", "client_id": WAREHOUSE, "audience": ORDERS, "allow_all_scopes": True}
    ]
}


class Shop:
    """A project that manages the permissions of the API Orders.

    Args:
        workspace: the project.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.tenant = workspace.tenant

    @classmethod
    @contextmanager
    def open(cls, folder: Path, pulumi_home: Path, *, whole_list_grant: bool = False) -> Iterator[Shop]:
        """Start a tenant and a project whose program declares what the API has, applied."""
        with LocalTenant(seed=SEED) as tenant:
            if whole_list_grant:
                tenant.seed(WHOLE_LIST_GRANT)
            workspace = Workspace(folder / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
            workspace.init()
            workspace.declare(PERMISSIONS)
            workspace.up("--skip-preview")
            yield cls(workspace)

    def declare(self, permissions: Mapping[str, object], arguments: str = "") -> None:
        """Make the program declare these permissions, with these further arguments."""
        self.workspace.declare(permissions, arguments=arguments)

    def limit_to(self, scopes: Sequence[str]) -> None:
        """Give the project another application, with these scopes of the Management API and no others."""
        client_id, client_secret = self.tenant.issue_client(scopes)
        self.workspace.environment |= {"AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": client_secret}

    def transcript(self, command: str, *sections: str) -> str:
        """Run a command of the CLI that is to succeed, and return it with sections of what it said.

        Args:
            command: as a person types it, such as ``pulumi preview``.
            sections: titles of the output's sections to keep; ``Diagnostics`` where none is named.
        """
        output = self._run(command, ok=True)
        return f"$ {command}\n{steady(cut(output, *(sections or ('Diagnostics',))))}"

    def refusal(self, command: str) -> str:
        """Run a command of the CLI that is to fail, and return it with the errors that it said."""
        output = self._run(command, ok=False)
        return f"$ {command}\n{steady(errors_of(cut(output, 'Diagnostics')))}"

    def silently(self, command: str) -> str:
        """Run a command of the CLI that says nothing, and return it."""
        assert self._run(command, ok=True).strip() == ""
        return f"$ {command}"

    def _run(self, command: str, *, ok: bool) -> str:
        program, *arguments = shlex.split(command)
        assert program == "pulumi"
        if arguments[0] in {"up", "destroy"}:
            arguments.append("--yes")
        return self.workspace.pulumi(*arguments, ok=ok).output

    def said_by(self, command: str) -> str:
        """Run a command of this product and return it with what it prints."""
        run = subprocess.run(
            shlex.split(command),
            cwd=self.workspace.folder,
            env=self.workspace.environ() | {"COLUMNS": "120", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        lines = [line.rstrip() for line in run.stdout.strip("\n").splitlines()]
        return f"$ {command}\n{steady(chr(10).join(lines))}"

    def writes(self) -> str:
        """Return the writes that the last commands sent, a line each."""
        return "\n".join(
            f"{entry.method} {entry.path} -> {entry.status}"
            for entry in self.tenant.journal()
            if entry.method in {"POST", "PATCH", "DELETE"} and entry.path != "/oauth/token"
        )
