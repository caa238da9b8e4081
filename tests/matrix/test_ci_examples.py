"""The examples for CI: right by the platforms' schemas, tight, and what their script runs, with stand-ins."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.commands import Ran, run

CI = Path(__file__).parents[2] / "examples" / "ci"
WORKFLOW = CI / "github-actions.yml"
WORKFLOWS = (WORKFLOW, CI / "platforms.yml")
SCRIPT = CI / "promote.sh"
JOBS: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]


@pytest.mark.parametrize("file", [*WORKFLOWS, CI / "gitlab-ci.yml"], ids=lambda path: path.name)
def test_it_fits_the_schema(file: Path) -> None:
    """The platform's own schema finds nothing wrong with it."""
    schema = ["vendor.github-workflows"]
    if "gitlab" in file.name:
        schema = ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]  # it knows GitLab's own tags
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *schema, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(file: Path) -> None:
    """Every action is named by a commit, with its version beside it."""
    used = re.findall(r"uses: (.*)", file.read_text(encoding="utf-8"))

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+.*", one)] == []


def test_the_project_is_tried_on_three_systems() -> None:
    """Linux runs everything; macOS and Windows what they can, with folders that there are."""
    others = yaml.safe_load(WORKFLOWS[1].read_text(encoding="utf-8"))["jobs"]["others"]
    folders = re.findall(r"tests/\w+", others["steps"][-1]["run"])

    assert {name.partition("-")[0] for name in others["strategy"]["matrix"]["os"]} == {"macos", "windows"}
    assert folders
    assert all((CI.parents[1] / folder).is_dir() for folder in folders)


def test_no_job_may_more_than_it_needs() -> None:
    """Only the comment may write, and it runs no checked-out code; no title or branch's name is part of a command."""
    text = WORKFLOW.read_text(encoding="utf-8")
    permitted = {name: job["permissions"] for name, job in JOBS.items()}

    assert "\npermissions: {}" in text
    assert permitted.pop("comment") == {"pull-requests": "write"}
    assert permitted.pop("plans") == {"actions": "read", "pull-requests": "read"}
    assert all(one == {"contents": "read"} for one in permitted.values())
    assert [word for word in ("checkout", "secrets.") if word in str(JOBS["comment"])] == []
    assert "head.repo.full_name == github.repository" in JOBS["review"]["if"]
    assert "pull_request_target" not in text
    assert [step for job in JOBS.values() for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_stages_are_gates() -> None:
    """Every stage waits for the one before and stands behind the environment of its name."""
    before = {"dev": "plans", "staging": "dev", "prod": "staging"}

    assert {name: JOBS[name].get("needs") for name in before} == before
    assert [JOBS[name]["environment"] for name in before] == list(before)
    assert not any(JOBS[name]["concurrency"]["cancel-in-progress"] for name in before)


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Stand-ins for the commands, which note their calls and end as FAKE_<stack or command> says; a catalog in p."""
    for name in ("auth0-permissions", "pulumi"):
        fake = tmp_path / "bin" / name
        fake.parent.mkdir(exist_ok=True)
        notes = f'echo "$AUTH0_PERMISSIONS_REVIEWED_PLAN$*" >>{tmp_path}/calls\necho "said $1 $3"'
        fake.write_text(f'#!/bin/sh\n{notes}\nexit "$(printenv "FAKE_$1_$3" || echo 0)"\n')
        fake.chmod(0o755)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "permissions.yaml").touch()
    return tmp_path / "calls"


def script(calls: Path, *arguments: str, **environment: str) -> Ran:
    """Run the script with the stand-ins."""
    environ = {"PATH": f"{calls.parent}/bin:/bin:/usr/bin", "STAGES": "one two", "PROJECT": "p", **environment}
    return run(["/bin/sh", str(SCRIPT), *arguments], cwd=calls.parent, environ=environ)


def test_a_review_shows_every_stage_and_the_table(calls: Path) -> None:
    """Each stage's plan comes in order, then the differences, and all fit into one comment; a * is a name as others."""
    done = script(calls, "review", STAGES="one *")
    one, star, table = calls.read_text().splitlines()
    lengths = [int(length) for length in re.findall(r"--max-length (\d+)", calls.read_text())]

    assert (done.code, done.out) == (0, "said plan one\n\nsaid plan *\n\nsaid matrix p\n")
    assert one == f"plan --stack one --cwd p --format markdown --max-length {lengths[0]}"
    assert star == f"plan --stack * --cwd p --format markdown --max-length {lengths[0]} --as-if p/permissions.yaml"
    assert table.endswith("--only-differences --stack one --stack *")
    assert len(lengths) == 3
    assert sum(lengths) < 65_536


@pytest.mark.parametrize(
    ("one", "two", "table", "worst"),
    [("0", "127", "0", 127), ("4", "1", "0", 1), ("1", "4", "0", 1), ("0", "0", "1", 1)],
)
def test_the_worst_stage_decides(calls: Path, one: str, two: str, table: str, worst: int) -> None:
    """All stages are shown whatever happens; a failure outweighs a refusal."""
    done = script(calls, "review", FAKE_plan_one=one, FAKE_plan_two=two, FAKE_matrix_p=table)

    assert done.code == worst
    assert len(calls.read_text().splitlines()) == 3


def test_plans_are_saved_and_held_to(calls: Path) -> None:
    """With a folder for them, the review saves a plan for each stage; what applies it is given that one."""
    codes = [
        script(calls, *arguments, PLANS="plans", FAKE_promote_two="4").code
        for arguments in (("review",), ("apply", "one"), ("promote", "one", "two"))
    ]
    one, two, _table, applied, promoted = calls.read_text().splitlines()

    assert codes == [0, 0, 4]
    assert f"--save {calls.parent}/plans/one.json" in one
    assert f"--save {calls.parent}/plans/two.json --as-if p/permissions.yaml" in two
    assert applied == f"{calls.parent}/plans/one.jsonup --yes --non-interactive --cwd p --stack one"
    assert promoted == f"promote one two --cwd p --yes --plan {calls.parent}/plans/two.json"


@pytest.mark.parametrize("name", ["--yes", "", "a b", "a\nb"])
def test_what_is_no_name_of_a_stage_is_refused(calls: Path, name: str) -> None:
    """Nothing that the command would take for an option, or for two names, is handed to it."""
    for names in ((name, "dev"), ("dev", name)):
        done = script(calls, "promote", *names)

        assert (done.code, done.out) == (2, "")
        assert f'"{name}" is not the name of a stage' in done.err
    assert script(calls, "review", STAGES="dev\t--yes").code == 2
    for usage in ((), ("review", "x"), ("promote", "dev"), ("apply",), ("destroy",)):
        assert "promote.sh promote FROM TO" in script(calls, *usage).err
    assert not calls.exists()
