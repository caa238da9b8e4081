"""Three stacks on two tenants, run by the example as its page says."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from docs.pages import run_block
from support.commands import TIMEOUT_S
from support.environment import pulumi_environ
from support.hand import Hand
from support.workspace import Workspace

FLEET = Path(__file__).resolve().parents[2] / "examples" / "fleet" / "fleet.py"
CATALOG = "apis:\n  things:\n    permissions:\n      read: Read\n      write: Write\n"
STACKS = ("acme-east", "acme-west", "beta")  # the first two on one tenant


def api(stack: str) -> str:
    """Return the identifier of a stack's API."""
    return f"https://things.{stack}.example.com"


class Project:
    """A project with the example in it and three stacks, the first made as the page does it."""

    def __init__(self, folder: Path, home: Path, acme: LocalTenant, beta: LocalTenant) -> None:
        tenants = dict(zip(STACKS, (acme, acme, beta), strict=True))
        own = {"PULUMI_HOME": str(home)}
        self.folder = folder
        self.stacks = {stack: Workspace(folder, tenant, own, stack) for stack, tenant in tenants.items()}
        self.environ = pulumi_environ(folder, home)
        for stack, shop in self.stacks.items():
            if stack == STACKS[0]:
                theirs = {f"{stack}.eu.auth0.com": shop.tenant.domain, "YOUR-CLIENT-ID": shop.client_id}
                secret = shop.client_secret
                made = run_block("fleet-stack", cwd=folder, environ=self.environ, says=secret, stand_ins=theirs)
                assert made.code == 0, made.output
            else:
                shop.init()
                shop.config("auth0:domain", shop.tenant.domain)
                shop.config("auth0:clientId", shop.client_id)
                shop.pulumi("config", "set", "--secret", "auth0:clientSecret", shop.client_secret)
            shop.config("auth0-permissions:apis", {"things": api(stack)})
        shop.program('auth0_permissions.Stage(catalog="permissions.yaml").declare(unmanaged="remove")\n')
        shop.write("permissions.yaml", CATALOG)
        shutil.copy(FLEET, folder)

    def results(self) -> dict[str, str]:
        """Return stack → result, as the report has them."""
        report = json.loads((self.folder / ".fleet.json").read_text(encoding="utf-8"))
        return {stack: outcome["result"] for stack, outcome in report["stacks"].items()}

    def permissions(self, stack: str) -> set[str]:
        """Return what a stack's API holds."""
        return set(self.stacks[stack].scopes(api(stack)))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Project]:
    """The project, its tenants running; the tests are one story, in their order."""

    def seed(*stacks: str) -> dict[str, object]:
        return {"resource_servers": [{"identifier": api(stack), "name": stack} for stack in stacks]}

    with LocalTenant(seed=seed(*STACKS[:2])) as acme, LocalTenant(seed=seed(STACKS[2])) as beta:
        yield Project(tmp_path_factory.mktemp("fleet") / "project", pulumi_home, acme, beta)


def test_nothing_is_written_without_a_yes(project: Project) -> None:
    """Each stack's plan is printed before the question; where nobody answers, the previews are all there is."""
    done = run_block("fleet-update", cwd=project.folder, environ=project.environ)

    assert done.code == 0, done.output
    assert done.output.partition("Update 3 stacks as shown?")[0].count("+ write") == 3
    assert set(project.results().values()) == {"to update"}
    assert [project.permissions(stack) for stack in STACKS] == [set()] * 3


def test_a_failure_stops_no_other_and_resuming_runs_only_what_is_left(project: Project) -> None:
    """With a slip in one stack's configuration the others are done; once it is mended, only that one runs."""
    settings = project.folder / "Pulumi.beta.yaml"
    right = settings.read_text(encoding="utf-8")
    settings.write_text(right.replace("things:", "thingz:"), encoding="utf-8")

    failed = run_block("fleet-update", cwd=project.folder, environ=project.environ, says="y\n")

    assert failed.code == 1
    assert 'names "thingz"' in failed.output
    assert project.results() == {"acme-east": "updated", "acme-west": "updated", "beta": "failed"}
    settings.write_text(right, encoding="utf-8")
    project.stacks["acme-east"].tenant.clear_journal()
    resumed = run_block("fleet-resume", cwd=project.folder, environ=project.environ)
    assert resumed.code == 0, resumed.output
    assert project.results() == dict.fromkeys(STACKS, "updated")
    assert project.stacks["acme-east"].tenant.journal() == []
    assert [project.permissions(stack) for stack in STACKS] == [{"read", "write"}] * 3


def test_what_a_preview_has_not_shown_is_not_deleted(project: Project) -> None:
    """A permission added while the question stands is a conflict, though the program removes what it does not list."""
    (project.folder / "permissions.yaml").write_text(CATALOG.replace("read", "see"), encoding="utf-8")
    command = ["python", "fleet.py", "beta"]
    with subprocess.Popen(
        command, cwd=project.folder, env=project.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while not (line := process.stdout.readline()).startswith("beta: "):
            assert line, "it has ended before it has shown the plan"
        Hand(project.stacks["beta"].tenant).add(api("beta"), "hotfix")
        out, _ = process.communicate("y\n", timeout=TIMEOUT_S)

    assert process.returncode == 1
    assert "hotfix" in out
    assert project.permissions("beta") == {"read", "write", "hotfix"}
