"""The pipelines to copy, step by step as their files have them: what was reviewed is what a merge applies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from promotion.chain import STAGES, Chain, orders

pytestmark = pytest.mark.nightly

CI = Path(__file__).parents[2] / "examples" / "ci"
GH = """#!/bin/sh
case "$1 $2" in
"api repos"*) echo 0123abc ;;
"run list") echo 1 ;;
"run download") mkdir -p plans && cp "$ARTIFACTS"/plans/* plans/ ;;
"pr comment") cp review.md "$ARTIFACTS/comment.md" ;;
*) exit 1 ;;
esac
"""


class GitHub:
    """Runs the jobs of the workflow, with artifacts as folders."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self._chain, self._artifacts = chain, folder
        self._workflow: Mapping[str, Any] = yaml.safe_load((CI / "github-actions.yml").read_text())
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(GH)
        (folder / "bin" / "gh").chmod(0o755)

    def __call__(self, job: str) -> int:
        """Run a job and return its exit code."""
        code = 0
        shutil.rmtree(self._chain.folder / "plans", ignore_errors=True)
        for step in self._workflow["jobs"][job]["steps"]:
            path, kept = step.get("with", {}).get("path"), self._artifacts / step.get("with", {}).get("name", "")
            if "upload-artifact" in step.get("uses", "") and (code == 0 or step.get("if")):
                self._keep(self._chain.folder / path, kept)
            elif "download-artifact" in step.get("uses", "") and kept.is_dir():
                shutil.copytree(kept, self._chain.folder / step["with"].get("path", "."), dirs_exist_ok=True)
            elif "run" in step and step["name"] != "Install" and code == 0:
                code = self._run(step)
        return code

    def _keep(self, made: Path, kept: Path) -> None:
        kept.mkdir(exist_ok=True)
        for file in made.iterdir() if made.is_dir() else [made]:
            shutil.copy(file, kept)

    def _run(self, step: Mapping[str, Any]) -> int:
        secrets = {name: self._value(str(value)) for name, value in step.get("env", {}).items()}
        environ = {name: v for name, v in self._chain.environ.items() if not name.startswith("AUTH0_")}
        environ |= {name: value for name, value in secrets.items() if value}
        environ["PATH"] = f"{self._artifacts / 'bin'}:{environ['PATH']}"
        environ |= {"ARTIFACTS": str(self._artifacts), "GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "0123abc"}
        environ["GITHUB_STEP_SUMMARY"] = str(self._artifacts / "summary.md")
        command = ["bash", "-e", "-c", step["run"]]
        return subprocess.run(command, cwd=self._chain.folder, env=environ, check=False).returncode

    def _value(self, text: str) -> str:
        name = re.fullmatch(r"\$\{\{ secrets\.(\w+) \}\}", text)
        if name is None:
            return "" if "${{" in text else text
        if name[1] == "AUTH0_CLIENT_SECRET":
            return "of another stage"
        return self._chain.environ.get(name[1], "")


class GitLab:
    """Runs the jobs of the pipeline in a repository with one merge request, and keeps packages."""

    def __init__(self, chain: Chain, registry: str) -> None:
        self._chain, self._registry = chain, registry
        self._jobs: Mapping[str, Any] = yaml.safe_load(
            (CI / "gitlab-ci.yml").read_text().replace("!reference [default, before_script]", "'true'")
        )
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("commit", "--quiet", "--allow-empty", "--message", "main")
        self._git("checkout", "--quiet", "-b", "topic")
        self._git("commit", "--quiet", "--allow-empty", "--message", "topic")

    def __call__(self, name: str) -> int:
        """Run a job and return its exit code."""
        job = self._jobs[name]
        if name == "dev" and self._git("branch", "--show-current") == "topic":
            self._git("checkout", "--quiet", "main")
            self._git("merge", "--quiet", "--no-ff", "--no-edit", "topic")
        environ = self._chain.environ | {
            "PLANS": "plans",
            "KEPT": self._registry,
            "CI_JOB_TOKEN": "of the job",
            "CI_COMMIT_SHA": self._git("rev-parse", "HEAD"),
        }
        if name == "dev":
            environ["AUTH0_CLIENT_SECRET"] = environ["AUTH0_CLIENT_SECRET_DEV"]
        for extra in ("plans", "plans.tar"):
            subprocess.run(["rm", "-rf", extra], cwd=self._chain.folder, check=True)
        script = "\n".join([*self._jobs.get(job.get("extends"), {}).get("before_script", ()), *job["script"]])
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(command, cwd=self._chain.folder, env=environ, check=False).returncode

    def _git(self, *arguments: str) -> str:
        who = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self._chain.folder, env=os.environ | who, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


@pytest.fixture
def registry() -> Iterator[str]:
    """The address of a package registry."""
    kept: dict[str, bytes] = {}

    class Registry(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(201)

        def do_GET(self) -> None:
            self._answer(200 if self.path in kept else 404, kept.get(self.path, b""))

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/packages"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("platform", "gone"), [("github", "delete:orders"), ("gitlab", "write:orders")])
def test_a_merge_applies_what_its_request_showed(
    chain: Chain, tmp_path: Path, registry: str, platform: str, gone: str
) -> None:
    """A permission goes stage by stage; what the program has besides by then stops it before anything is written."""
    shutil.copy(CI / "promote.sh", chain.folder)
    job: Callable[[str], int] = GitHub(chain, tmp_path) if platform == "github" else GitLab(chain, registry)
    catalog, prod = chain.folder / "permissions.yaml", chain.folder / "Pulumi.prod.yaml"
    right = "".join(line for line in catalog.read_text().splitlines(keepends=True) if gone not in line)
    catalog.write_text(right)
    approved = f"config:\n  auth0-permissions:approvedRemovals: [{gone!r}]\n"
    prod.write_text(re.sub(r"config:\n(  .*approvedRemovals.*\n)?", approved, prod.read_text(), count=1))
    assert job("review") == 0
    assert (chain.folder / "review.md").read_text().count(f"- {gone}\n") == len(STAGES)

    catalog.write_text(right.replace("permissions:\n", "permissions:\n      unreviewed: ''\n", 1))
    for name in ("comment", "plans") if platform == "github" else ():
        assert job(name) == 0
    chain.clear()
    assert job("dev") != 0
    assert chain.writes()["dev"] == 0

    catalog.write_text(right)
    for stage in STAGES:
        assert job(stage) == 0
        assert gone not in chain.scopes(stage, orders(stage))
