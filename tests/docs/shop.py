"""The tenant and the project that the documentation's outputs come from, and how a command is written down."""

import re
import shlex
from itertools import dropwhile
from typing import Any

from docs.pages import recorded, used
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


# What differs from run to run, and what stands in its place. The tenant's port is the system's choice; times are now.
_STEADY = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8080"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "2026-12-01 09:30 UTC"),
    (re.compile(r"\b\d\d:\d\d:\d\d UTC"), "09:30:00 UTC"),
    (re.compile(r", by \S+, version "), ", by anne, version "),
)
# A section of the CLI's output begins with its title at the margin, and what is said of a resource with its type.
_SECTION = re.compile(r"(?P<title>[A-Z][a-z]+)[^:]*:")
_RESOURCE = re.compile(r"  [a-z][^ ]* \(.*\):$")


class Shop(Workspace):
    """A project that works against a local tenant, and the commands that a person types in it.

    Attributes:
        blocks: what came of the commands so far: block of a page → text.
    """

    def __post_init__(self) -> None:
        """Start without blocks."""
        super().__post_init__()
        self.blocks: dict[str, str] = {}

    def use(self, name: str) -> None:
        """Make a block of a page the program."""
        self.write("__main__.py", used(name))

    def change(self, name: str) -> None:
        """Apply a diff that stands on a page to the program, where all that it changes has to be there once."""
        lines = used(name).splitlines(keepends=True)
        assert {line[0] for line in lines} <= set("+- "), f"{name}: there is a line that is none of a diff"
        old, new = ("".join(line[1:] for line in lines if line[0] != other) for other in "+-")
        program = (self.folder / "__main__.py").read_text(encoding="utf-8")
        assert program.count(old) == 1, f"{name}: there {program.count(old)} times, not once:\n{old}"
        self.write("__main__.py", program.replace(old, new))

    def remove(self, *removed: str, arguments: str = "") -> None:
        """Make the program that of the page, without some permissions and with these further arguments."""
        lines = used("shop").rstrip().splitlines()
        kept = [line for line in lines if not any(f'"{value}":' in line for value in removed)]
        assert kept[-1] == ")"
        self.write("__main__.py", "\n".join([*kept[:-1], *([f"    {arguments},"] if arguments else []), ")", ""]))

    def type(self, name: str, *, says: str = "") -> None:
        """Run the commands that stand in a block of a page, and keep the block as it came out.

        Args:
            name: of the recorded block.
            says: what a command is answered that asks for a value.
        """
        said = []
        for command, with_resources in _steps(name):
            typed = command
            for theirs, ours in self._stand_ins().items():
                typed = typed.replace(theirs, ours)
            said.append(f"$ {command}")
            if command.startswith(("pulumi preview", "pulumi up", "pulumi destroy")):
                _, *arguments = shlex.split(typed)
                ran = self.pulumi(*arguments, *([] if arguments[0] == "preview" else ["--yes"]), ok=None)
                said.append(_shown(self.as_on_pages(ran.output), failed=bool(ran.code), with_resources=with_resources))
            else:
                environ = self.environ() | {"COLUMNS": "120", "NO_COLOR": "1"}
                ran = run(["sh", "-c", typed], cwd=self.folder, environ=environ, together=True, says=says)
                assert ran.code == 0, ran.out
                said += [line.rstrip() for line in self.as_on_pages(ran.out).strip("\n").splitlines()]
        self.blocks[name] = "\n".join(said)

    def type_update(self, preview: str, update: str, writes: str = "") -> None:
        """Run `pulumi up`; keep what it previewed, did and wrote, as the blocks of these names."""
        self.tenant.clear_journal()
        before, _, after = self.as_on_pages(self.up().output).partition("\nUpdating (")
        for name, command, said in ((preview, "pulumi preview", before), (update, "pulumi up", after)):
            [(typed, with_resources)] = _steps(name)
            assert typed == command
            self.blocks[name] = f"$ {command}\n{_shown(said, failed=False, with_resources=with_resources)}"
        if writes:
            self.blocks[writes] = "\n".join(
                f"{entry.method} {entry.path} -> {entry.status}"
                for entry in self.tenant.journal()
                if entry.method in {"POST", "PATCH", "DELETE"} and entry.path != "/oauth/token"
            )

    def as_on_pages(self, output: str) -> str:
        """Put what a person has in the place of what there is here."""
        for theirs, ours in self._stand_ins().items():
            output = output.replace(ours, theirs)
        return steady(output)

    def _stand_ins(self) -> dict[str, str]:
        return {TENANT: self.tenant.domain, CLIENT_ID: self.client_id, FOLDER: str(self.folder)}


def steady(text: str) -> str:
    """Replace what differs from run to run."""
    for pattern, replacement in _STEADY:
        text = pattern.sub(replacement, text)
    return text


def _steps(name: str) -> list[tuple[str, bool]]:
    """Return the commands of a recorded block, each with whether the section ``Resources`` is shown."""
    parts = re.split(r"^\$ ", recorded(name), flags=re.MULTILINE)[1:]
    assert parts, f"{name}: there is no command in the block"
    return [(part.partition("\n")[0], "\nResources:" in part) for part in parts]


def _shown(output: str, *, failed: bool, with_resources: bool) -> str:
    """Return what a page shows of what the engine said: its diagnostics, the resources, of a failure the errors alone.

    The lines on progress before them come in another number and order each time. So do the resources under
    ``Diagnostics``, which are put in the order of their types.
    """
    sections: dict[str, list[list[str]]] = {}
    groups: list[list[str]] = []
    for line in output.splitlines():
        if section := _SECTION.match(line):
            groups = sections[section["title"]] = [[line.rstrip()]]
        elif _RESOURCE.match(line):
            groups.append([line])
        elif line.strip() and groups:
            groups[-1].append(line.rstrip())
    diagnostics = sections.get("Diagnostics", [])
    if failed:
        diagnostics = [
            [first, *dropwhile(lambda line: not line.startswith("    error: "), rest)] for first, *rest in diagnostics
        ]
    kept = [*diagnostics[:1], *sorted(diagnostics[1:]), *(sections["Resources"] if with_resources else [])]
    assert kept, output
    return "\n".join(line for group in kept for line in group)
