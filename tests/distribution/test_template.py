"""What `pulumi new` makes of the template is a working project: generated, previewed and applied with the real CLI."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from auth0_local_tenant import LocalTenant
from distribution.archives import ROOT
from pulumi_auth0_permissions.version import VERSION
from support.environment import pulumi_environ

TEMPLATE = ROOT / "templates" / "auth0-permissions"
NAME = "acme-permissions"
CATALOG = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
}


@dataclass(frozen=True, slots=True)
class Generated:
    """A project made from the template, and what came of it with the template's own tenant.

    Attributes:
        folder: the project's.
        said: what `pulumi new` printed.
        preview: the first preview of `dev`.
        applied: what the APIs have after `dev` and `staging` were applied: identifier → permission → description.
    """

    folder: Path
    said: str
    preview: str
    applied: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def generated(installed: Path, tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Generated:
    """Make a project, and take it as far as staging, with the wheel in the environment that the project names."""
    folder = tmp_path_factory.mktemp("new") / NAME
    folder.mkdir()
    with LocalTenant(seed=TEMPLATE / "tenant.json") as tenant:
        environment = pulumi_environ(folder, pulumi_home) | {
            "PULUMI_BACKEND_URL": folder.parent.as_uri(),  # the folder itself has to be empty
            "AUTH0_DOMAIN": tenant.domain,
            "AUTH0_CLIENT_ID": "pulumi",
            "AUTH0_CLIENT_SECRET": "local-secret",
        }

        def pulumi(*arguments: str) -> str:
            run = subprocess.run(
                ["pulumi", *arguments, "--non-interactive", "--color", "never"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert run.returncode == 0, run.stdout
            return run.stdout

        said = pulumi("new", str(TEMPLATE), "--generate-only", "--yes")
        (folder / ".venv").symlink_to(installed)  # in place of `pulumi install`, which asks a package index
        pulumi("stack", "init", "dev")
        preview = pulumi("preview")
        pulumi("up", "--yes", "--skip-preview")
        pulumi("stack", "init", "staging")
        pulumi("up", "--yes", "--skip-preview")
        servers: list[Any] = tenant.dump()["resource_servers"]
        applied = {
            server["identifier"]: {scope["value"]: scope["description"] for scope in server["scopes"]}
            for server in servers
            if not server.get("is_system")
        }
    return Generated(folder, said, preview, applied)


def test_every_file_comes_along_with_its_placeholders_filled(generated: Generated) -> None:
    """The project has the template's files; no placeholder is left, and the template's own section is gone."""
    files = {path.name for path in TEMPLATE.iterdir()}

    assert files <= {path.name for path in generated.folder.iterdir()}
    assert not [name for name in files if "${" in (generated.folder / name).read_text()]
    assert yaml.safe_load((generated.folder / "Pulumi.yaml").read_text())["name"] == NAME
    assert "template" not in yaml.safe_load((generated.folder / "Pulumi.yaml").read_text())


def test_the_cli_says_where_to_read_on(generated: Generated) -> None:
    """`pulumi new` ends with the template's own hint."""
    assert "README.md says what to put in" in generated.said


def test_the_first_preview_shows_the_catalog(generated: Generated) -> None:
    """Without a change to any file, the preview adopts what the tenant has and adds what the catalog has besides."""
    assert "https://orders.dev.example.com (Orders (dev)): 2 to add; 1 unchanged" in generated.preview


def test_dev_takes_the_catalog_and_staging_takes_dev(generated: Generated) -> None:
    """Both stages have what the catalog says, and the tenant of prod is as it was."""
    assert generated.applied == {
        "https://orders.dev.example.com": CATALOG,
        "https://orders.staging.example.com": CATALOG,
        "https://orders.example.com": {"read:orders": "Read orders"},
    }


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
