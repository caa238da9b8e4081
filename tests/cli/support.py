"""The command as a process of its own: with pipes, or on a terminal of a given width."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auth0_local_tenant import LocalTenant
from support.commands import TIMEOUT_S, Ran, run

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

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, without: tuple[str, ...] = ()) -> Ran:
        """Run the command with pipes, and return what it said.

        Args:
            arguments: the command's arguments.
            env: environment variables to set.
            without: environment variables to leave out.
        """
        environ = {name: value for name, value in self.environ().items() if name not in without} | dict(env or {})
        return run([*COMMAND, *arguments], cwd=self.folder, environ=environ)

    def on_terminal(self, *arguments: str, columns: int = 80, env: Mapping[str, str] | None = None) -> str:
        """Run the command on a terminal and return everything that appears there, lines ended by a line feed."""
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environ = self.environ() | {"TERM": "xterm-256color"} | dict(env or {})
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=self.folder, env=environ, stdin=side, stdout=side, stderr=side, close_fds=True
        )
        os.close(side)
        return _everything_from(main, process)


def _everything_from(main: int, process: subprocess.Popen[bytes]) -> str:
    parts: list[bytes] = []
    with contextlib.suppress(OSError):  # a terminal whose last program has gone fails to be read
        while part := os.read(main, 65536):
            parts.append(part)
    os.close(main)
    process.wait(TIMEOUT_S)
    return _text(parts)


def _text(parts: list[bytes]) -> str:
    return b"".join(parts).decode().replace("\r\n", "\n")


def in_environment(tenant: LocalTenant, identity: tuple[str, str]) -> Mapping[str, str]:
    """Return the variables that make the command use other credentials of the same tenant."""
    return {"AUTH0_DOMAIN": tenant.domain, "AUTH0_CLIENT_ID": identity[0], "AUTH0_CLIENT_SECRET": identity[1]}
