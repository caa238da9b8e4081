"""The workflow with ten machines: right by GitHub's schema, tight, and of commands that there are."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from examples.fleet.runner.arguments import parser
from examples.fleet.runner.stacks import Shard

from fleet.site import FLEET

WORKFLOW = FLEET.with_name("github-actions.yml")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The workflow as data."""
    loaded: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="check-jsonschema is not installed")
def test_it_fits_the_schema() -> None:
    """GitHub's own schema of workflows finds nothing wrong with it."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_actions_are_pinned() -> None:
    """Every action is named by a commit, with its version beside it."""
    used = re.findall(r"uses: (.*)", WORKFLOW.read_text(encoding="utf-8"))

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+.*", one)] == []


def test_the_machines_are_all_shares(workflow: dict[str, Any]) -> None:
    """In both jobs there are as many machines as shares, so no tenant is left out."""
    count = workflow["env"]["SHARDS"]
    assert all(job["strategy"]["matrix"]["shard"] == [*range(1, count + 1)] for job in workflow["jobs"].values())


@pytest.mark.parametrize("job", ["preview", "up"])
def test_its_commands_are_understood(
    workflow: dict[str, Any], job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fleet's program takes the arguments that the workflow gives it."""
    (tmp_path / "Pulumi.yaml").touch()
    monkeypatch.chdir(tmp_path)
    scripts = [step.get("run", "") for step in workflow["jobs"][job]["steps"]]
    (line,) = [line for script in scripts for line in script.splitlines() if "fleet.py" in line]
    words = shlex.split(line.partition("||")[0].replace("$SHARD/$SHARDS", "3/10"))

    options = parser().parse_args(words[2:])

    assert (options.command, options.shard) == (job, Shard(3, 10))


def test_no_job_may_more_than_it_needs(workflow: dict[str, Any]) -> None:
    """Nothing is permitted unless a job says so; only updates stand behind the environment with reviewers."""
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "preview": {"contents": "read"},
        "up": {"contents": "read"},
    }
    assert {name: job.get("environment") for name, job in workflow["jobs"].items()} == {"preview": None, "up": "fleet"}
