"""The pipelines to copy, step by step as their files have them: what was reviewed is what a merge applies."""

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
from support.commands import run

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


def bash(script: str, cwd: Path, environ: Mapping[str, str]) -> int:
    """Run a job's script and return its exit code."""
    return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=cwd, env=environ, check=False).returncode


class GitHub:
    """Runs the jobs of the workflow, with artifacts as folders."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self._chain, self._artifacts = chain, folder
        self._jobs: Mapping[str, Any] = yaml.safe_load((CI / "github-actions.yml").read_text())["jobs"]
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(GH)
        (folder / "bin" / "gh").chmod(0o755)

    def __call__(self, job: str) -> int:
        """Run a job and return its exit code."""
        code, folder = 0, self._chain.folder
        shutil.rmtree(folder / "plans", ignore_errors=True)
        for step in self._jobs[job]["steps"]:
            options = step.get("with", {})
            kept = self._artifacts / options.get("name", "")
            if "upload-artifact" in step.get("uses", "") and (code == 0 or step.get("if")):
                kept.mkdir(exist_ok=True)
                made = folder / options["path"]
                for file in made.iterdir() if made.is_dir() else [made]:
                    shutil.copy(file, kept)
            elif "download-artifact" in step.get("uses", "") and kept.is_dir():
                shutil.copytree(kept, folder / options.get("path", "."), dirs_exist_ok=True)
            elif "run" in step and step["name"] != "Install" and code == 0:
                code = bash(step["run"], folder, self._environ(step.get("env", {})))
        return code

    def _environ(self, settings: Mapping[str, object]) -> dict[str, str]:
        ours = self._chain.environ
        secrets = {name: self._value(str(value)) for name, value in settings.items()}
        return {
            **{name: value for name, value in ours.items() if not name.startswith("AUTH0_")},
            **{name: value for name, value in secrets.items() if value},
            "PATH": f"{self._artifacts / 'bin'}:{ours['PATH']}",
            "ARTIFACTS": str(self._artifacts),
            "GITHUB_REPOSITORY": "a/b",
            "GITHUB_SHA": "0123abc",
            "GITHUB_STEP_SUMMARY": str(self._artifacts / "summary.md"),
        }

    def _value(self, text: str) -> str:
        name = re.fullmatch(r"\$\{\{ secrets\.(\w+) \}\}", text)
        if name is None:
            return "" if "${{" in text else text
        return "of another stage" if name[1] == "AUTH0_CLIENT_SECRET" else self._chain.environ.get(name[1], "")


class GitLab:
    """Runs the jobs of the pipeline in a repository with one merge request, and keeps packages."""

    def __init__(self, chain: Chain, registry: str) -> None:
        self._chain, self._registry = chain, registry
        text = (CI / "gitlab-ci.yml").read_text().replace("!reference [default, before_script]", "'true'")
        self._jobs: Mapping[str, Any] = yaml.safe_load(text)
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("commit", "--quiet", "--allow-empty", "--message", "main")
        self._git("checkout", "--quiet", "-b", "topic")
        self._git("commit", "--quiet", "--allow-empty", "--message", "topic")

    def __call__(self, name: str) -> int:
        """Run a job and return its exit code."""
        job, environ = self._jobs[name], dict(self._chain.environ)
        if name == "dev":
            environ["AUTH0_CLIENT_SECRET"] = environ["AUTH0_CLIENT_SECRET_DEV"]
            if self._git("branch", "--show-current") == "topic":
                self._git("checkout", "--quiet", "main")
                self._git("merge", "--quiet", "--no-ff", "--no-edit", "topic")
        commit = self._git("rev-parse", "HEAD")
        environ |= {"PLANS": "plans", "KEPT": self._registry, "CI_JOB_TOKEN": "of the job", "CI_COMMIT_SHA": commit}
        script = [*self._jobs.get(job.get("extends"), {}).get("before_script", ()), *job["script"]]
        return bash("\n".join(["rm -rf plans plans.tar", *script]), self._chain.folder, environ)

    def _git(self, *arguments: str) -> str:
        who = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = run(["git", *arguments], cwd=self._chain.folder, environ=os.environ | who)
        assert done.code == 0, done.output
        return done.out.strip()


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
