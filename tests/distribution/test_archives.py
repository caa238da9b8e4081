"""What is published: the wheel and the source archive, and what `pulumi new` makes of the template, with that wheel."""

import json
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from trove_classifiers import classifiers

from docs.pages import ROOT, commands_to_type, run_block
from pulumi_auth0_permissions import __version__
from support.commands import TIMEOUT_S, local_tenant, run
from support.environment import pulumi_environ

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = {"pulumi_auth0_permissions", "auth0_local_tenant", "auth0_permissions_cli"}
TEMPLATE = ROOT / "templates" / "auth0-permissions"
NAME = "acme-permissions"
CATALOG = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
    "refund:orders": "Give money back",  # added to it here
}


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Metadata:
    """What the wheel says about itself, read by the rules of the package index: what is wrong is an error."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Metadata.from_email(archive.read(name), validate=True)


def test_the_wheel_holds_the_packages_and_their_data(wheel: Path) -> None:
    """The three packages are in, typed, with the data that they read; tests and tools are not."""
    names = zipfile.ZipFile(wheel).namelist()

    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    assert "pulumi_auth0_permissions/pulumi-plugin.json" in names
    assert any(name.endswith(".schema.json") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == PACKAGES
    assert not [name for name in names if "__pycache__" in name]


def test_the_source_archive_holds_what_is_needed_to_work_on_it(dist: Path) -> None:
    """It has every tracked file, and nothing of what tools leave behind."""
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as tar:
        packed = {name.partition("/")[2] for name in tar.getnames()}
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not tracked:
        pytest.skip("this is no working copy")

    assert {name for name in tracked.split("\0") if name and (ROOT / name).exists()} - packed == set()
    assert {name.partition("/")[0] for name in packed if name.startswith(".")} == {".ci", ".gitignore"}


def test_the_metadata_is_complete(metadata: Metadata) -> None:
    """Name, licence with its text and description are there, in the words of the index; so is the oldest Python.

    Both extras are there, and without them little is installed.
    """
    named = metadata.classifiers or []
    pythons = [entry.rpartition(" ")[2] for entry in named if entry.startswith("Programming Language :: Python :: 3.")]

    assert metadata.name == PROJECT["name"]
    assert (metadata.license_expression, metadata.license_files) == ("Apache-2.0", ["LICENSE"])
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description == (ROOT / "README.md").read_text()
    assert all((metadata.summary, metadata.author, metadata.keywords))
    assert set(named) <= classifiers
    assert metadata.requires_python == SpecifierSet(f">={pythons[0]}")
    assert len(pythons) > 1
    assert {"cli", "tenant"} <= set(metadata.provides_extra or [])
    always = {entry.name for entry in metadata.requires_dist or [] if not entry.marker}
    assert always.isdisjoint({"click", "rich", "flask"})


@pytest.mark.long
def test_a_new_project_works_as_its_readme_says(
    installed: Path, index: dict[str, str], tmp_path: Path, pulumi_home: Path
) -> None:
    """Every file comes along; dev takes what the catalog says, staging what dev has applied, and prod what staging has.

    The catalog gets one permission more than the template's tenant has for dev.
    """
    folder = tmp_path / NAME
    folder.mkdir()
    command = str(installed / "bin" / "auth0-permissions")
    assert run([command, "--version"], cwd=folder, environ={}).out == f"auth0-permissions {__version__}\n"
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
    with local_tenant(
        ["sh", "-c", script.replace("--port 8080", "--port 0")], cwd=folder, environ=environment
    ) as tenant:
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
        state: Any = requests.get(f"{tenant['domain']}/_tenant/state", timeout=TIMEOUT_S).json()

    assert "https://orders.dev.example.com (Orders (dev)) on 127.0.0.1:" in day
    assert ": 3 to add; 1 unchanged" in day
    held = {
        server["identifier"].removeprefix("https://"): {
            scope["value"]: scope["description"] for scope in server["scopes"]
        }
        for server in state["resource_servers"]
        if not server.get("is_system")
    }
    assert held == dict.fromkeys(
        ("orders.dev.example.com", "orders.staging.example.com", "orders.example.com"), CATALOG
    )


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


def test_the_version_is_the_same_everywhere() -> None:
    """It is the newest release of the changelog, with the changes to come above it; a new project installs it."""
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    requirement = Requirement((TEMPLATE / "requirements.txt").read_text().strip())

    assert headings[0] == "## [Unreleased]"
    assert headings[1].startswith(f"## [{__version__}] - ")
    assert requirement.name == "pulumi-auth0-permissions"
    assert requirement.specifier.contains(__version__)
