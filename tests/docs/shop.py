"""The tenant and the project that the documentation's outputs come from, and how a command is written down."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auth0_local_tenant import LocalTenant
from docs.pages import used
from docs.recorder import changed, cut, errors_of, recorded_blocks, steady, steps
from support.commands import run
from support.workspace import ORDERS, ORDERS_API, Workspace

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


def _role(name: str, role_id: str, *values: str) -> dict[str, object]:
    held = [{"resource_server_identifier": ORDERS, "permission_name": value} for value in values]
    return {"id": role_id, "name": name, "permissions": held}


SEED: dict[str, Any] = {
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
        _role("Support", "rol_Hk2PqWcXvB8nLmZr", "read:orders", "delete:orders"),
        _role("Shop manager", "rol_Zx9TnYuMkJh3GfDs", "write:orders", "delete:orders"),
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
WHOLE_LIST_GRANT = {
    "id": "cgr_m4KjHgFdSaQwErTy",
    "client_id": WAREHOUSE,
    "audience": ORDERS,
    "allow_all_scopes": True,
}

# What the tutorial asks for: an API with some permissions, one of which a role holds.
NEWCOMERS_SEED: dict[str, object] = {
    "resource_servers": [
        ORDERS_API,
        {
            "id": "65f0c0ffee00000000000002",
            "identifier": "https://billing.example.com",
            "name": "Billing",
            "scopes": [{"value": "read:invoices", "description": "Read invoices"}],
        },
    ],
    "roles": [_role("Support", "rol_Hk2PqWcXvB8nLmZr", "delete:orders")],
}


class Shop:
    """A project that works against a local tenant, and the commands that a person types in it.

    Attributes:
        workspace: the project.
        blocks: what came of the commands so far: block of a page → text.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.tenant = workspace.tenant
        self.blocks: dict[str, str] = {}

    @classmethod
    @contextmanager
    def open(cls, folder: Path, pulumi_home: Path, seed: Mapping[str, object], *, applied: bool) -> Iterator[Shop]:
        """Start a tenant and a project, which is empty or whose program declares what the API has, applied."""
        with LocalTenant(seed=seed) as tenant:
            shop = cls(Workspace(folder / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)}))
            if applied:
                shop.declare()
                shop.workspace.init()
                shop.workspace.adopt({"resource_servers": seed["resource_servers"]})
            yield shop

    def program(self, text: str) -> None:
        """Make this the program."""
        self.workspace.write("__main__.py", text)

    def change(self, name: str) -> None:
        """Apply a diff that stands on a page to the program."""
        path = self.workspace.folder / "__main__.py"
        path.write_text(changed(path.read_text(encoding="utf-8"), used(name)), encoding="utf-8")

    def declare(self, *removed: str, arguments: str = "") -> None:
        """Make the program that of the page, without some permissions and with these further arguments."""
        lines = used("shop").rstrip().splitlines()
        kept = [line for line in lines if not any(f'"{value}":' in line for value in removed)]
        assert kept[-1] == ")"
        self.program("\n".join([*kept[:-1], *([f"    {arguments},"] if arguments else []), ")", ""]))

    def limit_to(self, scopes: Sequence[str]) -> None:
        """Give the project another application, with these scopes of the Management API and no others."""
        client_id, client_secret = self.tenant.issue_client(scopes)
        self.workspace.environment |= {"AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": client_secret}

    def type(self, name: str, *, says: str = "") -> None:
        """Run the commands that stand in a block of a page, and keep the block as it came out.

        Args:
            name: of the recorded block.
            says: what a command is answered that asks for a value.
        """
        said = []
        for command, with_resources in steps(recorded_blocks()[name]):
            if command.startswith(("pulumi preview", "pulumi up", "pulumi destroy")):
                said += [f"$ {command}", self._engine(command, with_resources=with_resources)]
            else:
                said += [f"$ {command}", *self._said_by(command, says)]
        assert said, f"{name}: there is no command in the block"
        self.blocks[name] = "\n".join(said)

    def type_update(self, preview: str, update: str) -> None:
        """Run `pulumi up`; keep what it previewed and what it did, as blocks of `pulumi preview` and `pulumi up`."""
        output = self._elsewhere(self.workspace.up().output)
        before, _, after = output.partition("\nUpdating (")
        for name, command, said in ((preview, "pulumi preview", before), (update, "pulumi up", after)):
            [(typed, with_resources)] = steps(recorded_blocks()[name])
            assert typed == command
            self.blocks[name] = f"$ {command}\n{_shown(said, with_resources=with_resources)}"

    def writes(self) -> str:
        """Return the writes that the last commands sent, a line each."""
        return "\n".join(
            f"{entry.method} {entry.path} -> {entry.status}"
            for entry in self.tenant.journal()
            if entry.method in {"POST", "PATCH", "DELETE"} and entry.path != "/oauth/token"
        )

    def _engine(self, command: str, *, with_resources: bool) -> str:
        """Run a command that ends in sections: its errors if it fails, or else what the page shows of it."""
        _, *arguments = shlex.split(self._here(command))
        yes = [] if arguments[0] == "preview" else ["--yes"]
        ran = self.workspace.pulumi(*arguments, *yes, ok=None)
        output = self._elsewhere(ran.output)
        if ran.code:
            return steady(errors_of(cut(output, "Diagnostics")))
        return _shown(output, with_resources=with_resources)

    def _said_by(self, command: str, says: str) -> list[str]:
        environ = self.workspace.environ() | {"COLUMNS": "120", "NO_COLOR": "1"}
        ran = run(
            ["sh", "-c", self._here(command)], cwd=self.workspace.folder, environ=environ, together=True, says=says
        )
        assert ran.code == 0, ran.out
        lines = [line.rstrip() for line in ran.out.strip("\n").splitlines()]
        return steady(self._elsewhere("\n".join(lines))).splitlines()

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


def _shown(output: str, *, with_resources: bool) -> str:
    """Return what a page shows of the output of a command that succeeded."""
    return steady(cut(output, "Diagnostics", *(["Resources"] if with_resources else [])))
