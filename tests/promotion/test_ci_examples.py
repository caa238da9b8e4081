"""The pipelines to copy: what their jobs run, in order, does what was reviewed and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from promotion.chain import STAGES, Chain, orders

pytestmark = pytest.mark.nightly

CI = Path(__file__).parents[2] / "examples" / "ci"
Job = tuple[str, Mapping[str, str]]


def of_github(name: str) -> Job:
    """Return a job's call of `promote.sh`, and the environment of that step."""
    workflow: Mapping[str, Any] = yaml.safe_load((CI / "github-actions.yml").read_text())
    (step,) = [step for step in workflow["jobs"][name]["steps"] if "promote.sh" in step.get("run", "")]
    return step["run"], step["env"]


def of_gitlab(name: str) -> Job:
    """Return a job's call of `promote.sh`, and the job's variables."""
    text = (CI / "gitlab-ci.yml").read_text().replace("!reference [default, before_script]", "'true'")
    jobs: Mapping[str, Any] = yaml.safe_load(text)
    script = [line for line in jobs[name]["script"] if "promote.sh" in line or line.startswith("exit")]
    secrets = {f"AUTH0_CLIENT_SECRET_{stage.upper()}": "" for stage in STAGES}  # GitLab hands out all of them
    return "\n".join(script), {**secrets, **jobs["variables"], **jobs[name].get("variables", {})}


def run(chain: Chain, job: Job, summary: Path) -> int:
    """Run what a job runs, with the secrets that it names and no others, and return the exit code."""
    script, variables = job
    environ = {name: value for name, value in chain.environ.items() if not name.startswith("AUTH0_")}
    for name, value in variables.items():
        secret = re.search(r"AUTH0_CLIENT_SECRET_\w+", f"{name} {value}")
        if secret:
            environ[name] = chain.environ[secret[0]]
    environ |= {"PLANS": "plans", "GITHUB_STEP_SUMMARY": str(summary)}
    return subprocess.run(["bash", "-e", "-c", script], cwd=chain.folder, env=environ, check=False).returncode


@pytest.mark.parametrize(("of", "gone"), [(of_github, "delete:orders"), (of_gitlab, "write:orders")])
def test_a_merge_applies_what_its_request_showed(
    chain: Chain, tmp_path: Path, of: Callable[[str], Job], gone: str
) -> None:
    """A permission goes stage by stage; what the program has besides by then stops it before anything is written."""
    shutil.copy(CI / "promote.sh", chain.folder)
    catalog, prod = chain.folder / "permissions.yaml", chain.folder / "Pulumi.prod.yaml"
    right = "".join(line for line in catalog.read_text().splitlines(keepends=True) if gone not in line)
    catalog.write_text(right)
    approved = f"config:\n  auth0-permissions:approvedRemovals: [{gone!r}]\n"
    prod.write_text(re.sub(r"config:\n(  .*approvedRemovals.*\n)?", approved, prod.read_text(), count=1))
    assert run(chain, of("review"), tmp_path / "summary.md") == 0
    assert (chain.folder / "review.md").read_text().count(f"- {gone}\n") == len(STAGES)

    catalog.write_text(right.replace("permissions:\n", "permissions:\n      unreviewed: ''\n", 1))
    chain.clear()
    assert run(chain, of("dev"), tmp_path) != 0
    assert chain.writes()["dev"] == 0

    catalog.write_text(right)
    for stage in STAGES:
        assert run(chain, of(stage), tmp_path) == 0
        assert gone not in chain.scopes(stage, orders(stage))
