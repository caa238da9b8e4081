"""The command with pipes, in this process; or as a process of its own, on a terminal of a given width."""

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from auth0_local_tenant import LocalTenant
from auth0_permissions_cli import app
from support.commands import Ran, run_on_terminal

COMMAND = (sys.executable, "-m", "auth0_permissions_cli")

ORDERS = "https://orders.example.com"
BILLING = "urn:billing"
SEED: dict[str, object] = {
    "resource_servers": [
        {
            "id": "65f0c0ffee00000000000001",
            "identifier": ORDERS,
            "name": "Orders",
            "token_lifetime": 5400,
            "scopes": [
                {"value": "write:orders", "description": "Create and change orders"},
                {"value": "read:orders", "description": "Read orders"},
                {"value": "idle:orders"},
            ],
        },
        {
            "id": "65f0c0ffee00000000000002",
            "identifier": BILLING,
            "scopes": [{"value": "read:comment ", "description": "yes"}],
        },
    ],
    "clients": [{"client_id": "shop-1", "name": "Shop"}, {"client_id": "backoffice-1", "name": "Back office"}],
    "roles": [
        {
            "id": "rol_viewer0000000000",
            "name": "Viewer",
            "permissions": [{"resource_server_identifier": ORDERS, "permission_name": "read:orders"}],
        }
    ],
    "client_grants": [
        {
            "id": "cgr_shop000000000000",
            "client_id": "shop-1",
            "audience": ORDERS,
            "scope": ["read:orders", "write:orders", "gone:orders"],
        },
        {"id": "cgr_backoffice000000", "client_id": "backoffice-1", "audience": ORDERS, "allow_all_scopes": True},
    ],
}


def bare_environment() -> dict[str, str]:
    """Return this process's environment without anything that the command would look at."""
    unwanted = ("AUTH0_", "PULUMI_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "TTY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def run_command(*arguments: str, cwd: Path, environ: Mapping[str, str]) -> Ran:
    """Run the command in this process, as if it were one of its own with pipes, and return what it said."""
    encoding = environ.get("PYTHONIOENCODING", "utf-8")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, environ, clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = app.run(arguments)
    said = []
    for stream in (out, err):
        stream.flush()
        assert isinstance(stream.buffer, io.BytesIO)
        said.append(stream.buffer.getvalue().decode())
    return Ran(code, *said)


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs the command, with the credentials of a tenant in the environment."""

    tenant: LocalTenant
    folder: Path

    def environ(self) -> dict[str, str]:
        """Return the environment of a run."""
        return bare_environment() | {
            "AUTH0_DOMAIN": self.tenant.domain,
            "AUTH0_CLIENT_ID": self.tenant.client_id,
            "AUTH0_CLIENT_SECRET": self.tenant.client_secret,
        }

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run the command with pipes and return what it said; a variable that is empty counts as not set."""
        return run_command(*arguments, cwd=self.folder, environ=self.environ() | environment)

    def on_terminal(self, *arguments: str, **environment: str) -> str:
        """Run the command on a terminal of 80 columns, and return all that appears there."""
        environ = self.environ() | environment
        return run_on_terminal([*COMMAND, *arguments], cwd=self.folder, environ=environ, columns=80).out
