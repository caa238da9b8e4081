"""What `pulumi new` makes of the template is a working project: what its README says, done with the real CLI."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from packaging.requirements import Requirement

from docs.pages import ROOT, commands_to_type, run_block
from pulumi_auth0_permissions.version import VERSION
from support.commands import TIMEOUT_S, local_tenant, run
from support.environment import pulumi_environ

TEMPLATE = ROOT / "templates" / "auth0-permissions"
NAME = "acme-permissions"
CATALOG = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
    "refund:orders": "Give money back",  # added to it here
}


def _held(address: str) -> dict[str, dict[str, str]]:
    servers: list[Any] = requests.get(f"{address}/_tenant/state", timeout=TIMEOUT_S).json()["resource_servers"]
    return {
        server["identifier"]: {scope["value"]: scope["description"] for scope in server["scopes"]}
        for server in servers
        if not server.get("is_system")
    }


def test_the_tutorial_has_the_command_that_it_goes_on_with(installed: Path) -> None:
    """The wheel, installed as the tutorial says, brings the command line, of this version."""
    command = [str(installed / "bin" / "auth0-permissions"), "--version"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, f"auth0-permissions {VERSION}\n")


@pytest.mark.long
def test_a_new_project_works_as_its_readme_says(
    installed: Path, index: dict[str, str], tmp_path: Path, pulumi_home: Path
) -> None:
    """Every file comes along; dev takes what the catalog says, staging what dev has applied, and prod what staging has.

    The catalog gets one permission more than the template's tenant has for dev.
    """
    folder = tmp_path / NAME
    folder.mkdir()
    environment = pulumi_environ(folder, pulumi_home) | {
        "PULUMI_BACKEND_URL": folder.parent.as_uri(),  # the folder itself has to be empty
        "PULUMI_SKIP_CONFIRMATIONS": "true",
    }

    def typed(environ: Mapping[str, str], *command: str) -> None:
        ran = run(command, cwd=folder, environ=environ, together=True)
        assert ran.code == 0, ran.output

    typed(environment, "pulumi", "new", str(TEMPLATE), "--generate-only", "--yes", "--non-interactive")
    files = {path.name for path in TEMPLATE.iterdir()}
    assert files <= {path.name for path in folder.iterdir()}
    assert not [name for name in files if "${" in (folder / name).read_text()]
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (project["name"], "template" in project) == (NAME, False)

    # In place of `pulumi install`: without an index it could not bring pip up to date, which it does first.
    (folder / ".venv").symlink_to(installed)
    typed(index, ".venv/bin/pip", "install", "--quiet", "-r", "requirements.txt")
    script = "\n".join(commands_to_type("template-tenant"))
    assert "--port 8080" in script
    command = ["sh", "-c", script.replace("--port 8080", "--port 0")]
    with local_tenant(command, cwd=folder, environ=environment) as tenant:
        environment |= {f"AUTH0_{key.upper()}": value for key, value in tenant.items()}
        typed(environment, "pulumi", "stack", "init", "dev")
        stage = run_block(
            "template-stage",
            cwd=folder,
            environ=environment,
            says=tenant["client_secret"],
            stand_ins={"YOUR-TENANT.eu.auth0.com": tenant["domain"], "YOUR-CLIENT-ID": tenant["client_id"]},
        )
        assert stage.code == 0, stage.output
        typed(environment, "pulumi", "stack", "init", "prod")
        with (folder / "permissions.yaml").open("a", encoding="utf-8") as catalog:
            catalog.write("      refund:orders: Give money back\n")
        day = run_block("template-day", cwd=folder, environ=environment, says="y\ny\n", on_a_terminal=True)
        assert day.code == 0, day.output
        held = _held(tenant["domain"])

    assert "https://orders.dev.example.com (Orders (dev)) on 127.0.0.1:" in day
    assert ": 3 to add; 1 unchanged" in day
    hosts = ("orders.dev.example.com", "orders.staging.example.com", "orders.example.com")
    assert held == {f"https://{host}": CATALOG for host in hosts}


def test_the_secret_is_asked_for_as_one() -> None:
    """`pulumi new` asks for the credentials, stores the secret encrypted, and suggests those of the local tenant."""
    asked = yaml.safe_load((TEMPLATE / "Pulumi.yaml").read_text())["template"]["config"]
    [client] = json.loads((TEMPLATE / "tenant.json").read_text())["clients"]

    assert asked["auth0:clientSecret"]["secret"] is True
    assert [asked[f"auth0:{key}"]["default"] for key in ("clientId", "clientSecret")] == [
        client["client_id"],
        client["client_secret"],
    ]
    assert set(asked) == {"auth0:domain", "auth0:clientId", "auth0:clientSecret"}
    assert all(entry["description"] for entry in asked.values())


def test_the_requirements_allow_this_version() -> None:
    """What a new project installs is this version, or a later one that keeps to it."""
    requirement = Requirement((TEMPLATE / "requirements.txt").read_text().strip())

    assert requirement.name == "pulumi-auth0-permissions"
    assert requirement.specifier.contains(VERSION)
