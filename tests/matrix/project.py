"""A project with two stages, each with its own tenant, applied by the real engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from auth0_local_tenant import LocalTenant
from support.commands import Ran, run
from support.workspace import SCOPES, Workspace


def command(folder: Path, environ: Mapping[str, str], *arguments: str) -> Ran:
    """Run `auth0-permissions` in a folder."""
    return run([sys.executable, "-m", "auth0_permissions_cli", *arguments], cwd=folder, environ=environ)


class Stages:
    """The stacks dev and prod of one program, which takes the API and its permissions from the configuration.

    Args:
        workspace: the project; its tenant is dev's.
        prod: the tenant of prod.
    """

    def __init__(self, workspace: Workspace, prod: LocalTenant) -> None:
        self.workspace = workspace
        self.tenants = {"dev": workspace.tenant, "prod": prod}
        self.secrets = {"dev": workspace.client_secret}
        workspace.program(
            """
            config = pulumi.Config()
            auth0_permissions.ApiPermissions(
                "orders", api=config.require("api"), permissions=config.require_object("permissions"), unmanaged="keep"
            )
            """
        )
        workspace.init("prod")
        client_id, self.secrets["prod"] = prod.issue_client(SCOPES)
        for stack, tenant, client in (("dev", workspace.tenant, workspace.client_id), ("prod", prod, client_id)):
            for key, value in {
                "auth0:domain": tenant.domain,
                "auth0:clientId": client,
                "api": identifier(stack),
            }.items():
                workspace.pulumi("config", "set", key, value, "--stack", stack)

    def permit(self, stack: str, permissions: str) -> None:
        """Set a stage's permissions, as JSON."""
        self.workspace.pulumi("config", "set", "permissions", permissions, "--stack", stack)

    def up(self, stack: str) -> None:
        """Apply a stage."""
        self.workspace.up("--stack", stack, AUTH0_CLIENT_SECRET=self.secrets[stack])

    def environ(self) -> dict[str, str]:
        """Return the environment of every command: each stage has its own secret, and nothing is for both."""
        environ = self.workspace.environ()
        for name in ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET"):
            del environ[name]
        return environ | {f"AUTH0_CLIENT_SECRET_{stack.upper()}": secret for stack, secret in self.secrets.items()}

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run `auth0-permissions`."""
        return command(self.workspace.folder, self.environ() | environment, *arguments)


def identifier(stack: str) -> str:
    """Return the identifier of the API in a stage."""
    return f"https://orders.{stack}.example.com"


def seed(stack: str) -> dict[str, object]:
    """Return a tenant with the API of a stage and a role that holds its one permission."""
    scopes = [{"value": "write:orders", "description": "Write"}]
    return {
        "resource_servers": [{"identifier": identifier(stack), "name": "Orders", "scopes": scopes}],
        "roles": [
            {
                "id": f"rol_{stack:a<16}",
                "name": "Support | @octocat",
                "permissions": [{"resource_server_identifier": identifier(stack), "permission_name": "write:orders"}],
            }
        ],
    }
