"""`auth0-permissions matrix` with the real CLI, two stages and their tenants; and how their stacks are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auth0_local_tenant import LocalTenant
from auth0_permissions_cli.stacks.pulumi import Stack, StackError
from auth0_permissions_cli.stacks.state import read_stack
from cli.support import run_command
from support.commands import Ran
from support.hand import Hand
from support.workspace import SCOPES, Workspace

PERMISSIONS = {
    "dev": {"read:orders": "Read orders", "write:orders": "Write", "new": ""},
    "prod": {"read:orders": "Read orders", "write:orders": "Other words"},
}
PROGRAM = f"""
permissions = {PERMISSIONS}[pulumi.get_stack()]
api = f"https://orders.{{pulumi.get_stack()}}.example.com"
auth0_permissions.ApiPermissions("orders", api=api, permissions=permissions, unmanaged="keep")
"""
PROD = "https://orders.prod.example.com"


@dataclass
class Stages:
    """The stacks dev and prod of one program; each has its own secret, and nothing is for both."""

    workspace: Workspace
    prod: LocalTenant
    secrets: dict[str, str]

    def stack(self, name: str) -> Stack:
        """Return a stack as a command has it."""
        return Stack(name, self.workspace.folder, self.environ)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every command."""
        of_all = {name: text for name, text in self.workspace.environ().items() if not name.startswith("AUTH0_")}
        return of_all | {f"AUTH0_CLIENT_SECRET_{stack.upper()}": secret for stack, secret in self.secrets.items()}

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run `auth0-permissions matrix`."""
        return run_command("matrix", *arguments, cwd=self.workspace.folder, environ=self.environ | environment)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Stages]:
    """Both stages applied, and then prod changed by hand behind its stack's back."""
    scopes = [{"value": "write:orders", "description": "Write"}]
    seeds = [
        {
            "resource_servers": [
                {"identifier": f"https://orders.{stack}.example.com", "name": "Orders", "scopes": scopes}
            ]
        }
        for stack in PERMISSIONS
    ]
    with LocalTenant(seed=seeds[0]) as dev, LocalTenant(seed=seeds[1]) as prod:
        hand = Hand(prod)
        hand.add(PROD, "legacy", "From before")
        shop = Workspace(tmp_path_factory.mktemp("stages") / "shop", dev, {"PULUMI_HOME": str(pulumi_home)})
        shop.program(PROGRAM)
        made = Stages(shop, prod, {})
        for shop.stack, tenant in zip(("dev", "prod"), (dev, prod), strict=True):
            client, made.secrets[shop.stack] = tenant.issue_client(SCOPES)
            shop.init()
            shop.config("auth0:domain", tenant.domain)
            shop.config("auth0:clientId", client)
            shop.up("--skip-preview", AUTH0_CLIENT_SECRET=made.secrets[shop.stack])
        hand.delete(PROD, "read:orders")
        hand.add(PROD, "hot:fix", "At night")
        hand.describe(PROD, "legacy", "Touched")
        shop.init("empty")
        yield made


def cells(stages: Stages, key: str, *arguments: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a key says of each permission on dev and on prod, in a matrix that shows no stage's secret."""
    ran = stages.run("dev", "prod", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    assert not [secret for secret in stages.secrets.values() if secret in ran.output]
    (api,) = ran.data()["apis"]
    dev, prod = (
        {row["permission"]: row["stacks"][stack][key] for row in api["permissions"]} for stack in ("dev", "prod")
    )
    return dev, prod


def test_a_stack_that_does_not_exist_is_said(stages: Stages) -> None:
    """The stack and what to do are in the message."""
    with pytest.raises(StackError, match=r'stack "gone": .*`pulumi stack ls`'):
        read_stack(stages.stack("gone"))


def test_states_are_compared(stages: Stages) -> None:
    """Without a live look the stacks' states are compared, and the tenants are not asked."""
    stages.prod.clear_journal()

    assert cells(stages, "status")[1] == {
        "legacy": "unmanaged",
        "new": "missing",
        "read:orders": "present",
        "write:orders": "different",
    }
    assert set(cells(stages, "drift")[1].values()) == {None}
    assert stages.prod.journal() == []


def test_a_live_look_finds_drift(stages: Stages) -> None:
    """With a live look every stage's tenant is asked with its own secret, and what has drifted is told."""
    dev, prod = cells(stages, "drift", "--live")

    drift = {value: drift for value, drift in prod.items() if drift}
    assert drift == {"hot:fix": "appeared", "legacy": "redescribed", "read:orders": "gone"}
    assert cells(stages, "live_description", "--live")[1]["hot:fix"] == "At night"
    assert set(dev.values()) == {None}


def test_a_live_look_that_fails_is_no_matrix(stages: Stages) -> None:
    """Where a tenant cannot be asked there is one message without any secret, no table and exit code 1."""
    ran = stages.run("dev", "prod", "--live", AUTH0_CLIENT_SECRET_PROD="another")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: ")
    assert "another" not in ran.err


def test_the_exit_code_tells_of_differences_where_asked(stages: Stages) -> None:
    """With --check differences make exit code 5, and equality 0."""
    assert [stages.run(*stacks, "--check").code for stacks in (("dev", "prod"), ("dev",))] == [5, 0]


def test_a_stack_without_state_is_a_column(stages: Stages) -> None:
    """A stack that nothing was applied to is compared as one without APIs, and said so."""
    ran = stages.run("--stack", "dev", "--stack", "empty")

    assert ran.code == 0
    assert "not in empty" in ran.out
    assert 'Note: stack "empty" has no APIs yet' in ran.err


def test_a_file_instead_of_the_terminal(stages: Stages, tmp_path: Path) -> None:
    """--output writes the report to a file, replacing an older one; one that cannot be written is one message."""
    file = tmp_path / "report"
    file.write_text("old")
    ran = stages.run("dev", "prod", "--format", "html", "--output", str(file))
    failed = stages.run("dev", "--output", str(tmp_path / "gone" / "report"))

    assert (ran.code, ran.out) == (0, "")
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert failed.code == 1
    assert "could not be written: No such file or directory" in failed.err
