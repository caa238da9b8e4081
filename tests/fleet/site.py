"""A project with stacks on local tenants, and the fleet's program run over it as people run it."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auth0_local_tenant import LocalTenant
from docs.typed import Typed, run_block
from support.commands import TIMEOUT_S, run
from support.environment import pulumi_environ
from support.fresh_stack import PROJECT_FILE, make_stack

__all__ = ["APIS", "FLEET", "ON_PAGE", "TIMEOUT_S", "Ran", "Site", "identifier"]

FLEET = Path(__file__).resolve().parents[2] / "examples" / "fleet" / "fleet.py"
PROGRAM = """\
import pulumi
import pulumi_auth0_permissions as auth0_permissions

auth0_permissions.Stage(catalog="permissions.yaml").declare()
pulumi.export("budget", pulumi.Config("auth0-permissions").get("requestsPerSecond"))
"""


ON_PAGE = "acme-east"
"""The stack that the page on many stacks makes."""
APIS = ("things", "parts")


def identifier(stack: str, api: str = "things") -> str:
    """Return the identifier of one of a stack's two APIs."""
    return f"https://{api}.{stack}.example.com"


@dataclass(frozen=True)
class Ran:
    """What a run of the program came to: exit code, standard output and error, and the report."""

    code: int
    out: str
    err: str
    report: Mapping[str, Any]

    def results(self) -> dict[str, str]:
        """Return stack → result."""
        return {stack["stack"]: stack["result"] for stack in self.report["stacks"]}

    def stack(self, name: str) -> dict[str, Any]:
        """Return what came of one stack."""
        (found,) = (stack for stack in self.report["stacks"] if stack["stack"] == name)
        assert isinstance(found, dict)
        return found


class Site:
    """A project with the fleet's program in it, a back end, a home of the CLI and stacks: stack → tenant."""

    def __init__(self, folder: Path, pulumi_home: Path, stacks: Mapping[str, LocalTenant]) -> None:
        self.project = folder / "project"
        self.report = folder / "report.json"
        self.state = self.project / "state"
        self.state.mkdir(parents=True)
        self.environ = pulumi_environ(self.project, pulumi_home)
        (self.project / "Pulumi.yaml").write_text(f"{PROJECT_FILE}options:\n  refresh: always\n")
        (self.project / "__main__.py").write_text(PROGRAM)
        shutil.copy(FLEET, self.project)
        shutil.copytree(
            FLEET.with_name("runner"), self.project / "runner", ignore=shutil.ignore_patterns("__pycache__")
        )
        self.catalog({"read:things": "Read things"})
        for name, tenant in stacks.items():
            self._init(name, tenant)

    def _init(self, name: str, tenant: LocalTenant) -> None:
        """Make a stack; the first as the page does it."""
        client_id, secret = tenant.issue_client(["read:resource_servers", "update:resource_servers"])
        if name == ON_PAGE:
            ours = {f"{ON_PAGE}.eu.auth0.com": tenant.domain, "YOUR-CLIENT-ID": client_id}
            typed = run_block("fleet-stack", cwd=self.project, environ=self.environ, says=secret, stand_ins=ours)
            assert set(typed.codes) == {0}, typed.output
            self._name_apis(name)
            return
        make_stack(self.project, name)
        with (self.project / f"Pulumi.{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(f"config:\n  auth0:domain: {tenant.domain}\n  auth0:clientId: {client_id}\n")
        self._name_apis(name)
        self.pulumi("config", "set", "--stack", name, "--secret", "auth0:clientSecret", secret)

    def _name_apis(self, name: str) -> None:
        """Say which APIs a stack's are, at the end of its configuration."""
        with (self.project / f"Pulumi.{name}.yaml").open("a", encoding="utf-8") as file:
            file.write("  auth0-permissions:apis: # a comment that has to stay\n")
            file.writelines(f"    {api}: {identifier(name, api)}\n" for api in APIS)

    def pulumi(self, *arguments: str) -> str:
        """Run the CLI and return what it printed."""
        command = ["pulumi", *arguments, "--non-interactive"]
        done = subprocess.run(command, cwd=self.project, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def catalog(self, permissions: Mapping[str, str]) -> None:
        """Write the catalog: the same for both APIs."""
        lines = "".join(f"      {value}: {text}\n" for value, text in permissions.items())
        apis = "".join(f"  {api}:\n    permissions:\n{lines}" for api in APIS)
        (self.project / "permissions.yaml").write_text(f"apis:\n{apis}")

    def files(self) -> dict[str, str]:
        """Return the project's files."""
        return {file.name: file.read_text() for file in self.project.iterdir() if file.is_file()}

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return the command line of the fleet's program."""
        fixed = ["--cwd", str(self.project), "--json", str(self.report), "--parallel", "2"]
        return [sys.executable, str(FLEET), *arguments, *fixed]

    def fleet(self, *arguments: str) -> Ran:
        """Run the fleet's program to its end."""
        return self._ran(self.command(arguments), self.project.parent, self.report)

    def typed(self, command: str) -> Ran:
        """Run a command line of the page in the project's folder; its report is ``up.json`` there."""
        return self._ran(shlex.split(command), self.project, self.project / "up.json")

    def preview_and_update(self) -> Typed:
        """Run what the page says on previews and updates in the project's folder."""
        return run_block("fleet-preview-up", cwd=self.project, environ=self.environ)

    def _ran(self, command: Sequence[str], cwd: Path, file: Path) -> Ran:
        done = run(command, cwd=cwd, environ=self.environ)
        return self.ran(done.code, done.out, done.err, file)

    def ran(self, code: int, out: str, err: str, file: Path | None = None) -> Ran:
        """Return a run that has ended, with its report."""
        assert "Traceback" not in out + err, out + err
        file = file or self.report
        return Ran(code, out, err, json.loads(file.read_text()) if file.exists() else {})
