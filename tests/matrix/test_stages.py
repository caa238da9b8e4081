"""`auth0-permissions matrix` with the real CLI, two stages and their tenants; and how their stacks are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auth0_local_tenant import LocalTenant
from auth0_permissions_cli.stacks.pulumi import Stack, StackError
from auth0_permissions_cli.stacks.state import read_stack
from cli.support import run_command
from pulumi_auth0_permissions.core.model import Unmanaged
from support.commands import Ran
from support.hand import Hand
from support.workspace import SCOPES, Workspace

PERMISSIONS = {
    "dev": {"read:orders": "Read orders", "write:orders": "Write", "new": ""},
    "prod": {"read:orders": "Read orders", "write:orders": "Other words"},
}
PROGRAM = """
config = pulumi.Config()
auth0_permissions.ApiPermissions(
    "orders", api=config.require("api"), permissions=config.require_object("permissions"), unmanaged="keep"
)
pulumi.export("hidden", pulumi.Output.secret("not to be seen"))
"""


def identifier(stack: str) -> str:
    """Return the identifier of the API in a stage."""
    return f"https://orders.{stack}.example.com"


def seed(stack: str) -> dict[str, object]:
    """Return a tenant with the API of a stage, which has one permission."""
    scopes = [{"value": "write:orders", "description": "Write"}]
    return {"resource_servers": [{"identifier": identifier(stack), "name": "Orders", "scopes": scopes}]}


class Stages:
    """The stacks dev and prod of one program, which takes the API and its permissions from the configuration.

    Args:
        workspace: the project; its tenant is dev's.
        prod: the tenant of prod.
    """

    def __init__(self, workspace: Workspace, prod: LocalTenant) -> None:
        self.workspace, self.prod = workspace, prod
        self.clients = {
            "dev": (workspace.client_id, workspace.client_secret),
            "prod": prod.issue_client(SCOPES),
        }
        workspace.program(PROGRAM)
        for stack, tenant in (("dev", workspace.tenant), ("prod", prod)):
            workspace.init(stack)
            settings = {
                "auth0:domain": tenant.domain,
                "auth0:clientId": self.clients[stack][0],
                "api": identifier(stack),
                "permissions": json.dumps(PERMISSIONS[stack]),
            }
            entries = [f"--plaintext={key}={value}" for key, value in settings.items()]
            workspace.pulumi("config", "set-all", "--stack", stack, *entries)
            workspace.up("--skip-preview", "--stack", stack, AUTH0_CLIENT_SECRET=self.clients[stack][1])

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every command: each stage has its own secret, and nothing is for both."""
        own = {f"AUTH0_CLIENT_SECRET_{stack.upper()}": secret for stack, (_id, secret) in self.clients.items()}
        return {name: text for name, text in self.workspace.environ().items() if not name.startswith("AUTH0_")} | own

    def stack(self, name: str, **environment: str) -> Stack:
        """Return a stack as a command has it."""
        return Stack(name, self.workspace.folder, self.environ | environment)

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run `auth0-permissions matrix`."""
        return run_command("matrix", *arguments, cwd=self.workspace.folder, environ=self.environ | environment)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Stages]:
    """Both stages applied, and then prod changed by hand behind its stack's back."""
    with LocalTenant(seed=seed("dev")) as dev, LocalTenant(seed=seed("prod")) as prod:
        hand = Hand(prod)
        hand.add(identifier("prod"), "legacy", "From before")
        shop = Workspace(tmp_path_factory.mktemp("stages") / "shop", dev, {"PULUMI_HOME": str(pulumi_home)})
        made = Stages(shop, prod)
        hand.delete(identifier("prod"), "read:orders")
        hand.add(identifier("prod"), "hot:fix", "At night")
        hand.describe(identifier("prod"), "legacy", "Touched")
        shop.init("empty")
        yield made


def data(stages: Stages, *arguments: str) -> dict[str, Any]:
    """Return the JSON of a matrix of dev and prod, which shows no stage's secret."""
    ran = stages.run("dev", "prod", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    assert not [secret for _id, secret in stages.clients.values() if secret in ran.output]
    result: dict[str, Any] = json.loads(ran.out)
    return result


def cells(matrix: dict[str, Any], stack: str, key: str) -> dict[str, object]:
    """Return one stack's cells: permission → what a key of it says."""
    return {row["permission"]: row["stacks"][stack][key] for row in matrix["apis"][0]["permissions"]}


def test_a_stack_is_read_as_it_was_applied(stages: Stages) -> None:
    """All that a stack's state holds of an API comes out: names, sets, revision and modes; secrets stay encrypted."""
    snapshot = read_stack(stages.stack("prod"))

    (api,) = snapshot.apis
    assert (api.resource_name, api.identifier, api.api_name) == ("orders", identifier("prod"), "Orders")
    assert api.managed == PERMISSIONS["prod"]
    assert api.effective == {**PERMISSIONS["prod"], "legacy": "From before"}
    assert api.unmanaged is Unmanaged.KEEP
    assert "not to be seen" not in str(snapshot.outputs)
    assert snapshot.api("orders") is api


def test_the_configuration_comes_in_clear(stages: Stages) -> None:
    """Secrets are decrypted, and maps come as JSON text; with another passphrase, that is said and nothing shown."""
    stages.workspace.pulumi("stack", "change-secrets-provider", "passphrase", "--stack", "dev")
    stages.workspace.pulumi("config", "set", "--stack", "dev", "--secret", "word", "not to be seen")
    config = stages.stack("dev").config()

    assert config["shop:word"] == "not to be seen"
    assert json.loads(config["shop:permissions"]) == PERMISSIONS["dev"]
    with pytest.raises(StackError, match="export PULUMI_CONFIG_PASSPHRASE=") as caught:
        stages.stack("dev", PULUMI_CONFIG_PASSPHRASE="another one").config()
    assert "not to be seen" not in str(caught.value)


def test_a_stack_that_is_not_there(stages: Stages) -> None:
    """The error tells what to run."""
    with pytest.raises(StackError, match=r'stack "gone": .*`pulumi stack ls`'):
        read_stack(stages.stack("gone"))


def test_states_are_compared(stages: Stages) -> None:
    """Without a live look the stacks' states are compared, and the tenants are not asked."""
    stages.prod.clear_journal()
    matrix = data(stages)

    assert cells(matrix, "prod", "status") == {
        "legacy": "unmanaged",
        "new": "missing",
        "read:orders": "present",
        "write:orders": "different",
    }
    assert set(cells(matrix, "prod", "drift").values()) == {None}
    assert stages.prod.journal() == []


def test_a_live_look_finds_drift(stages: Stages) -> None:
    """With a live look every stage's tenant is asked with its own secret, and what has drifted is told."""
    matrix = data(stages, "--live")

    drift = {value: drift for value, drift in cells(matrix, "prod", "drift").items() if drift}
    assert drift == {"hot:fix": "appeared", "legacy": "redescribed", "read:orders": "gone"}
    assert cells(matrix, "prod", "live_description")["hot:fix"] == "At night"
    assert set(cells(matrix, "dev", "drift").values()) == {None}
    assert matrix["counts"]["prod"]["drifted"] == 3


def test_a_live_look_that_fails_is_no_matrix(stages: Stages) -> None:
    """Where a tenant cannot be asked there is one message without any secret, no table and exit code 1."""
    ran = stages.run("dev", "prod", "--live", AUTH0_CLIENT_SECRET_PROD="another")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: ")
    assert "another" not in ran.err


@pytest.mark.parametrize(("arguments", "code"), [("dev prod --check", 5), ("dev --check", 0)])
def test_the_exit_code_tells_of_differences_where_asked(stages: Stages, arguments: str, code: int) -> None:
    """With --check differences make exit code 5, and equality 0."""
    assert stages.run(*arguments.split()).code == code


def test_a_stack_without_state_is_a_column(stages: Stages) -> None:
    """A stack that nothing was applied to is compared as one without APIs, and said so."""
    ran = stages.run("--stack", "dev", "--stack", "empty")

    assert ran.code == 0
    assert "not in empty" in ran.out
    assert 'Note: stack "empty" holds no API yet' in ran.err


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
