"""What counts as the same program, and what as another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.fleet.runner.revision import Revisions


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a catalog, two stacks, a virtual environment, and a back end in a folder."""
    for name in (
        "Pulumi.yaml",
        "Pulumi.dev.yaml",
        "Pulumi.prod.yaml",
        "__main__.py",
        "permissions.yaml",
        "lib/more.py",
        ".venv/x.py",
        "env/pyvenv.cfg",
        "env/x.py",
        "lib/__pycache__/x.py",
        "state/.pulumi/dev.json",
        "report.json",
        "notes.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    return tmp_path


def revision(project: Path, stack: str = "dev") -> str:
    """Return a stack's revision as of now."""
    return Revisions(project, leave_out=(project / "report.json",)).of(project / f"Pulumi.{stack}.yaml")


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "permissions.yaml", "lib/more.py"])
def test_what_a_run_depends_on_makes_another_revision(project: Path, name: str) -> None:
    """Program, catalog, project and the stack's own configuration."""
    before = revision(project)

    (project / name).write_text("after")

    assert revision(project) != before


@pytest.mark.parametrize(
    "name",
    [
        "Pulumi.prod.yaml",
        ".venv/x.py",
        "env/x.py",
        "lib/__pycache__/x.py",
        "state/.pulumi/dev.json",
        "report.json",
        "notes.md",
    ],
)
def test_anything_else_does_not(project: Path, name: str) -> None:
    """Another stack's configuration, environments, states, notes, and the report that is being written."""
    before = revision(project)

    (project / name).write_text("after")

    assert revision(project) == before


def test_a_new_file_of_the_program_makes_another_revision(project: Path) -> None:
    """Its name counts as well as its content."""
    before = revision(project)

    (project / "lib/more.py").rename(project / "lib/other.py")

    assert revision(project) != before


def test_stacks_have_revisions_of_their_own(project: Path) -> None:
    """Two stacks that are configured differently are not run from the same."""
    (project / "Pulumi.prod.yaml").write_text("after")

    assert revision(project, "prod") != revision(project, "dev")


def test_a_given_revision_takes_the_place_of_all(project: Path) -> None:
    """Such as the id of a commit."""
    assert Revisions(project, given="3f2a").of(project / "Pulumi.dev.yaml") == "3f2a"
