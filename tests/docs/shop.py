"""The tenant and the project that the documentation's outputs come from, and how a command is written down."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from auth0_local_tenant import LocalTenant
from docs.pages import PAGES, used
from docs.recorder import blocks, changed, commands, cut, errors_of, steady
from support.commands import Ran, run
from support.workspace import ORDERS, Workspace

# What stands on the pages for what is a reader's own.
TENANT = "acme.eu.auth0.com"
CLIENT_ID = "YOUR-CLIENT-ID"
FOLDER = "/home/you/orders"
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
    """A project that works against a local tenant, and the commands that a person types in it.

    Args:
        workspace: the project.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.tenant = workspace.tenant
        self.taken: set[str] = set()

    @classmethod
    @contextmanager
    def new(cls, folder: Path, pulumi_home: Path, seed: Mapping[str, object]) -> Iterator[Shop]:
        """Start a tenant, with an empty folder for the project."""
        with LocalTenant(seed=seed) as tenant:
            yield cls(Workspace(folder / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)}))

    @classmethod
    @contextmanager
    def open(cls, folder: Path, pulumi_home: Path, *, whole_list_grant: bool = False) -> Iterator[Shop]:
        """Start a tenant and a project whose program declares what the API has, applied.

        It is applied once and copied from then on: the tenant is the same afterwards, and the state is files.
        """
        applied = pulumi_home / "applied-shop"
        with cls.new(folder, pulumi_home, SEED) as shop:
            shop.program(used("shop"))
            if applied.exists():
                shutil.copytree(applied, shop.workspace.folder, dirs_exist_ok=True)
            else:
                shop.workspace.init()
                shop.workspace.up("--skip-preview")
                shutil.copytree(shop.workspace.folder, applied)
            if whole_list_grant:
                shop.tenant.seed(WHOLE_LIST_GRANT)
            yield shop

    def use(self, name: str) -> str:
        """Return the block of a page that is marked as used under a name."""
        self.taken.add(name)
        return used(name)

    def program(self, text: str) -> None:
        """Make this the program."""
        self.workspace.write("__main__.py", text)

    def change(self, name: str, file: str = "__main__.py") -> None:
        """Apply a diff that stands on a page to a file of the project."""
        path = self.workspace.folder / file
        path.write_text(changed(path.read_text(encoding="utf-8"), self.use(name)), encoding="utf-8")

    def declare(self, *removed: str, arguments: str = "") -> None:
        """Make the program that of the page, without some permissions and with these further arguments."""
        lines = self.use("shop").rstrip().splitlines()
        kept = [line for line in lines if not any(f'"{value}":' in line for value in removed)]
        assert kept[-1] == ")"
        self.program("\n".join([*kept[:-1], *([f"    {arguments},"] if arguments else []), ")", ""]))

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
        output = self._pulumi(command, ok=True)
        return f"$ {command}\n{steady(cut(output, *(sections or ('Diagnostics',))))}"

    def refusal(self, command: str) -> str:
        """Run a command of the CLI that is to fail, and return it with the errors that it said."""
        output = self._pulumi(command, ok=False)
        return f"$ {command}\n{steady(errors_of(cut(output, 'Diagnostics')))}"

    def silently(self, command: str, *, says: str = "") -> str:
        """Run a command of the CLI that says nothing, and return it.

        Args:
            command: as a person types it.
            says: what it is answered when it asks for a value.
        """
        said = self._run(shlex.split(self._here(command)), says)
        assert (said.code, said.out) == (0, ""), said.out
        return f"$ {command}"

    def typed(self, name: str, *, says: str = "") -> str:
        """Run the commands that stand in a block of a page, and return the block as it came out.

        Args:
            name: of the recorded block.
            says: what a command is answered that asks for a value.
        """
        (block,) = [found[name] for page in PAGES if name in (found := blocks(page.read_text(encoding="utf-8")))]
        said = []
        for command in commands(block):
            if command.startswith(("pulumi preview", "pulumi up")):
                said.append(self.transcript(command, "Diagnostics", "Resources"))
            elif command.startswith("pulumi config"):
                said.append(self.silently(command, says=says))
            else:
                said.append(self.said_by(command))
        assert said, f"{name}: there is no command in the block"
        return "\n".join(said)

    def said_by(self, command: str, code: int = 0) -> str:
        """Run any other command and return it with what it prints."""
        ran = self._run(["sh", "-c", self._here(command)], "")
        assert ran.code == code, ran.out
        lines = [line.rstrip() for line in ran.out.strip("\n").splitlines()]
        return "\n".join([f"$ {command}", *steady(self._elsewhere(chr(10).join(lines))).splitlines()])

    def writes(self) -> str:
        """Return the writes that the last commands sent, a line each."""
        return "\n".join(
            f"{entry.method} {entry.path} -> {entry.status}"
            for entry in self.tenant.journal()
            if entry.method in {"POST", "PATCH", "DELETE"} and entry.path != "/oauth/token"
        )

    def _run(self, command: Sequence[str], says: str) -> Ran:
        environ = self.workspace.environ() | {"COLUMNS": "120", "NO_COLOR": "1"}
        return run(command, cwd=self.workspace.folder, environ=environ, together=True, says=says)

    def _pulumi(self, command: str, *, ok: bool) -> str:
        program, *arguments = shlex.split(self._here(command))
        assert program == "pulumi"
        if arguments[0] in {"up", "destroy"}:
            arguments.append("--yes")
        return self._elsewhere(self.workspace.pulumi(*arguments, ok=ok).output)

    def _here(self, command: str) -> str:
        """Put what there is here in the place of what a person has: the tenant and its application."""
        for theirs, ours in self._stand_ins():
            command = command.replace(theirs, ours)
        return command

    def _elsewhere(self, output: str) -> str:
        for theirs, ours in self._stand_ins():
            output = output.replace(ours, theirs)
        return output

    def _stand_ins(self) -> tuple[tuple[str, str], ...]:
        return (
            (TENANT, self.tenant.domain),
            (CLIENT_ID, self.workspace.client_id),
            (FOLDER, str(self.workspace.folder)),
        )
