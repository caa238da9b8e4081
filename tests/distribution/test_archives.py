"""The wheel and the source archive: what is in them, and what they say about themselves."""

from __future__ import annotations

import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet
from trove_classifiers import classifiers

from docs.pages import ROOT
from pulumi_auth0_permissions.version import VERSION

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = {"pulumi_auth0_permissions", "auth0_local_tenant", "auth0_permissions_cli"}


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
    """Name, licence with its text and description are there, in the words of the index; so is the oldest Python."""
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


def test_the_extras_are_those_of_the_contract(metadata: Metadata) -> None:
    """`cli` and `tenant` are there, the tenant brings the command line, and without extras little is installed."""
    always = [str(entry) for entry in metadata.requires_dist or [] if entry.marker is None]
    of_tenant = [
        entry.name
        for entry in metadata.requires_dist or []
        if entry.marker and entry.marker.evaluate({"extra": "tenant"})
    ]

    assert {"cli", "tenant"} <= set(metadata.provides_extra or [])
    assert {"click", "rich", "flask"} <= set(of_tenant)
    assert sorted(entry.split("<")[0].split(">")[0] for entry in always) == [
        "filelock",
        "platformdirs",
        "psutil",
        "pulumi",
        "pyyaml",
        "requests",
    ]


def test_the_changelog_begins_with_the_version() -> None:
    """The newest release of the changelog is the version, with the changes to come above it."""
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]

    assert headings[0] == "## [Unreleased]"
    assert headings[1].startswith(f"## [{VERSION}] - ")
